package signalkeys_test

import (
	"context"
	"fmt"
	"iter"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family"
	"github.com/keyfam/keyfam/store/memstore"
)

// collect returns what a scan yields, as text.
func collect[T any](t *testing.T, seq iter.Seq2[T, error], text func(T) string) (all []string) {
	t.Helper()
	for one, err := range seq {
		require.NoError(t, err)
		all = append(all, text(one))
	}
	return all
}

func idsOf[I family.ID, V any](t *testing.T, s family.Selection[I, V]) []string {
	t.Helper()
	ids := collect(t, s.IDs(t.Context()), func(id I) string { return id.String() })
	assert.Equal(t, ids, collect(t, s.All(t.Context()), func(e family.Entry[I, V]) string { return e.ID.String() }))
	n, err := s.Count(t.Context())
	require.NoError(t, err)
	assert.Equal(t, len(ids), n)
	return ids
}

func session(name string, device uint32) signalkeys.SessionID {
	return signalkeys.SessionID{Name: name, Device: device}
}

func withSessions(t *testing.T) *signalkeys.Repo {
	repo := open(t)
	for _, name := range []string{"al", "alice", "bob"} {
		for device := range uint32(4) {
			require.NoError(t, repo.Sessions().Put(t.Context(), session(name, device), secret(name)))
		}
	}
	return repo
}

func TestSelections(t *testing.T) {
	repo := withSessions(t)
	ctx := t.Context()
	alice := repo.Sessions().OfName("alice")
	for want, s := range map[string]family.Selection[signalkeys.SessionID, family.Secret]{
		"[alice.0 alice.1 alice.2 alice.3]": alice.Selection,
		"[alice.1 alice.2 alice.3]":         alice.From(session("alice", 1)).Selection,
		"[alice.2 alice.3]":                 alice.After(session("alice", 1)).Selection,
		"[alice.0]":                         alice.Before(session("alice", 1)).Selection,
		"[alice.0 alice.1]":                 alice.Until(session("alice", 1)).Selection,
		"[alice.3 alice.2]":                 alice.Reverse().Limit(2).Selection,
		"[]":                                alice.Limit(0).Selection,
		"[alice.1]":                         repo.ReadOnly().Sessions().OfName("alice").From(session("alice", 1)).Until(session("alice", 1)),
		"[bob.3 bob.2]":                     repo.ReadOnly().Sessions().Select().After(session("bob", 1)).Reverse(),
		"[al.0 al.1]":                       repo.Sessions().Select().Before(session("alice", 0)).Limit(2).Selection,
	} {
		assert.Equal(t, want, fmt.Sprint(idsOf(t, s)))
	}
	first, ok, err := alice.First(ctx)
	require.NoError(t, err)
	assert.True(t, ok)
	assert.Equal(t, session("alice", 0), first.ID)
	assert.True(t, first.Value.Equal(secret("alice")))
	last, ok, err := alice.Limit(3).Last(ctx)
	require.NoError(t, err)
	assert.True(t, ok)
	assert.Equal(t, session("alice", 2), last.ID)
	_, ok, err = repo.Sessions().OfName("carol").Last(ctx)
	require.NoError(t, err)
	assert.False(t, ok)
}

// The same selections inside a transaction and a view, and the label of none.
func TestSelectionsInsideATransaction(t *testing.T) {
	repo := withSessions(t)
	require.NoError(t, repo.Transaction(t.Context(), nil, func(ctx context.Context, tx *signalkeys.Tx) error {
		n, err := tx.Sessions().OfName("alice").After(session("alice", 2)).DeleteAll(ctx)
		require.NoError(t, err)
		assert.Equal(t, 1, n)
		require.NoError(t, tx.Sessions().Put(ctx, session("alice", 9), secret("x")))
		first, _, err := tx.Sessions().OfName("alice").Reverse().First(ctx)
		require.NoError(t, err)
		assert.Equal(t, session("alice", 9), first.ID)
		return nil
	}))
	require.NoError(t, repo.View(t.Context(), func(ctx context.Context, r *signalkeys.ReadTx) error {
		n, err := r.Sessions().OfName("alice").Count(ctx)
		assert.Equal(t, 4, n)
		return err
	}))
}

func TestPages(t *testing.T) {
	repo := withSessions(t)
	ctx := t.Context()
	all := repo.Sessions().Select()
	var seen []string
	for cursor := ""; ; {
		page, err := all.Page(ctx, cursor, 5)
		require.NoError(t, err)
		for _, e := range page.Entries {
			seen = append(seen, e.ID.String())
			require.NoError(t, repo.Sessions().Delete(ctx, e.ID)) // pages go on behind what is gone
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	assert.Len(t, seen, 12)
	_, err := all.Page(ctx, "garbled", 5)
	require.ErrorIs(t, err, store.ErrInvalid)
	_, err = all.Page(ctx, "", 0)
	require.ErrorIs(t, err, store.ErrInvalid)
}

func TestRefusedSelections(t *testing.T) {
	repo := withSessions(t)
	ctx := t.Context()
	bad := session("not.an.id", 1)
	for name, s := range map[string]family.Editable[signalkeys.SessionID, family.Secret]{
		"bound": repo.Sessions().Select().After(bad).Limit(3),
		"part":  repo.Sessions().OfName(bad.Name).Reverse(),
		"limit": repo.Sessions().Select().Limit(-1),
		"none":  {},
	} {
		_, count := s.Count(ctx)
		_, deleted := s.DeleteAll(ctx)
		_, page := s.Page(ctx, "", 1)
		_, _, first := s.First(ctx)
		_, _, last := s.Last(ctx)
		errs := []error{count, deleted, page, first, last}
		for _, err := range s.All(ctx) {
			errs = append(errs, err)
		}
		for _, err := range s.IDs(ctx) {
			errs = append(errs, err)
		}
		assert.Len(t, errs, 7, name)
		for _, err := range errs {
			require.ErrorIs(t, err, store.ErrInvalid, name)
			assert.NotContains(t, err.Error(), "not.an")
		}
	}
	n, err := repo.Sessions().Count(ctx)
	require.NoError(t, err)
	assert.Equal(t, 12, n)
}

// A stored id that does not parse is named by its family only, and the others are
// still reached.
func TestSelectionsOverDamage(t *testing.T) {
	repo := withSessions(t)
	ctx := t.Context()
	require.NoError(t, repo.Store().Set(ctx, new(store.DataSet).
		Put("session", "alice", nil).Put("pre-key", "1", []byte("no message"))))
	for _, loop := range []iter.Seq2[signalkeys.SessionID, error]{repo.Sessions().Select().IDs(ctx), entryIDs(repo.Sessions().All(ctx))} {
		good, bad := 0, 0
		for _, err := range loop {
			if err == nil {
				good++
				continue
			}
			bad++
			require.ErrorIs(t, err, store.ErrCorrupt)
			assert.ErrorContains(t, err, "session")
			assert.NotContains(t, err.Error(), "alice")
		}
		assert.Equal(t, []int{12, 1}, []int{good, bad})
	}
	page, err := repo.Sessions().Select().Page(ctx, "", 6)
	require.ErrorIs(t, err, store.ErrCorrupt)
	assert.Len(t, page.Entries, 5)
	page, err = repo.Sessions().Select().Page(ctx, page.Next, 20)
	require.NoError(t, err)
	assert.Len(t, page.Entries, 7)
	entry, ok, err := repo.PreKeys().Select().First(ctx)
	require.ErrorIs(t, err, store.ErrCorrupt)
	assert.False(t, ok)
	assert.Equal(t, signalkeys.PreKeyID(1), entry.ID)
}

func entryIDs(all iter.Seq2[signalkeys.SessionEntry, error]) iter.Seq2[signalkeys.SessionID, error] {
	return func(yield func(signalkeys.SessionID, error) bool) {
		for e, err := range all {
			if !yield(e.ID, err) {
				return
			}
		}
	}
}

// Selections of a family with reverse rows see records only, and deletes take the
// reverse rows along.
func TestSelectionsOfAnInverse(t *testing.T) {
	repo := open(t)
	ctx := t.Context()
	fill := func() {
		for i := range 20 {
			id := signalkeys.LIDMappingID(fmt.Sprint(100 + i))
			require.NoError(t, repo.LIDMappings().Put(ctx, id, fmt.Sprint(1000+i)))
		}
	}
	rows := func() int {
		n, err := repo.Store().Select("lid-mapping").Count(ctx)
		require.NoError(t, err)
		return n
	}
	fill()
	all := repo.LIDMappings().Select()
	assert.Equal(t, 40, rows())
	assert.Len(t, idsOf(t, all.Selection), 20)
	assert.Equal(t, "[103 104]", fmt.Sprint(idsOf(t, all.After("102").Limit(2).Selection)))
	assert.Equal(t, "[119 118]", fmt.Sprint(idsOf(t, all.Reverse().Limit(2).Selection)))
	var pages []int
	for cursor := ""; ; {
		page, err := all.Page(ctx, cursor, 8)
		require.NoError(t, err)
		pages = append(pages, len(page.Entries))
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	assert.Equal(t, []int{8, 8, 4}, pages)

	n, err := all.From("115").DeleteAll(ctx)
	require.NoError(t, err)
	assert.Equal(t, 5, n)
	assert.Equal(t, 30, rows())
	_, ok, err := repo.LIDMappings().ByValue(ctx, "1019")
	require.NoError(t, err)
	assert.False(t, ok)
	require.NoError(t, repo.Store().Set(ctx, new(store.DataSet).Put("lid-mapping", "stray_reverse", []byte("gone"))))
	n, err = all.Reverse().DeleteAll(ctx)
	require.NoError(t, err)
	assert.Equal(t, 15, n)
	assert.Zero(t, rows(), "rows without a record go too")

	fill()
	require.Error(t, repo.Transaction(ctx, nil, func(ctx context.Context, tx *signalkeys.Tx) error {
		n, err := tx.LIDMappings().Select().DeleteAll(ctx)
		require.NoError(t, err)
		assert.Equal(t, 20, n)
		return context.Canceled
	}))
	assert.Equal(t, 40, rows())
}

// A delete above a limit of the store does nothing at all.
func TestDeleteAllAboveALimit(t *testing.T) {
	s, err := memstore.Open(t.Context(), &store.Options{MaxCommitRecords: 10})
	require.NoError(t, err)
	defer s.Close()
	repo := signalkeys.New(s)
	for i := range 8 {
		require.NoError(t, repo.LIDMappings().Put(t.Context(), signalkeys.LIDMappingID(fmt.Sprint(i)), fmt.Sprint(10+i)))
	}
	_, err = repo.LIDMappings().Select().After("0").DeleteAll(t.Context())
	require.ErrorIs(t, err, store.ErrTooLarge)
	n, err := repo.LIDMappings().Select().DeleteAll(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 8, n)
}

func ExampleSessionRepo_OfName() {
	ctx, repo := context.Background(), example()
	for device := range uint32(5) {
		must(repo.Sessions().Put(ctx, session("alice", device), family.NewSecret(nil)))
	}
	alice := repo.Sessions().OfName("alice") // reads nothing yet
	for e, err := range alice.After(session("alice", 1)).Limit(2).All(ctx) {
		must(err)
		fmt.Println(e.ID)
	}
	page, err := alice.Page(ctx, "", 4)
	must(err)
	page, err = alice.Page(ctx, page.Next, 4)
	must(err)
	fmt.Println(page.Entries[0].ID, page.Next == "")
	fmt.Println(alice.DeleteAll(ctx)) // one commit
	// Output:
	// alice.2
	// alice.3
	// alice.4 true
	// 5 <nil>
}
