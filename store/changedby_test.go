package store

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store/driver"
)

// A range delete has changed what was read only where the two meet.
func TestChangedByRangeDelete(t *testing.T) {
	at := func(id string) driver.Key { return driver.Key{Family: "f", ID: id} }
	span := func(from, to string) driver.Range { return driver.Range{From: at(from), To: at(to)} }
	var point, miss, scan, count readSet
	require.True(t, point.addPoint(at("m"), &driver.Record{Exists: true, Version: 1}))
	require.True(t, miss.addPoint(at("m"), &driver.Record{}))
	scan.scans = &scanReads{ranges: []*rangeRead{{span: span("k", "n")}}}
	count.addCount(countRead{span: span("k", "n")})
	for name, one := range map[string]struct {
		reads *readSet
		in    bool // of what meets it
	}{"record": {&point, true}, "miss": {&miss, false}, "scan": {&scan, true}, "count": {&count, true}} {
		changed := func(r driver.Range) bool { return one.reads.changedBy(&driver.Commit{Deletes: []driver.Range{r}}) }
		for _, r := range []driver.Range{span("a", "k"), span("n", "z"), {From: at("n")}, {To: at("k")}} {
			assert.False(t, changed(r), "%s: %v", name, r)
		}
		for _, r := range []driver.Range{span("l", "mm"), span("a", "z"), {From: at("m")}, {To: at("mm")}, {}} {
			assert.Equal(t, one.in, changed(r), "%s: %v", name, r)
		}
	}
	var none readSet
	assert.False(t, none.changedBy(&driver.Commit{Deletes: driver.ClearRanges()}))
}
