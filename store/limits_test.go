package store_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/memstore"
)

// limited is a backend with limits of its own.
type limited struct {
	driver.Driver
	limits driver.Limits
}

func (l *limited) Info() driver.Info {
	info := l.Driver.Info()
	info.Limits = l.limits
	return info
}

// Of the options and the backend the lower limit counts, and what Limits says is
// what calls obey.
func TestLimits(t *testing.T) {
	d := &limited{memstore.NewDriver(), driver.Limits{IDBytes: 10, ValueBytes: 900, ReadKeys: 3}}
	st, err := store.New(t.Context(), d, &store.Options{MaxIDBytes: 99, MaxValueBytes: 8, MaxCommitRecords: 2, MaxCommitBytes: 30})
	require.NoError(t, err)
	defer st.Close()
	l := st.Limits()
	require.Equal(t, store.Limits{IDBytes: 10, ValueBytes: 8, CommitBytes: 30, CommitRecords: 2, ReadKeys: 3}, l)

	put := func(idBytes, valueBytes int) error {
		ds := new(store.DataSet).Put("f", strings.Repeat("i", idBytes), make([]byte, valueBytes))
		return st.Set(t.Context(), ds)
	}
	require.NoError(t, put(l.IDBytes, l.ValueBytes))
	require.ErrorIs(t, put(l.IDBytes+1, 0), store.ErrTooLarge)
	require.ErrorIs(t, put(1, l.ValueBytes+1), store.ErrTooLarge)

	ids := []string{"a", "b", "c", "d"}
	_, err = st.GetMany(t.Context(), "f", ids[:l.ReadKeys]...)
	require.NoError(t, err)
	_, err = st.GetMany(t.Context(), "f", ids[:l.ReadKeys+1]...)
	require.ErrorIs(t, err, store.ErrTooLarge)

	d2 := &limited{memstore.NewDriver(), driver.Limits{}}
	st2, err := store.New(t.Context(), d2, nil)
	require.NoError(t, err)
	defer st2.Close()
	require.Equal(t, store.Limits{IDBytes: 512, ValueBytes: 4 << 20, CommitBytes: 256 << 20, CommitRecords: 1_000_000}, st2.Limits())
}
