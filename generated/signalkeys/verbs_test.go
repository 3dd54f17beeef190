package signalkeys_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family"
	"github.com/keyfam/keyfam/store/memstore"
)

func TestInsert(t *testing.T) {
	repo := open(t)
	ctx := t.Context()
	id := session("alice", 1)
	require.NoError(t, repo.Sessions().Insert(ctx, id, secret("first")))
	err := repo.Sessions().Insert(ctx, id, secret("second"))
	require.ErrorIs(t, err, store.ErrExists)
	assert.EqualError(t, err, "store: insert session: record exists")
	v, _, err := repo.Sessions().Get(ctx, id)
	require.NoError(t, err)
	assert.True(t, v.Equal(secret("first")))
	require.ErrorIs(t, repo.Sessions().Insert(ctx, session("", 1), secret("x")), store.ErrInvalid)
	require.ErrorIs(t, repo.DeviceLists().Insert(ctx, "x", []string{"\xff"}), store.ErrInvalid)

	require.NoError(t, repo.LIDMappings().Insert(ctx, "1", "2"))
	back, ok, err := repo.LIDMappings().ByValue(ctx, "2")
	require.NoError(t, err)
	assert.True(t, ok)
	assert.Equal(t, signalkeys.LIDMappingID("1"), back)
	require.ErrorIs(t, repo.LIDMappings().Insert(ctx, "1", "3"), store.ErrExists)
}

// Of many that insert or take one id at once, one succeeds.
func TestInsertAndTakeRace(t *testing.T) {
	repo := open(t)
	for range 20 {
		var inserted, taken atomic.Int32
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				if err := repo.Sessions().Insert(context.Background(), session("a", 1), secret("x")); err == nil {
					inserted.Add(1)
				} else {
					assert.ErrorIs(t, err, store.ErrExists)
				}
			})
		}
		all.Wait()
		for range 4 {
			all.Go(func() {
				if _, ok, err := repo.Sessions().Take(context.Background(), session("a", 1)); assert.NoError(t, err) && ok {
					taken.Add(1)
				}
			})
		}
		all.Wait()
		assert.Equal(t, []int32{1, 1}, []int32{inserted.Load(), taken.Load()})
	}
}

func TestTake(t *testing.T) {
	repo := open(t)
	ctx := t.Context()
	require.NoError(t, repo.LIDMappings().Put(ctx, "1", "2"))
	require.Error(t, repo.Transaction(ctx, nil, func(ctx context.Context, tx *signalkeys.Tx) error {
		v, ok, err := tx.LIDMappings().Take(ctx, "1")
		assert.Equal(t, "2true <nil>", fmt.Sprint(v, ok, err))
		return errors.New("undo")
	}))
	v, ok, err := repo.LIDMappings().Take(ctx, "1")
	assert.Equal(t, "2true <nil>", fmt.Sprint(v, ok, err))
	v, ok, err = repo.LIDMappings().Take(ctx, "1")
	assert.Equal(t, "false <nil>", fmt.Sprint(v, ok, err))
	families, err := repo.Store().Families(ctx)
	require.NoError(t, err)
	assert.Empty(t, families, "the reverse row is gone")

	require.NoError(t, repo.Store().Set(ctx, new(store.DataSet).Put("pre-key", "7", []byte("no message"))))
	_, ok, err = repo.PreKeys().Take(ctx, 7)
	require.ErrorIs(t, err, store.ErrCorrupt)
	assert.False(t, ok)
	has, err := repo.PreKeys().Has(ctx, 7)
	require.NoError(t, err)
	assert.True(t, has, "what does not decode stays")
	_, _, err = repo.Sessions().Take(ctx, session("a.b", 1))
	require.ErrorIs(t, err, store.ErrInvalid)
}

func TestUpdateKeepAndDelete(t *testing.T) {
	writes := 0
	s, err := memstore.Open(t.Context(), &store.Options{Tracer: store.TracerFunc(func(r store.Result) {
		if r.Op == store.OpDriverCommit {
			writes += r.Writes
		}
	})})
	require.NoError(t, err)
	defer s.Close()
	repo, ctx := signalkeys.New(s), t.Context()
	require.NoError(t, repo.DeviceLists().Put(ctx, "a", []string{"1"}))
	update := func(err error) error {
		writes = 0
		return repo.DeviceLists().Update(ctx, "a", func(v []string, ok bool) ([]string, error) {
			assert.Equal(t, []string{"1"}, v)
			return nil, err
		})
	}
	require.NoError(t, update(family.Keep))
	assert.Zero(t, writes)
	wrapped := fmt.Errorf("as I said: %w", family.Delete)
	require.Equal(t, wrapped, update(wrapped), "compared with ==")
	require.NoError(t, update(family.Delete))
	assert.Equal(t, 1, writes)
	has, err := repo.DeviceLists().Has(ctx, "a")
	require.NoError(t, err)
	assert.False(t, has)
}

func TestReads(t *testing.T) {
	calls := 0
	s, err := memstore.Open(t.Context(), &store.Options{Tracer: store.TracerFunc(func(r store.Result) {
		if r.Op == store.OpDriverRead {
			calls++
		}
	})})
	require.NoError(t, err)
	defer s.Close()
	repo, ctx := signalkeys.New(s), t.Context()
	require.NoError(t, repo.DeviceLists().Put(ctx, "a", []string{"1"}))
	require.NoError(t, repo.LIDMappings().Put(ctx, "1", "2"))
	var reads signalkeys.Reads
	devices, lid, none := reads.DeviceLists().Get("a"), reads.LIDMappings().Get("1"), reads.PreKeys().Get(1)
	assert.Equal(t, "3 reads", fmt.Sprint(reads))
	check := func(read func(context.Context, *signalkeys.Reads) error, ctx context.Context) {
		t.Helper()
		calls = 0
		require.NoError(t, read(ctx, &reads))
		assert.Equal(t, 1, calls)
		v, ok := devices.Value()
		assert.Equal(t, "[1] true", fmt.Sprint(v, ok))
		text, ok := lid.Value()
		assert.Equal(t, "2true", fmt.Sprint(text, ok))
		_, ok = none.Value()
		assert.False(t, ok)
	}
	check(repo.Read, ctx)
	check(repo.ReadOnly().Read, ctx)
	require.NoError(t, repo.Transaction(ctx, nil, func(ctx context.Context, tx *signalkeys.Tx) error {
		check(tx.Read, ctx)
		return nil
	}))

	require.NoError(t, s.Set(ctx, new(store.DataSet).Put("pre-key", "1", []byte("no message"))))
	err = repo.Read(ctx, &reads)
	require.ErrorIs(t, err, store.ErrCorrupt)
	assert.ErrorContains(t, err, "store: read pre-key: ")
	_, ok := devices.Value()
	assert.False(t, ok, "after an error there are no answers")
	reads.Sessions().Get(session("a.b", 1))
	require.ErrorIs(t, repo.Read(ctx, &reads), store.ErrInvalid)
	require.ErrorIs(t, repo.Read(ctx, nil), store.ErrInvalid)
	require.NoError(t, repo.Read(ctx, new(signalkeys.Reads)))
}

// Ids are text in JSON, also as the keys of maps.
func TestIDsInJSON(t *testing.T) {
	before := map[signalkeys.SessionID][]signalkeys.PreKeyID{session("alice", 7): {1, 2}}
	text, err := json.Marshal(before)
	require.NoError(t, err)
	assert.JSONEq(t, `{"alice.7": ["1", "2"]}`, string(text))
	var after map[signalkeys.SessionID][]signalkeys.PreKeyID
	require.NoError(t, json.Unmarshal(text, &after))
	assert.Equal(t, before, after)
	_, err = json.Marshal(session("a.b", 1))
	require.ErrorIs(t, err, store.ErrInvalid)
	id := session("old", 1)
	require.ErrorIs(t, json.Unmarshal([]byte(`"alice"`), &id), store.ErrInvalid)
	assert.Equal(t, session("old", 1), id)
}

func ExampleReads() {
	ctx, repo := context.Background(), example()
	must(repo.DeviceLists().Put(ctx, "alice", []string{"0", "7"}))
	var reads signalkeys.Reads
	devices, key := reads.DeviceLists().Get("alice"), reads.PreKeys().Get(17)
	must(repo.Read(ctx, &reads)) // one call of the backend
	list, _ := devices.Value()
	_, ok := key.Value()
	fmt.Println(list, ok)
	// Output: [0 7] false
}

func ExampleSessionRepo_Insert() {
	ctx, repo := context.Background(), example()
	id := session("alice", 7)
	fmt.Println(repo.Sessions().Insert(ctx, id, family.NewSecret(nil)))
	fmt.Println(errors.Is(repo.Sessions().Insert(ctx, id, family.NewSecret(nil)), store.ErrExists))
	// Output:
	// <nil>
	// true
}

// A one-time key is used once, whoever asks.
func ExamplePreKeyRepo_Take() {
	ctx, repo := context.Background(), example()
	must(repo.PreKeys().Put(ctx, 17, signalkeys.KeyPair{}))
	for range 2 {
		_, ok, err := repo.PreKeys().Take(ctx, 17)
		fmt.Println(ok, err)
	}
	// Output:
	// true <nil>
	// false <nil>
}
