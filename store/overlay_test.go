package store

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/keyfam/keyfam/internal/reserved"
	"github.com/keyfam/keyfam/store/driver"
)

func put(k driver.Key, v string) *driver.Write { return &driver.Write{Key: k, Value: []byte(v)} }

func del(k driver.Key) *driver.Write { return &driver.Write{Key: k, Delete: true} }

var keyA, keyB = driver.Key{Family: "f", ID: "a"}, driver.Key{Family: "f", ID: "b"}

// Two goroutines nest under one handle and write the same record; the error of
// one undoes its own write and leaves the other's.
func TestUndoLeavesWhatSiblingsWrote(t *testing.T) {
	for _, undo := range []string{"first", "second"} {
		o, outer := new(overlay), new(scope)
		first, second := &scope{parent: outer}, &scope{parent: outer}
		o.write(first, put(keyA, "first"))
		o.write(second, put(keyA, "second"))
		want := "first"
		if undo == "first" {
			o.undo(first)
			want = "second"
		} else {
			o.undo(second)
		}
		value, exists, known := o.get(keyA)
		assert.True(t, known && exists)
		assert.Equal(t, want, string(value))
	}
}

func TestUndoneClearShowsEarlierWrites(t *testing.T) {
	o, outer := new(overlay), new(scope)
	nested := &scope{parent: outer}
	o.write(outer, put(keyA, "kept"))
	clearAll(o, nested)
	o.write(nested, put(keyB, "new"))
	_, exists, known := o.get(keyA)
	assert.True(t, known)
	assert.False(t, exists)
	o.undo(nested)
	value, exists, known := o.get(keyA)
	assert.True(t, known && exists)
	assert.Equal(t, "kept", string(value))
	_, _, known = o.get(keyB)
	assert.False(t, known)
}

func TestClearKeepsReservedFamilies(t *testing.T) {
	o, s := new(overlay), new(scope)
	own := driver.Key{Family: reserved.Schema, ID: "x"}
	o.write(s, put(own, "row"))
	clearAll(o, s)
	_, exists, known := o.get(own)
	assert.True(t, exists && known)
	_, _, known = o.get(driver.Key{Family: reserved.Schema, ID: "y"})
	assert.False(t, known, "the backend has the say on other reserved rows")
	writes, deletes := o.result(nil)
	assert.Equal(t, driver.ClearRanges(), deletes)
	require.Len(t, writes, 1)
	assert.Equal(t, own, writes[0].Key)
}

func clearAll(o *overlay, s *scope) {
	for _, r := range driver.ClearRanges() {
		o.remove(s, r)
	}
}

// modelScope is a copy of everything, the obvious way to make a savepoint: what
// was written, with "" for a delete, and what a removal hides of the rest.
type modelScope struct {
	records map[driver.Key]string
	removed map[driver.Key]bool
}

func (m modelScope) copy() modelScope {
	return modelScope{maps.Clone(m.records), maps.Clone(m.removed)}
}

const modelIDs = 13

func modelKey(i int) driver.Key { return driver.Key{Family: "f", ID: string(rune('a' + i))} }

// Random nests of transactions give what copying the state at each savepoint
// gives.
func TestOverlayAgainstCopies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := new(overlay)
		scopes := []*scope{new(scope)}
		models := []modelScope{{map[driver.Key]string{}, map[driver.Key]bool{}}}
		steps := rapid.IntRange(1, 60).Draw(t, "steps")
		for i := range steps {
			s, m := scopes[len(scopes)-1], &models[len(models)-1]
			k := modelKey(rapid.IntRange(0, modelIDs-1).Draw(t, "id"))
			switch rapid.IntRange(0, 8).Draw(t, "verb") {
			case 0, 1, 2:
				o.write(s, put(k, fmt.Sprint("v", i)))
				m.records[k] = fmt.Sprint("v", i)
			case 3:
				o.write(s, del(k))
				m.records[k] = ""
			case 4:
				clearAll(o, s)
				m.remove(driver.Visible)
			case 8:
				r := driver.Range{From: k, To: modelKey(rapid.IntRange(0, modelIDs).Draw(t, "to"))}
				if r.Before(r.From) {
					o.remove(s, r)
					m.remove(r)
				}
			case 5:
				scopes = append(scopes, &scope{parent: s})
				models = append(models, m.copy())
			case 6:
				if len(scopes) > 1 { // commit to the outer one
					s.join()
					models[len(models)-2] = *m
					scopes, models = scopes[:len(scopes)-1], models[:len(models)-1]
				}
			case 7:
				if len(scopes) > 1 {
					o.undo(s)
					scopes, models = scopes[:len(scopes)-1], models[:len(models)-1]
				}
			}
			compareOverlay(t, o, models[len(models)-1])
		}
	})
}

func (m *modelScope) remove(r driver.Range) {
	for i := range modelIDs {
		if k := modelKey(i); r.Contains(k) {
			delete(m.records, k)
			m.removed[k] = true
		}
	}
}

func compareOverlay(t *rapid.T, o *overlay, m modelScope) {
	var keys []driver.Key
	for k, v := range m.records {
		value, exists, known := o.get(k)
		require.True(t, known)
		require.Equal(t, v != "", exists)
		require.Equal(t, v, string(value))
		keys = append(keys, k)
	}
	slices.SortFunc(keys, driver.Key.Compare)
	compareRemovals(t, o, m)
	var walked []driver.Key
	var at near
	for span := (driver.Range{}); ; {
		e, c := o.next(span, &at)
		if e == nil {
			break
		}
		if c != nil {
			walked = append(walked, e.key)
		}
		span.From = e.key.Next()
	}
	require.Equal(t, keys, walked)
	var down []driver.Key
	at = near{}
	for span := (driver.Range{To: end}); ; {
		e, c := o.previous(span, &at)
		if e == nil {
			break
		}
		if c != nil {
			down = append(down, e.key)
		}
		span.To = e.key
	}
	slices.Reverse(down)
	require.Equal(t, keys, down)

	writes, deletes := o.result(nil)
	in := func(k driver.Key) bool {
		return slices.ContainsFunc(deletes, func(r driver.Range) bool { return r.Contains(k) })
	}
	for i := range modelIDs {
		require.Equal(t, m.removed[modelKey(i)], in(modelKey(i)))
	}
	for i := 1; i < len(deletes); i++ {
		require.Negative(t, deletes[i-1].To.Compare(deletes[i].From), "deletes must ascend and be apart")
	}
	require.True(t, slices.IsSortedFunc(writes, func(a, b driver.Write) int { return a.Key.Compare(b.Key) }))
	left := m.copy().records
	for _, w := range writes {
		require.Equal(t, left[w.Key] == "", w.Delete)
		require.Equal(t, left[w.Key], string(w.Value))
		delete(left, w.Key)
	}
	for k, v := range left { // a delete behind a removal needs no write
		require.True(t, in(k) && v == "")
	}
}

// compareRemovals asks for what is left between removals, in both directions.
func compareRemovals(t *rapid.T, o *overlay, m modelScope) {
	up, down := map[driver.Key]bool{}, map[driver.Key]bool{}
	whole := driver.Range{From: modelKey(0), To: modelKey(modelIDs)}
	note := func(gap driver.Range, into map[driver.Key]bool) {
		for i := range modelIDs {
			if gap.Contains(modelKey(i)) {
				into[modelKey(i)] = true
			}
		}
	}
	for rest := whole; ; {
		gap := o.removed.firstGap(rest)
		if !gap.Before(gap.From) {
			break
		}
		note(gap, up)
		rest.From = gap.To
	}
	for rest := whole; ; {
		gap := o.removed.lastGap(rest)
		if !gap.Before(gap.From) {
			break
		}
		note(gap, down)
		rest.To = gap.From
	}
	for i := range modelIDs {
		k := modelKey(i)
		require.Equal(t, !m.removed[k], up[k])
		require.Equal(t, !m.removed[k], down[k])
		require.Equal(t, m.removed[k], o.removed.at(k) > 0)
	}
	require.Equal(t, len(m.removed) > 0, o.removed.meets(whole))
}
