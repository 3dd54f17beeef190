package scanerr

import (
	"context"
	"errors"
	"iter"
	"maps"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/store"
)

func drops(ctx context.Context, repo *signalkeys.Repo, st *store.Store) int {
	n := 0
	for e := range repo.Sessions().All(ctx) { // want `this loop drops the scan's error, so a scan that broke off looks complete: write for e, err := range … and return err`
		n += len(e.ID.Name)
	}
	for range repo.Sessions().All(ctx) { // want `write for _, err := range`
		n++
	}
	for rec := range st.Scan(ctx, "session", "") { // want `write for rec, err := range`
		n += len(rec.ID)
	}
	for rec, err := range st.Scan(ctx, "session", "") { // want `only skips or stops on the scan's error`
		if err != nil {
			continue
		}
		n += len(rec.ID)
	}
	for rec, err := range st.Scan(ctx, "session", "") { // want `only skips or stops`
		if err == nil {
			n += len(rec.ID)
		}
	}
	for rec, err := range st.Scan(ctx, "session", "") { // want `only skips or stops`
		_ = err
		n += len(rec.ID)
	}
	all := repo.Sessions().OfName("alice").All(ctx)
	for e := range all { // want `drops the scan's error`
		n += len(e.ID.Name)
	}
	return n
}

func looks(ctx context.Context, repo *signalkeys.Repo, st *store.Store) (n int, err error) {
	for e, err := range repo.Sessions().All(ctx) {
		if err != nil {
			return n, err
		}
		n += len(e.ID.Name)
	}
	for _, err := range st.Scan(ctx, "session", "") {
		if err != nil {
			return n, errors.New("scan broke off")
		}
		n++
	}
	var e signalkeys.SessionEntry
	for e, err = range repo.Sessions().All(ctx) {
		if err != nil {
			break // looked at below
		}
		n += len(e.ID.Name)
	}
	if err != nil {
		return n, err
	}
	var failed error
	for _, err := range st.Scan(ctx, "session", "") {
		failed = errors.Join(failed, err)
	}
	for _, err := range st.Scan(ctx, "session", "") {
		if err == nil {
			n++
		} else {
			return n, err
		}
	}
	for id, k := range maps.All(map[string]int{"a": 1}) {
		n += len(id) + k
	}
	for range pairs() {
		n++
	}
	for range st.Scan(ctx, "session", "") { //famvet:ignore scanerr only wakes the backend
		break
	}
	return n, failed
}

func pairs() iter.Seq2[string, int] { return nil }

func partial(ctx context.Context, st *store.Store) ([]string, error) {
	var ids []string
	for rec, err := range st.Scan(ctx, "session", "") { // want `this loop returns nil for the scan's error, so a scan that broke off looks complete: return err`
		if err != nil {
			return nil, nil
		}
		ids = append(ids, rec.ID)
	}
	err := st.View(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, err := range tx.Scan(ctx, "session", "") { // want `returns nil for the scan's error`
			if err != nil {
				return nil
			}
		}
		return nil
	})
	for rec, err := range st.Scan(ctx, "session", "") {
		if err != nil {
			return nil, errors.New("scan broke off")
		}
		if rec.ID == "" {
			return nil, nil
		}
	}
	return ids, err
}

func complete(ctx context.Context, st *store.Store) (bool, []string) {
	for _, err := range st.Scan(ctx, "session", "") {
		if err != nil {
			return false, nil // says so itself
		}
	}
	return true, nil
}
