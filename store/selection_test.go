package store_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/memstore"
)

// scanCount counts scans.
type scanCount struct {
	driver.Driver
	scans int
}

func (s *scanCount) Scan(ctx context.Context, namespace string, q driver.Query) (driver.Page, error) {
	s.scans++
	return s.Driver.Scan(ctx, namespace, q)
}

// A page, and a selection with a limit, cost one call of the backend.
func TestLimitedSelectionsAreOneCall(t *testing.T) {
	d := &scanCount{Driver: memstore.NewDriver()}
	st, err := store.New(t.Context(), d, nil)
	require.NoError(t, err)
	defer st.Close()
	var ds store.DataSet
	for i := range 2000 {
		ds.Put("f", fmt.Sprintf("%04d", i), nil)
	}
	require.NoError(t, st.Set(t.Context(), &ds))
	calls := func(ctx context.Context, h store.Handle) {
		for _, s := range []store.Selection{h.Select("f"), h.Select("f").Reverse()} {
			d.scans = 0
			page, err := s.Page(ctx, "", 500)
			require.NoError(t, err)
			require.Len(t, page.Records, 500)
			require.Equal(t, 1, d.scans)
			n := 0
			for _, err := range s.Limit(1000).IDs(ctx) {
				require.NoError(t, err)
				n++
			}
			require.Equal(t, 1000, n)
			require.Equal(t, 2, d.scans)
		}
	}
	calls(t.Context(), st)
	require.NoError(t, st.Transaction(t.Context(), "", func(ctx context.Context, tx *store.Tx) error {
		calls(ctx, tx)
		return nil
	}))
}
