package store_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/memstore"
)

// aged numbers its reads: the number is the epoch of what each answers.
type aged struct {
	*memstore.Driver
	reads   driver.Version
	records map[driver.Key]driver.Version // epochs of first reads
	pages   []driver.Version
	last    driver.Commit
}

func (d *aged) Read(ctx context.Context, namespace string, keys []driver.Key, into []driver.Record) error {
	d.reads++
	err := d.Driver.Read(ctx, namespace, keys, into)
	for i := range into {
		into[i].Epoch = d.reads
		if d.records[keys[i]] == 0 {
			d.records[keys[i]] = d.reads
		}
	}
	return err
}

func (d *aged) Scan(ctx context.Context, namespace string, q driver.Query) (driver.Page, error) {
	d.reads++
	page, err := d.Driver.Scan(ctx, namespace, q)
	page.Epoch = d.reads
	d.pages = append(d.pages, d.reads)
	return page, err
}

func (d *aged) Commit(ctx context.Context, namespace string, c *driver.Commit) error {
	d.last.Checks = append([]driver.Check(nil), c.Checks...)
	d.last.Ranges = append([]driver.RangeCheck(nil), c.Ranges...)
	return d.Driver.Commit(ctx, namespace, c)
}

// The check of a record or a page has the epoch of the read that it is about.
func TestChecksBringEpochsBack(t *testing.T) {
	ctx := context.Background()
	d := &aged{Driver: memstore.NewDriver(), records: map[driver.Key]driver.Version{}}
	st, err := store.New(ctx, d, nil)
	require.NoError(t, err)
	var ds store.DataSet
	for i := range 100 {
		ds.Put("session", string(rune('a'+i)), []byte("x"))
	}
	require.NoError(t, st.Set(ctx, &ds))
	require.NoError(t, st.Transaction(ctx, "", func(ctx context.Context, tx *store.Tx) error {
		for _, ids := range [][]string{{"a"}, {"a", "b", "absent"}, {"b"}} {
			if _, err := tx.GetMany(ctx, "session", ids...); err != nil {
				return err
			}
		}
		for _, err := range tx.Scan(ctx, "session", "") {
			if err != nil {
				return err
			}
		}
		if _, _, err := tx.Get(ctx, "session", "c"); err != nil {
			return err
		}
		return tx.Set(ctx, new(store.DataSet).Put("session", "a", []byte("y")))
	}))
	require.Len(t, d.last.Checks, 4)
	for _, c := range d.last.Checks {
		assert.Equal(t, d.records[c.Key], c.Epoch, c.Key.ID)
	}
	require.Greater(t, len(d.pages), 1)
	require.Len(t, d.last.Ranges, len(d.pages))
	for i, r := range d.last.Ranges {
		assert.Equal(t, d.pages[i], r.Epoch)
	}
	require.NoError(t, st.Close())
}
