package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/memstore"
)

// late breaks the rules: in the namespace "left" it gives up when the context
// ends, and goes on with the arguments while a call in "right" is under way.
type late struct {
	*memstore.Driver
	resume, done chan struct{}
}

func newLate() *late {
	return &late{memstore.NewDriver(), make(chan struct{}), make(chan struct{})}
}

func (l *late) Info() driver.Info { return driver.Info{} } // outcomes may be lost

func (l *late) Read(ctx context.Context, namespace string, keys []driver.Key, into []driver.Record) error {
	read := func() error { return l.Driver.Read(context.Background(), namespace, keys, into) }
	switch {
	case ctx.Done() != nil:
		return l.giveUp(ctx, read)
	case namespace == "right":
		defer l.catchUp()
	}
	return read()
}

func (l *late) Commit(ctx context.Context, namespace string, c *driver.Commit) error {
	commit := func() error { return l.Driver.Commit(context.Background(), namespace, c) }
	if namespace == "left" {
		return l.giveUp(ctx, commit)
	}
	l.catchUp()
	return commit()
}

func (l *late) giveUp(ctx context.Context, call func() error) error {
	go func() {
		<-l.resume
		_ = call()
		close(l.done)
	}()
	<-ctx.Done()
	return ctx.Err()
}

func (l *late) catchUp() {
	close(l.resume)
	<-l.done
}

// The arguments of driver calls are pooled. Those of a call that failed are
// not: nothing of one account may turn up in another, whatever the driver
// does.
func TestLateCommitMeetsNoOther(t *testing.T) {
	ctx, l := t.Context(), newLate()
	s, err := store.New(ctx, l, &store.Options{CommitTimeout: time.Millisecond})
	require.NoError(t, err)
	write := func(namespace string) error {
		return s.Namespace(namespace).Transaction(ctx, "", func(ctx context.Context, tx *store.Tx) error {
			return tx.Set(ctx, new(store.DataSet).Put("f", "id", []byte("of the "+namespace)))
		})
	}
	require.ErrorIs(t, write("left"), store.ErrUnknownOutcome)
	require.NoError(t, write("right"))
	for _, namespace := range []string{"left", "right"} {
		into := make([]driver.Record, 1)
		require.NoError(t, l.Driver.Read(ctx, namespace, []driver.Key{{Family: "f", ID: "id"}}, into))
		assert.Equal(t, "of the "+namespace, string(into[0].Value))
	}
}

func TestLateReadMeetsNoOther(t *testing.T) {
	ctx, l := context.Background(), newLate()
	for _, namespace := range []string{"left", "right"} {
		w := driver.Write{Key: driver.Key{Family: "f", ID: "id"}, Value: []byte("of the " + namespace)}
		require.NoError(t, l.Driver.Commit(ctx, namespace, &driver.Commit{Stamp: 1, Writes: []driver.Write{w}}))
	}
	s, err := store.New(ctx, l, nil)
	require.NoError(t, err)
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	_, _, err = s.Namespace("left").Get(cancelled, "f", "id")
	require.ErrorIs(t, err, context.Canceled)
	value, ok, err := s.Namespace("right").Get(ctx, "f", "id")
	require.NoError(t, err)
	assert.True(t, ok)
	assert.Equal(t, "of the right", string(value))
}
