package store

import (
	"fmt"
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
	o.clear(nested)
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
	o.clear(s)
	_, exists, known := o.get(own)
	assert.True(t, exists && known)
	_, _, known = o.get(driver.Key{Family: reserved.Schema, ID: "y"})
	assert.False(t, known, "the backend has the say on other reserved rows")
	writes, clear := o.result(nil)
	assert.True(t, clear)
	require.Len(t, writes, 1)
	assert.Equal(t, own, writes[0].Key)
}

// modelScope is a copy of everything, the obvious way to make a savepoint.
type modelScope struct {
	records map[driver.Key]string // "" is a delete
	cleared bool
}

func (m modelScope) copy() modelScope {
	c := modelScope{map[driver.Key]string{}, m.cleared}
	for k, v := range m.records {
		c.records[k] = v
	}
	return c
}

// Random nests of transactions give what copying the state at each savepoint
// gives.
func TestOverlayAgainstCopies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := new(overlay)
		scopes := []*scope{new(scope)}
		models := []modelScope{{records: map[driver.Key]string{}}}
		steps := rapid.IntRange(1, 60).Draw(t, "steps")
		for i := range steps {
			s, m := scopes[len(scopes)-1], &models[len(models)-1]
			k := driver.Key{Family: "f", ID: fmt.Sprint(rapid.IntRange(0, 12).Draw(t, "id"))}
			switch rapid.IntRange(0, 7).Draw(t, "verb") {
			case 0, 1, 2:
				o.write(s, put(k, fmt.Sprint("v", i)))
				m.records[k] = fmt.Sprint("v", i)
			case 3:
				o.write(s, del(k))
				m.records[k] = ""
			case 4:
				o.clear(s)
				*m = modelScope{records: map[driver.Key]string{}, cleared: true}
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
		span.From = after(e.key)
	}
	require.Equal(t, keys, walked)

	writes, clear := o.result(nil)
	require.Equal(t, m.cleared, clear)
	require.True(t, slices.IsSortedFunc(writes, func(a, b driver.Write) int { return a.Key.Compare(b.Key) }))
	left := m.copy().records
	for _, w := range writes {
		require.Equal(t, left[w.Key] == "", w.Delete)
		require.Equal(t, left[w.Key], string(w.Value))
		delete(left, w.Key)
	}
	for _, v := range left { // a delete behind a clear needs no write
		require.True(t, clear && v == "")
	}
}
