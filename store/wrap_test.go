package store_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/memstore"
)

// thin embeds the driver and adds no more than Unwrap.
type thin struct{ driver.Driver }

func (w *thin) Unwrap() driver.Driver { return w.Driver }

// closes counts, and passes on, the Close of what it embeds.
type closes struct {
	*memstore.Driver
	n int
}

func (c *closes) Close() error {
	c.n++
	return c.Driver.Close()
}

func TestBackendIsClosedOnce(t *testing.T) {
	for name, first := range map[string]int{"bare first": 0, "wrapped first": 1, "other wrapper first": 2} {
		t.Run(name, func(t *testing.T) {
			backend := &closes{Driver: memstore.NewDriver()}
			var all []*store.Store
			for _, d := range []driver.Driver{backend, &thin{backend}, &thin{&thin{backend}}} {
				st, err := store.New(t.Context(), d, nil)
				require.NoError(t, err)
				assert.Same(t, d, st.Driver())
				assert.Same(t, d, st.Namespace("x").Driver())
				all = append(all, st)
			}
			require.NoError(t, all[first].Close())
			for _, st := range all {
				assert.NoError(t, st.Close())
				assert.ErrorIs(t, st.Clear(t.Context()), store.ErrClosed)
			}
			assert.Equal(t, 1, backend.n)
		})
	}
}

func TestNewRefusesWrappersOfNothing(t *testing.T) {
	round := &thin{}
	round.Driver = &thin{round}
	for name, d := range map[string]driver.Driver{
		"nil inside": &thin{}, "nil pointer inside": &thin{(*thin)(nil)}, "around itself": round,
		"not comparable inside": &thin{incomparable{}},
	} {
		_, err := store.New(t.Context(), d, nil)
		assert.ErrorIs(t, err, store.ErrInvalid, name)
		_, err = memstore.Open(t.Context(), &store.Options{Wrap: func(context.Context, driver.Driver) (driver.Driver, error) { return d, nil }})
		assert.ErrorIs(t, err, store.ErrInvalid, name)
	}
}

// Wrap gets New's context and is not called where another option is bad.
func TestWrapIsCalledLast(t *testing.T) {
	type key struct{}
	ctx := context.WithValue(t.Context(), key{}, "mine")
	calls := 0
	wrap := func(ctx context.Context, d driver.Driver) (driver.Driver, error) {
		calls++
		assert.Equal(t, "mine", ctx.Value(key{}))
		return &thin{d}, nil
	}
	_, err := memstore.Open(ctx, &store.Options{MaxIDBytes: -1, Wrap: wrap})
	assert.ErrorIs(t, err, store.ErrInvalid)
	assert.Zero(t, calls)
	st, err := memstore.Open(ctx, &store.Options{Wrap: wrap})
	require.NoError(t, err)
	defer st.Close()
	assert.Equal(t, 1, calls)
	assert.IsType(t, (*thin)(nil), st.Driver())
	_, ok := driver.As[*memstore.Driver](st.Driver())
	assert.True(t, ok)
}

// small has a lower limit and another class than what it wraps.
type small struct{ thin }

func (s *small) Info() driver.Info {
	return driver.Info{Durability: driver.ProcessCrash, Limits: driver.Limits{ValueBytes: 10}}
}

// Durability and limits are the wrapper's, of that store alone.
func TestInfoIsOfTheOwnWrapper(t *testing.T) {
	d := memstore.NewDriver()
	wide, err := store.New(t.Context(), d, nil)
	require.NoError(t, err)
	defer wide.Close()
	narrow, err := store.New(t.Context(), d, &store.Options{
		Durability: store.ProcessCrash,
		Wrap:       func(_ context.Context, d driver.Driver) (driver.Driver, error) { return &small{thin{d}}, nil },
	})
	require.NoError(t, err)
	set := new(store.DataSet).Put("f", "a", make([]byte, 11))
	assert.NoError(t, wide.Set(t.Context(), set))
	assert.ErrorIs(t, narrow.Set(t.Context(), set), store.ErrTooLarge)
	_, err = store.New(t.Context(), &small{thin{d}}, &store.Options{Durability: store.PowerLoss})
	assert.ErrorIs(t, err, store.ErrUnsupported)
}

// reverse turns the bytes of values around. It changes what it passes on, so
// it has every power itself: of snapshots, and none to list namespaces.
type reverse struct{ thin }

func turned(b []byte) []byte {
	out := bytes.Clone(b)
	for i := range out {
		out[i] = b[len(b)-1-i]
	}
	return out
}

func (r *reverse) Commit(ctx context.Context, namespace string, c *driver.Commit) error {
	mine := *c
	mine.Writes = nil
	for _, w := range c.Writes {
		w.Value = turned(w.Value)
		mine.Writes = append(mine.Writes, w)
	}
	return r.Driver.Commit(ctx, namespace, &mine)
}

func (r *reverse) Read(ctx context.Context, namespace string, keys []driver.Key, into []driver.Record) error {
	return turnedReader{r.Driver}.Read(ctx, namespace, keys, into)
}

func (r *reverse) Snapshot(ctx context.Context, namespace string) (driver.Snapshot, error) {
	from, ok := driver.As[driver.Snapshotter](r.Driver)
	if !ok {
		return nil, driver.ErrUnsupported
	}
	s, err := from.Snapshot(ctx, namespace)
	return turnedSnapshot{turnedReader{s}, s}, err
}

func (r *reverse) Namespaces(context.Context, string, int) ([]string, error) {
	return nil, driver.ErrUnsupported
}

type turnedReader struct{ driver.Reader }

func (r turnedReader) Read(ctx context.Context, namespace string, keys []driver.Key, into []driver.Record) error {
	err := r.Reader.Read(ctx, namespace, keys, into)
	for i := range into {
		into[i].Value, into[i].Shared = turned(into[i].Value), false
	}
	return err
}

type turnedSnapshot struct {
	turnedReader
	driver.Snapshot
}

func (s turnedSnapshot) Read(ctx context.Context, namespace string, keys []driver.Key, into []driver.Record) error {
	return s.turnedReader.Read(ctx, namespace, keys, into)
}

func (s turnedSnapshot) Scan(ctx context.Context, namespace string, q driver.Query) (driver.Page, error) {
	return s.Snapshot.Scan(ctx, namespace, q)
}

// A wrapper that changes values is passed by nowhere, whatever is around it.
func TestTransformingWrapper(t *testing.T) {
	d := memstore.NewDriver()
	bare, err := store.New(t.Context(), d, nil)
	require.NoError(t, err)
	defer bare.Close()
	st, err := store.New(t.Context(), &thin{&reverse{thin{&thin{d}}}}, nil)
	require.NoError(t, err)
	require.NoError(t, st.Set(t.Context(), new(store.DataSet).Put("f", "a", []byte("abc"))))

	read := func(s *store.Store) (values []string) {
		plain, _, err := s.Get(t.Context(), "f", "a")
		require.NoError(t, err)
		values = append(values, string(plain))
		get := func(ctx context.Context, tx *store.Tx) error {
			value, _, err := tx.Get(ctx, "f", "a")
			//famvet:ignore rerun how often and when it runs is what is tested
			values = append(values, string(value))
			return err
		}
		require.NoError(t, s.View(t.Context(), get))
		require.NoError(t, s.Transaction(t.Context(), "", get))
		return values
	}
	assert.Equal(t, []string{"abc", "abc", "abc"}, read(st))
	assert.Equal(t, []string{"cba", "cba", "cba"}, read(bare))
	_, err = st.Namespaces(t.Context())
	assert.ErrorIs(t, err, store.ErrUnsupported)
	names, err := bare.Namespaces(t.Context())
	assert.NoError(t, err)
	assert.Equal(t, []string{""}, names)
}

// keeping has snapshots and lends none.
type keeping struct{ thin }

func (*keeping) Snapshot(context.Context, string) (driver.Snapshot, error) {
	return nil, errors.Join(errors.New("as it happens"), driver.ErrUnsupported)
}

// A View that does without snapshots is one operation to the tracer.
func TestViewWithoutSnapshotsIsTracedOnce(t *testing.T) {
	var seen []store.Result
	st, err := store.New(t.Context(), &keeping{thin{memstore.NewDriver()}}, &store.Options{
		Tracer: store.TracerFunc(func(r store.Result) {
			if r.Op == store.OpView {
				seen = append(seen, r)
			}
		}),
	})
	require.NoError(t, err)
	defer st.Close()
	runs := 0
	require.NoError(t, st.View(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		runs++
		_, _, err := tx.Get(ctx, "f", "a")
		if runs == 1 {
			//famvet:ignore outerhandle going around the transaction is what is tested
			require.NoError(t, st.Set(t.Context(), new(store.DataSet).Put("f", "a", nil)))
		}
		_, _, other := tx.Get(ctx, "f", "b")
		return errors.Join(err, other)
	}))
	assert.Equal(t, 2, runs, "what was read did not stand")
	require.Len(t, seen, 1)
	assert.Equal(t, runs, seen[0].Attempt)
}
