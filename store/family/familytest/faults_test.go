package familytest_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/family/familytest"
)

// wrapper embeds a driver and adds only Unwrap.
type wrapper struct{ driver.Driver }

func (w *wrapper) Unwrap() driver.Driver { return w.Driver }

// Reads of views fail too, also with a wrapper around the driver with faults.
// Other powers are those of the driver inside.
func TestFaultsReachViews(t *testing.T) {
	errRead := errors.New("of the test")
	for name, o := range map[string]*store.Options{
		"bare":    nil,
		"wrapped": {Wrap: func(_ context.Context, d driver.Driver) (driver.Driver, error) { return &wrapper{d}, nil }},
	} {
		t.Run(name, func(t *testing.T) {
			st, faults := familytest.Open(t, o)
			//famvet:ignore familyname a family that is none is what is tested
			require.NoError(t, st.Set(t.Context(), new(store.DataSet).Put("f", "a", nil)))
			read := func(ctx context.Context, tx *store.Tx) error {
				//famvet:ignore familyname a family that is none is what is tested
				_, _, err := tx.Get(ctx, "f", "a")
				return err
			}
			faults.FailReads(1, errRead)
			assert.ErrorIs(t, st.View(t.Context(), read), errRead)
			assert.NoError(t, st.View(t.Context(), read))
			names, err := st.Namespaces(t.Context())
			assert.NoError(t, err)
			assert.Equal(t, []string{""}, names)
		})
	}
}
