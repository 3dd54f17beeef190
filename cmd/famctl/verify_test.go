package main

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/memstore"
)

// unreadable is a backend in which one family is damaged.
type unreadable struct {
	driver.Driver
	family string
	err    error
}

func (u *unreadable) Scan(ctx context.Context, namespace string, q driver.Query) (driver.Page, error) {
	if q.Range.From.Family == u.family && q.Range.From.ID != "" {
		return driver.Page{}, u.err
	}
	return u.Driver.Scan(ctx, namespace, q)
}

func (u *unreadable) Namespaces(ctx context.Context, from string, limit int) ([]string, error) {
	lister, ok := driver.As[driver.NamespaceLister](u.Driver)
	if !ok {
		return nil, driver.ErrUnsupported
	}
	return lister.Namespaces(ctx, from, limit)
}

// Damage in one family is a finding, and the others are verified all the same;
// what is no damage ends the run.
func TestVerifyGoesOnAfterDamage(t *testing.T) {
	for err, want := range map[error]string{driver.ErrCorrupt: "corrupt data", driver.ErrUnavailable: ""} {
		backend := &unreadable{Driver: memstore.NewDriver(), family: "device-list", err: err}
		st, openErr := store.New(t.Context(), backend, nil)
		require.NoError(t, openErr)
		var ds store.DataSet
		for i := range 3000 {
			ds.Put("device-list", string([]byte{'a' + byte(i/256), byte(i)}), nil)
		}
		ds.Put("pre-key", "1", []byte("no key pair"))
		require.NoError(t, st.Set(t.Context(), &ds))
		_, openErr = signalkeys.Open(t.Context(), st)
		require.NoError(t, openErr)

		v := &verifier{app: quiet(t)}
		runErr := v.namespace(t.Context(), st, "")
		require.NoError(t, st.Close())
		if want == "" {
			require.ErrorIs(t, runErr, err)
			continue
		}
		require.NoError(t, runErr)
		require.Len(t, v.answer.Findings, 2)
		require.Equal(t, "device-list", v.answer.Findings[0].Family)
		require.Equal(t, want, v.answer.Findings[0].Problem)
		require.Nil(t, v.answer.Findings[0].named)
		require.True(t, v.answer.Findings[0].Stopped)
		require.False(t, v.answer.Findings[1].Stopped)
		require.Equal(t, "1", *v.answer.Findings[1].ID)
	}
}
