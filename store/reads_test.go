package store_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/memstore"
)

func openCounted(t *testing.T) (st *store.Store, calls *int) {
	t.Helper()
	calls = new(int)
	st, err := memstore.Open(t.Context(), &store.Options{Tracer: store.TracerFunc(func(r store.Result) {
		if r.Op == store.OpDriverRead {
			*calls++
		}
	})})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, st.Close()) })
	return st, calls
}

// Reads of several families are one call, and a second Read forgets the answers
// of the first.
func TestReads(t *testing.T) {
	st, calls := openCounted(t)
	ctx := t.Context()
	require.NoError(t, st.Set(ctx, new(store.DataSet).Put("a", "1", []byte("x")).Put("b", "1", nil)))
	var r store.Reads
	require.NoError(t, st.Read(ctx, &r), "no reads")
	require.NoError(t, st.Read(ctx, nil), "nil reads")
	assert.Zero(t, *calls)
	there, empty, absent, twice := r.Get("a", "1"), r.Get("b", "1"), r.Get("b", "2"), r.Get("a", "1")
	_, ok := there.Value()
	assert.False(t, ok, "before Read")
	require.NoError(t, st.Read(ctx, &r))
	assert.Equal(t, 1, *calls)
	answers(t, []store.Answer{there, empty, absent, twice}, "x", "", "-", "x")

	require.NoError(t, st.Set(ctx, new(store.DataSet).Delete("a", "1").Put("b", "2", []byte("y"))))
	require.NoError(t, st.Read(ctx, &r))
	answers(t, []store.Answer{there, empty, absent, twice}, "-", "", "y", "-")
	assert.NotContains(t, fmt.Sprintf("%#v %+v", r, there), "121") // y
}

func answers(t *testing.T, got []store.Answer, want ...string) {
	t.Helper()
	for i, a := range got {
		text := "-"
		if value, ok := a.Value(); ok {
			text = string(value)
			assert.NotNil(t, value)
		}
		assert.Equal(t, want[i], text, "answer %d", i)
	}
}

// In a transaction Read answers from what was read and written, asks for the rest
// in one call, and is checked.
func TestReadsInATransaction(t *testing.T) {
	st, calls := openCounted(t)
	ctx := t.Context()
	require.NoError(t, st.Set(ctx, new(store.DataSet).Put("a", "1", []byte("x")).Put("b", "1", []byte("y")).Put("c", "1", []byte("z"))))
	runs := 0
	err := st.Transaction(ctx, "", func(ctx context.Context, tx *store.Tx) error {
		if runs++; runs > 1 {
			return nil
		}
		_, _, err := tx.Get(ctx, "a", "1")
		require.NoError(t, err)
		require.NoError(t, tx.Set(ctx, new(store.DataSet).Delete("b", "1").Put("b", "2", []byte("new"))))
		var r store.Reads
		got := []store.Answer{r.Get("a", "1"), r.Get("b", "1"), r.Get("b", "2"), r.Get("c", "1"), r.Get("c", "2")}
		*calls = 0
		require.NoError(t, tx.Read(ctx, &r))
		assert.Equal(t, 1, *calls)
		answers(t, got, "x", "-", "new", "z", "-")
		value, _ := got[0].Value()
		value[0] = '!'
		value, _ = got[3].Value()
		value[0] = '!'
		require.NoError(t, tx.Read(ctx, &r))
		assert.Equal(t, 1, *calls, "all is known")
		answers(t, got, "x", "-", "new", "z", "-")
		// Another commit makes an absence that was read untrue.
		//famvet:ignore outerhandle another commit comes first, to see the conflict
		require.NoError(t, st.Set(context.Background(), new(store.DataSet).Put("c", "2", nil)))
		return nil
	})
	require.NoError(t, err)
	assert.Equal(t, 2, runs)
}

func TestReadsThatAreRefused(t *testing.T) {
	st, calls := openCounted(t)
	ctx := t.Context()
	for _, c := range []struct{ family, id, want string }{
		{"a", "", "store: read a: invalid argument: the id is empty"},
		{"Not A Family", "x", "store: read: invalid argument"},
	} {
		var r store.Reads
		first := r.Get("a", "1")
		r.Get(c.family, c.id)
		err := st.Read(ctx, &r)
		require.ErrorIs(t, err, store.ErrInvalid)
		assert.ErrorContains(t, err, c.want)
		assert.ErrorIs(t, st.View(ctx, func(ctx context.Context, tx *store.Tx) error { return tx.Read(ctx, &r) }), store.ErrInvalid)
		_, ok := first.Value()
		assert.False(t, ok)
	}
	var none context.Context // as a user might
	assert.ErrorIs(t, st.Read(none, new(store.Reads)), store.ErrInvalid)
	assert.Zero(t, *calls)
	require.NoError(t, st.Transaction(ctx, "", func(ctx context.Context, _ *store.Tx) error {
		//famvet:ignore outerhandle the mistake is what is tested
		assert.ErrorIs(t, st.Read(ctx, new(store.Reads)), store.ErrOuterHandle)
		return nil
	}))
}

func ExampleReads() {
	ctx, st := context.Background(), open()
	defer st.Close()
	_ = st.Set(ctx, new(store.DataSet).Put("session", "alice.0", []byte("s")).Put("pre-key", "17", []byte("k")))
	var reads store.Reads
	session, key := reads.Get("session", "alice.0"), reads.Get("pre-key", "18")
	fmt.Println(st.Read(ctx, &reads)) // one call
	value, ok := session.Value()
	fmt.Println(string(value), ok)
	_, ok = key.Value()
	fmt.Println(ok)
	// Output:
	// <nil>
	// s true
	// false
}
