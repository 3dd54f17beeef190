package derived_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/family/internal/derived"
	"github.com/keyfam/keyfam/store/memstore"
)

const people = "people"

var inverse = derived.Inverse{Family: people, Suffix: "_reverse"}

// letters derives a row in another family for each letter of a value.
type letters struct{}

func (letters) Rows(id string, value []byte) (rows []derived.Row) {
	for _, c := range value {
		rows = append(rows, derived.Row{Family: "letters", ID: string(c) + "." + id})
	}
	return rows
}

func (letters) Hides(string) bool         { return false }
func (letters) Record(derived.Row) string { return "" }

func open(t require.TestingT, o *store.Options) *store.Store {
	s, err := memstore.Open(context.Background(), o)
	require.NoError(t, err)
	return s
}

// An op is a write of a batch. The empty value deletes.
type op struct{ ID, Value string }

func apply(t require.TestingT, s *store.Store, rules derived.Rules, batch []op) {
	var w derived.Writes
	for _, o := range batch {
		if o.Value == "" {
			w.Delete(rules, people, o.ID)
		} else {
			w.Put(rules, derived.Row{Family: people, ID: o.ID, Value: []byte(o.Value)})
		}
	}
	require.NoError(t, s.Transaction(context.Background(), "", w.Apply))
}

func rows(t require.TestingT, s *store.Store) map[string]string {
	found := map[string]string{}
	for _, family := range []string{people, "letters"} {
		for r, err := range s.Scan(context.Background(), family, "") {
			require.NoError(t, err)
			found[family+" "+r.ID] = string(r.Value)
		}
	}
	return found
}

// model is the records that are stored, and the last writer of each value that
// still has it.
type model struct{ records, owners map[string]string }

// apply judges a batch by its end state.
func (m model) apply(batch []op) {
	var last []op
	for i, o := range batch {
		if !slices.ContainsFunc(batch[i+1:], func(later op) bool { return later.ID == o.ID }) {
			last = append(last, o)
		}
	}
	for _, o := range last {
		if old := m.records[o.ID]; m.owners[old] == o.ID {
			delete(m.owners, old)
		}
		delete(m.records, o.ID)
	}
	for _, o := range last {
		if o.Value != "" {
			m.records[o.ID], m.owners[o.Value] = o.Value, o.ID
		}
	}
}

func (m model) reverseRows() map[string]string {
	want := map[string]string{}
	for id, v := range m.records {
		want[people+" "+id] = v
	}
	for v, id := range m.owners {
		want[people+" "+v+"_reverse"] = id
	}
	return want
}

func (m model) letterRows() map[string]string {
	want := map[string]string{}
	for id, v := range m.records {
		want[people+" "+id] = v
		for _, c := range v {
			want["letters "+string(c)+"."+id] = ""
		}
	}
	return want
}

// Whatever batches are written, each record has its rows and no other row is
// left. Ids and values are few, so that batches swap them and write ids twice.
func TestRowsStayInStep(t *testing.T) {
	batches := rapid.SliceOf(rapid.SliceOfN(rapid.Custom(func(t *rapid.T) op {
		return op{rapid.StringMatching(`[p-s]`).Draw(t, "id"), rapid.StringMatching(`[abc]{0,2}`).Draw(t, "value")}
	}), 1, 6))
	for name, kind := range map[string]struct {
		rules derived.Rules
		want  func(model) map[string]string
	}{
		"reverse rows":        {inverse, model.reverseRows},
		"several rows apiece": {letters{}, model.letterRows},
	} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				s, m := open(t, nil), model{map[string]string{}, map[string]string{}}
				defer s.Close()
				for _, batch := range batches.Draw(t, "batches") {
					apply(t, s, kind.rules, batch)
					m.apply(batch)
					require.Equal(t, kind.want(m), rows(t, s))
				}
			})
		})
	}
}

// Old records are read in one call, and so are rows that may have to go. If no
// value changes, there are none.
func TestReads(t *testing.T) {
	reads := 0
	s := open(t, &store.Options{Tracer: store.TracerFunc(func(r store.Result) {
		if r.Op == store.OpTxGetMany {
			reads++
		}
	})})
	defer s.Close()
	for _, c := range []struct {
		batch []op
		want  int
	}{
		{[]op{{"p", "a"}, {"q", "b"}}, 1},
		{[]op{{"p", "a"}, {"q", "b"}}, 1},
		{[]op{{"p", "c"}, {"q", "d"}}, 2},
		{[]op{{"p", ""}, {"q", ""}}, 2},
	} {
		reads = 0
		apply(t, s, inverse, c.batch)
		assert.Equal(t, c.want, reads, c.batch)
	}
}

// limited is a driver that reads no more than 100 records at once.
type limited struct{ driver.Driver }

func (l limited) Unwrap() driver.Driver { return l.Driver }

func (l limited) Info() driver.Info {
	info := l.Driver.Info()
	info.Limits.ReadKeys = 100
	return info
}

// A batch may have more records than the backend reads at once.
func TestBatchBeyondTheReadLimit(t *testing.T) {
	wrap := func(_ context.Context, d driver.Driver) (driver.Driver, error) { return limited{d}, nil }
	s := open(t, &store.Options{Wrap: wrap})
	defer s.Close()
	for _, prefix := range []string{"a", "b"} {
		var batch []op
		for i := range 250 {
			batch = append(batch, op{fmt.Sprint(i), prefix + fmt.Sprint(i)})
		}
		apply(t, s, inverse, batch)
		found := rows(t, s)
		assert.Len(t, found, 500)
		assert.Equal(t, "249", found[people+" "+prefix+"249_reverse"])
	}
}

// Compare finds each way in which a row and its counterpart can disagree.
func TestCompare(t *testing.T) {
	s, ctx := open(t, nil), t.Context()
	defer s.Close()
	apply(t, s, inverse, []op{{"good", "a"}, {"first", "b"}, {"second", "b"}})
	require.NoError(t, s.Set(ctx, new(store.DataSet).
		Put(people, "alone", []byte("c")).
		Put(people, "gone_reverse", []byte("nobody")).
		Put(people, "none_reverse", nil).
		Put(people, "other_reverse", []byte("good"))))
	var all []derived.Row
	for r, err := range s.Scan(ctx, people, "") {
		require.NoError(t, err)
		all = append(all, derived.Row{Family: people, ID: r.ID, Value: r.Value})
	}
	found, err := derived.Compare(ctx, s, inverse, all)
	require.NoError(t, err)
	assert.Equal(t, []derived.Disagreement{
		{"alone", "its derived row is not there"},
		{"first", "its derived row names another record"},
		{"gone_reverse", "the record that it names is not there"},
		{"none_reverse", "the record that it names is not there"},
		{"other_reverse", "the record that it names has another value"},
	}, found)
}

// A reverse row without an id, which somebody else left, leads nowhere.
func TestOwnerOfDamagedRow(t *testing.T) {
	s, ctx := open(t, nil), t.Context()
	defer s.Close()
	require.NoError(t, s.Set(ctx, new(store.DataSet).Put(people, "a_reverse", nil)))
	owner, err := inverse.Owner(ctx, s, "a")
	require.NoError(t, err)
	assert.Nil(t, owner)
}
