package baileys_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/interop/baileys"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/memstore"
)

// rotten is a backend of which one family cannot be read behind its first page.
type rotten struct {
	driver.Driver
	family string
}

func (r *rotten) Snapshot(ctx context.Context, namespace string) (driver.Snapshot, error) {
	from, ok := driver.As[driver.Snapshotter](r.Driver)
	if !ok {
		return nil, driver.ErrUnsupported
	}
	s, err := from.Snapshot(ctx, namespace)
	return &rottenSnapshot{s, r}, err
}

type rottenSnapshot struct {
	driver.Snapshot
	of *rotten
}

func (s *rottenSnapshot) Scan(ctx context.Context, namespace string, q driver.Query) (driver.Page, error) {
	if q.Range.From.Family == s.of.family && q.Range.From.ID != "" {
		return driver.Page{}, driver.ErrCorrupt
	}
	return s.Snapshot.Scan(ctx, namespace, q)
}

// With KeepGoing, damage in one family costs the rest of that family, which the
// report says, and nothing of the others.
func TestExportKeepsGoingAfterDamage(t *testing.T) {
	ctx := context.Background()
	backend := &rotten{Driver: memstore.NewDriver()}
	st, err := store.New(ctx, backend, nil)
	require.NoError(t, err)
	defer st.Close()
	repo, err := signalkeys.Open(ctx, st)
	require.NoError(t, err)
	_, err = baileys.Import(ctx, repo, realFolder, nil)
	require.NoError(t, err)
	var b signalkeys.Batch
	for i := range 3000 {
		b.DeviceLists().Put(signalkeys.DeviceListID(fmt.Sprintf("x%04d", i)), []string{"0"})
	}
	require.NoError(t, repo.Apply(ctx, &b))
	backend.family = "device-list"

	out := filepath.Join(t.TempDir(), "out")
	report, err := baileys.Export(ctx, repo, out, nil)
	require.ErrorIs(t, err, baileys.ErrBad)
	require.Empty(t, contents(t, out))
	require.Len(t, report.Bad, 1)
	require.ErrorIs(t, report.Bad[0], store.ErrCorrupt)
	assert.Contains(t, report.Bad[0].Error(), "the rest of device-list was not read")

	report, err = baileys.Export(ctx, repo, out, &baileys.ExportOptions{KeepGoing: true})
	require.ErrorIs(t, err, baileys.ErrBad)
	require.Len(t, report.Bad, 1)
	assert.True(t, report.Creds)
	got := contents(t, out)
	for name, want := range contents(t, realFolder) {
		if !strings.HasPrefix(name, "device-list-") {
			assert.Equal(t, want, got[name], name)
		}
	}
	assert.NotEmpty(t, report.Records["device-list"])
	assert.Less(t, report.Records["device-list"], 3000)
}
