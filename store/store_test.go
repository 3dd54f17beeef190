package store_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/internal/reserved"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/memstore"
)

func TestNewRefuses(t *testing.T) {
	tests := map[string]struct {
		options store.Options
		err     error
		text    string
	}{
		"negative id limit":     {store.Options{MaxIDBytes: -1}, store.ErrInvalid, "MaxIDBytes"},
		"negative value limit":  {store.Options{MaxValueBytes: -1}, store.ErrInvalid, "MaxValueBytes"},
		"negative commit bytes": {store.Options{MaxCommitBytes: -1}, store.ErrInvalid, "MaxCommitBytes"},
		"negative records":      {store.Options{MaxCommitRecords: -1}, store.ErrInvalid, "MaxCommitRecords"},
		"negative attempts":     {store.Options{MaxAttempts: -1}, store.ErrInvalid, "MaxAttempts"},
		"negative gate wait":    {store.Options{GateWait: -1}, store.ErrInvalid, "GateWait"},
		"negative commit time":  {store.Options{CommitTimeout: -1}, store.ErrInvalid, "CommitTimeout"},
		"no such class":         {store.Options{Durability: 17}, store.ErrInvalid, "durability"},
		"durability":            {store.Options{Durability: store.ProcessCrash}, store.ErrUnsupported, "process-crash"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			st, err := memstore.Open(t.Context(), &test.options)
			assert.Nil(t, st)
			assert.ErrorIs(t, err, test.err)
			assert.ErrorContains(t, err, test.text)
		})
	}
	_, err := store.New(t.Context(), nil, nil)
	assert.ErrorIs(t, err, store.ErrInvalid)
	var none context.Context
	_, err = store.New(none, memstore.NewDriver(), nil)
	assert.ErrorIs(t, err, store.ErrInvalid)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = store.New(ended, memstore.NewDriver(), nil)
	assert.ErrorIs(t, err, context.Canceled)
	_, err = store.New(t.Context(), incomparable{}, nil)
	assert.ErrorIs(t, err, store.ErrInvalid)
}

// incomparable is a driver by value with a field that cannot be a map key.
type incomparable struct {
	driver.Driver
	_ []int
}

func TestSettleKeepsTheCallersContextOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &stalled{Driver: memstore.NewDriver()}
		st, err := store.New(t.Context(), d, &store.Options{CommitTimeout: time.Minute})
		require.NoError(t, err)
		defer st.Close()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		err = st.Set(ctx, new(store.DataSet).Put("f", "a", nil))
		assert.Equal(t, time.Minute, time.Since(start), "a commit that was sent runs on after its caller's context")
		assert.ErrorIs(t, err, store.ErrUnknownOutcome)
		assert.NotErrorIs(t, err, context.DeadlineExceeded)
	})
}

// stalled never answers a commit and says that it may lose outcomes.
type stalled struct{ driver.Driver }

func (s *stalled) Info() driver.Info { return driver.Info{} }

func (s *stalled) Commit(ctx context.Context, _ string, _ *driver.Commit) error {
	<-ctx.Done()
	return ctx.Err()
}

// Arguments are easily swapped; an id in the place of a family stays out of
// the error, a slip in a family name is shown.
func TestFamilyInErrors(t *testing.T) {
	st := open()
	defer st.Close()
	ctx := t.Context()
	_, _, err := st.Get(ctx, "12025550123:7.0", "session")
	assert.ErrorIs(t, err, store.ErrInvalid)
	assert.NotContains(t, err.Error(), "2025550")
	_, _, err = st.Get(ctx, "Pre_Key", "17")
	assert.ErrorContains(t, err, `"Pre_Key"`)
	_, _, err = st.Get(ctx, "", "17")
	assert.ErrorIs(t, err, store.ErrInvalid)
	_, _, err = st.Get(ctx, strings.Repeat("a", 65), "17")
	assert.ErrorContains(t, err, "65 bytes")
	_, _, err = st.Get(ctx, reserved.Schema, "17")
	assert.ErrorIs(t, err, store.ErrInvalid)

	_, err = st.Has(ctx, "session", strings.Repeat("x", 513))
	assert.EqualError(t, err, "store: has session: too large: the id has 513 bytes, the limit is 512")
	var e *store.Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, "session", e.Family)
}

func TestNilContextAndFunctionAreErrors(t *testing.T) {
	st := open()
	defer st.Close()
	var none context.Context
	ok := func(context.Context, *store.Tx) error { return nil }
	calls := map[string]func(h store.Handle) error{
		"get":         func(h store.Handle) error { _, _, err := h.Get(none, "f", "a"); return err },
		"get many":    func(h store.Handle) error { _, err := h.GetMany(none, "f", "a"); return err },
		"has":         func(h store.Handle) error { _, err := h.Has(none, "f", "a"); return err },
		"set":         func(h store.Handle) error { return h.Set(none, new(store.DataSet).Put("f", "a", nil)) },
		"clear":       func(h store.Handle) error { return h.Clear(none) },
		"families":    func(h store.Handle) error { _, err := h.Families(none); return err },
		"transaction": func(h store.Handle) error { return h.Transaction(none, "", ok) },
		"function":    func(h store.Handle) error { return h.Transaction(context.Background(), "", nil) },
		"functions":   func(h store.Handle) error { return h.TransactionWith(context.Background(), store.TxOptions{}, nil) },
		"value": func(h store.Handle) error {
			_, err := store.TransactionValue[int](context.Background(), h, "", nil)
			return err
		},
		"scan": func(h store.Handle) error {
			for _, err := range h.Scan(none, "f", "") {
				return err
			}
			return nil
		},
	}
	for name, call := range calls {
		assert.ErrorIs(t, call(st), store.ErrInvalid, name)
		require.NoError(t, st.Transaction(t.Context(), "", func(_ context.Context, tx *store.Tx) error {
			assert.ErrorIs(t, call(tx), store.ErrInvalid, "inside: "+name)
			return nil
		}))
	}
	_, err := st.Namespaces(none)
	assert.ErrorIs(t, err, store.ErrInvalid)
	assert.ErrorIs(t, st.View(none, ok), store.ErrInvalid)
	assert.ErrorIs(t, st.View(t.Context(), nil), store.ErrInvalid)
}
