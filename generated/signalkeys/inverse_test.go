package signalkeys_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/generated/signalkeys/signalkeystest"
	"github.com/keyfam/keyfam/store"
)

// rows is every stored row of lid-mapping.
func rows(t *testing.T, r *signalkeys.Repo) map[string]string {
	t.Helper()
	found := map[string]string{}
	for record, err := range r.Store().Scan(t.Context(), "lid-mapping", "") {
		require.NoError(t, err)
		found[record.ID] = string(record.Value)
	}
	return found
}

func byValue(t *testing.T, r *signalkeys.Repo, lid string) string {
	t.Helper()
	pn, ok, err := r.LIDMappings().ByValue(t.Context(), lid)
	require.NoError(t, err)
	assert.Equal(t, ok, pn != "")
	return string(pn)
}

func TestInverseOverwriteAndDelete(t *testing.T) {
	r, ctx := open(t), t.Context()
	m := r.LIDMappings()
	require.NoError(t, m.Put(ctx, "pn1", "lid1"))
	assert.Equal(t, map[string]string{"pn1": "lid1", "lid1_reverse": "pn1"}, rows(t, r))
	assert.Equal(t, "pn1", byValue(t, r, "lid1"))

	require.NoError(t, m.Put(ctx, "pn1", "lid2"))
	assert.Equal(t, map[string]string{"pn1": "lid2", "lid2_reverse": "pn1"}, rows(t, r), "the stale reverse row is gone")
	assert.Empty(t, byValue(t, r, "lid1"))
	require.NoError(t, m.Put(ctx, "pn1", "lid2"))
	assert.Equal(t, map[string]string{"pn1": "lid2", "lid2_reverse": "pn1"}, rows(t, r), "again")

	require.NoError(t, m.Delete(ctx, "pn1"))
	assert.Empty(t, rows(t, r))
	require.NoError(t, m.Delete(ctx, "pn1"))
}

// Two phone numbers claim one LID: the last Put owns the reverse row, and the
// other forward row stays.
func TestInverseTwoClaims(t *testing.T) {
	r, ctx := open(t), t.Context()
	m := r.LIDMappings()
	require.NoError(t, m.Put(ctx, "pn1", "lid"))
	require.NoError(t, m.Put(ctx, "pn2", "lid"))
	assert.Equal(t, map[string]string{"pn1": "lid", "pn2": "lid", "lid_reverse": "pn2"}, rows(t, r))
	assert.Equal(t, "pn2", byValue(t, r, "lid"))

	require.NoError(t, m.Delete(ctx, "pn1"))
	assert.Equal(t, map[string]string{"pn2": "lid", "lid_reverse": "pn2"}, rows(t, r), "pn1 did not own the reverse row")

	require.NoError(t, m.Put(ctx, "pn1", "lid"))
	require.NoError(t, m.Put(ctx, "pn2", "other"))
	assert.Equal(t, map[string]string{"pn1": "lid", "pn2": "other", "lid_reverse": "pn1", "other_reverse": "pn2"}, rows(t, r))

	require.NoError(t, m.PutMany(ctx, map[signalkeys.LIDMappingID]string{"b": "x", "a": "x", "c": "x"}))
	assert.Equal(t, "c", byValue(t, r, "x"), "the last in the order of the ids")
}

func TestInverseForwardOnly(t *testing.T) {
	r, ctx := open(t), t.Context()
	m := r.LIDMappings()
	require.NoError(t, m.PutMany(ctx, map[signalkeys.LIDMappingID]string{"pn1": "lid1", "pn2": "lid2"}))
	n, err := m.Count(ctx)
	require.NoError(t, err)
	assert.Equal(t, 2, n)
	for e, err := range m.All(ctx) {
		require.NoError(t, err)
		assert.Contains(t, []signalkeys.LIDMappingID{"pn1", "pn2"}, e.ID)
	}
	_, _, err = m.Get(ctx, "lid1_reverse")
	require.ErrorIs(t, err, store.ErrInvalid)
	require.ErrorIs(t, m.Put(ctx, "x_reverse", "y"), store.ErrInvalid)
	require.ErrorIs(t, m.Delete(ctx, "x_reverse"), store.ErrInvalid)
	assert.NotContains(t, m.Put(ctx, "marker_reverse", "y").Error(), "marker")
}

// A reverse row that disagrees, left by somebody else, is not believed.
func TestInverseDisagreement(t *testing.T) {
	r, ctx := open(t), t.Context()
	require.NoError(t, r.Store().Set(ctx, new(store.DataSet).
		Put("lid-mapping", "old_reverse", []byte("pn1")).Put("lid-mapping", "pn1", []byte("new")).
		Put("lid-mapping", "gone_reverse", []byte("pn9"))))
	assert.Empty(t, byValue(t, r, "old"))
	assert.Empty(t, byValue(t, r, "gone"))
	assert.Empty(t, byValue(t, r, "new"))
}

// A batch keeps the rows in step with its other writes, also when it has to run
// again because of a conflict, and leaves nothing when it fails.
func TestInverseBatch(t *testing.T) {
	r, faults := signalkeystest.Open(t, nil)
	ctx := t.Context()
	require.NoError(t, r.LIDMappings().Put(ctx, "pn1", "lid1"))

	var b signalkeys.Batch
	b.LIDMappings().Put("pn1", "lid2")
	b.LIDMappings().Delete("pn1")
	b.LIDMappings().Put("pn1", "lid3")
	b.LIDMappings().Put("pn2", "lid3")
	b.DeviceLists().Put("pn1", []string{"0"})
	faults.Conflict(3)
	require.NoError(t, r.Apply(ctx, &b))
	want := map[string]string{"pn1": "lid3", "pn2": "lid3", "lid3_reverse": "pn2"}
	assert.Equal(t, want, rows(t, r))
	ok, err := r.DeviceLists().Has(ctx, "pn1")
	require.NoError(t, err)
	assert.True(t, ok)

	var again signalkeys.Batch
	again.LIDMappings().Delete("pn2")
	faults.FailCommits(1, store.ErrUnavailable)
	require.ErrorIs(t, r.Apply(ctx, &again), store.ErrUnavailable)
	assert.Equal(t, want, rows(t, r))
	require.NoError(t, r.Apply(ctx, &again), "a batch may be applied again")
	assert.Equal(t, map[string]string{"pn1": "lid3"}, rows(t, r))

	require.NoError(t, r.Transaction(ctx, signalkeys.LIDMappingLabel("pn1"), func(ctx context.Context, tx *signalkeys.Tx) error {
		if err := tx.Apply(ctx, &b); err != nil {
			return err
		}
		pn, ok, err := tx.LIDMappings().ByValue(ctx, "lid3")
		assert.True(t, ok)
		assert.Equal(t, signalkeys.LIDMappingID("pn2"), pn)
		return err
	}))
	assert.Equal(t, want, rows(t, r))
}

// A batch counts by its end state: values may be swapped, and what a later write
// of the batch takes back was never there.
func TestInverseBatchByEndState(t *testing.T) {
	r, ctx := open(t), t.Context()
	require.NoError(t, r.LIDMappings().PutMany(ctx, map[signalkeys.LIDMappingID]string{"pn1": "lid1", "pn2": "lid2"}))
	require.NoError(t, r.LIDMappings().PutMany(ctx, map[signalkeys.LIDMappingID]string{"pn1": "lid2", "pn2": "lid1"}))
	assert.Equal(t, map[string]string{"pn1": "lid2", "lid2_reverse": "pn1", "pn2": "lid1", "lid1_reverse": "pn2"}, rows(t, r))

	var b signalkeys.Batch
	b.LIDMappings().Put("pn1", "lid3")
	b.LIDMappings().Put("pn2", "lid3")
	b.LIDMappings().Delete("pn2")
	require.NoError(t, r.Apply(ctx, &b))
	assert.Equal(t, map[string]string{"pn1": "lid3", "lid3_reverse": "pn1"}, rows(t, r))
}

// Clear takes derived rows with the records, and no list of families shows them.
func TestInverseClear(t *testing.T) {
	r, ctx := open(t), t.Context()
	require.NoError(t, r.LIDMappings().Put(ctx, "pn1", "lid"))
	families, err := r.Store().Families(ctx)
	require.NoError(t, err)
	assert.Equal(t, []string{"lid-mapping"}, families)
	require.NoError(t, r.Transaction(ctx, nil, func(ctx context.Context, tx *signalkeys.Tx) error {
		if err := tx.Tx().Clear(ctx); err != nil {
			return err
		}
		return tx.LIDMappings().Put(ctx, "pn2", "lid")
	}))
	assert.Equal(t, map[string]string{"pn2": "lid", "lid_reverse": "pn2"}, rows(t, r))
	require.NoError(t, r.Store().Clear(ctx))
	assert.Empty(t, rows(t, r))
	assert.Empty(t, byValue(t, r, "lid"))
}

// A value that has an owner at every moment is never without one for ByValue,
// though a batch moves it from id to id.
func TestInverseWhileTheOwnerMoves(t *testing.T) {
	r, ctx := open(t), t.Context()
	require.NoError(t, r.LIDMappings().Put(ctx, "pn0", "lid"))
	done := make(chan error, 1)
	go func() {
		for i := range 2000 {
			var b signalkeys.Batch
			b.LIDMappings().Delete(signalkeys.LIDMappingID(fmt.Sprint("pn", i)))
			b.LIDMappings().Put(signalkeys.LIDMappingID(fmt.Sprint("pn", i+1)), "lid")
			if err := r.Apply(ctx, &b); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for reads := 0; ; reads++ {
		_, ok, err := r.LIDMappings().ByValue(ctx, "lid")
		require.NoError(t, err)
		require.True(t, ok, "after %d reads", reads)
		select {
		case err := <-done:
			require.NoError(t, err)
			assert.Equal(t, map[string]string{"pn2000": "lid", "lid_reverse": "pn2000"}, rows(t, r))
			return
		default:
		}
	}
}
