package store

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store/driver"
)

func key(id string) driver.Key { return driver.Key{Family: "f", ID: id} }

func seen(v driver.Version) *driver.Record { return &driver.Record{Version: v, Exists: true} }

func rows(span driver.Range, ids ...string) *rangeRead {
	r := &rangeRead{span: span, open: true}
	for i, id := range ids {
		r.rows = append(r.rows, rowSeen{key(id), driver.Version(i + 1)})
	}
	return r
}

func TestReadsOfOneAttemptMustAgree(t *testing.T) {
	all := driver.Range{From: key("a"), To: key("z")}
	tests := map[string]struct {
		add   func(r *readSet) bool
		agree bool
	}{
		"the same point again":               {func(r *readSet) bool { return r.addPoint(key("b"), seen(1)) }, true},
		"a point with another version":       {func(r *readSet) bool { return r.addPoint(key("b"), seen(9)) }, false},
		"a point that the range has":         {func(r *readSet) bool { return r.addPoint(key("d"), seen(2)) }, true},
		"a point that the range has not":     {func(r *readSet) bool { return r.addPoint(key("c"), seen(9)) }, false},
		"an absence that the range shows":    {func(r *readSet) bool { return r.addPoint(key("c"), &driver.Record{}) }, true},
		"an absence that the range denies":   {func(r *readSet) bool { return r.addPoint(key("d"), &driver.Record{}) }, false},
		"a point outside of the range":       {func(r *readSet) bool { return r.addPoint(key("z"), seen(9)) }, true},
		"the same range again":               {func(r *readSet) bool { return r.addRange(rows(all, "b", "d", "f")) }, true},
		"a range with a new row":             {func(r *readSet) bool { return r.addRange(rows(all, "b", "d", "e")) }, false},
		"a range that lacks a row":           {func(r *readSet) bool { return r.addRange(rows(all, "b", "d")) }, false},
		"a part of the range":                {func(r *readSet) bool { return r.addRange(rows(driver.Range{From: key("a"), To: key("e")}, "b", "d")) }, true},
		"a range that meets it in no row":    {func(r *readSet) bool { return r.addRange(rows(driver.Range{From: key("g")}, "z")) }, true},
		"a range that meets it with a row":   {func(r *readSet) bool { return r.addRange(rows(driver.Range{From: key("g")}, "h")) }, false},
		"a range without the point that was": {func(r *readSet) bool { return r.addRange(rows(driver.Range{To: key("c")})) }, false},
		"a range of another family, no limit": {func(r *readSet) bool {
			return r.addRange(&rangeRead{span: driver.Range{From: driver.Key{Family: "g"}}})
		}, true},
	}
	for name, test := range tests {
		for _, closed := range []bool{false, true} {
			t.Run(fmt.Sprint(name, ", closed ", closed), func(t *testing.T) {
				r := new(readSet)
				require.True(t, r.addPoint(key("b"), seen(1)))
				one := rows(all, "b", "d", "f")
				require.True(t, r.addRange(one))
				if closed {
					r.scans.close(one)
				}
				assert.Equal(t, test.agree, test.add(r))
			})
		}
	}
}

func TestRangeThatStopsEarlyChecksWhatWasUsed(t *testing.T) {
	reads := new(readSet)
	r := rows(driver.Range{From: key("a"), To: key("z")}, "b", "d", "f")
	require.True(t, reads.addRange(r))
	reads.scans.closeUsed(r, driver.Range{To: key("d").Next()})
	c := r.check()
	assert.Equal(t, driver.Range{From: key("a"), To: key("d\x00")}, c.Range)
	assert.Equal(t, 2, c.Count)
	assert.Equal(t, driver.Version(3), c.Sum)

	r = rows(driver.Range{From: key("a"), To: key("z")}, "b", "d", "f")
	require.True(t, reads.addRange(r))
	reads.scans.closeUsed(r, driver.Range{To: key("a").Next()}) // an own write before all rows
	c = r.check()
	assert.Equal(t, key("a\x00"), c.Range.To)
	assert.Zero(t, c.Count)
	assert.Zero(t, c.Sum)
}

func TestRangeThatStopsEarlyInReverse(t *testing.T) {
	reads := new(readSet)
	r := rows(driver.Range{From: key("a"), To: key("z")}, "b", "d", "f")
	require.True(t, reads.addRange(r))
	reads.scans.closeUsed(r, driver.Range{From: key("d")})
	c := r.check()
	assert.Equal(t, driver.Range{From: key("d"), To: key("z")}, c.Range)
	assert.Equal(t, 2, c.Count)
	assert.Equal(t, driver.Version(5), c.Sum)
}

func TestUnusedPagesAreNotChecked(t *testing.T) {
	for _, used := range []driver.Range{{To: key("a")}, {From: key("z")}} {
		reads := new(readSet)
		require.True(t, reads.addRange(rows(driver.Range{From: key("0"), To: key("1")}, "0")))
		r := rows(driver.Range{From: key("a"), To: key("z")}, "b")
		require.True(t, reads.addRange(r))
		reads.scans.closeUsed(r, used)
		assert.Equal(t, 1, reads.size())
		assert.True(t, reads.addPoint(key("c"), seen(7)), "nobody has seen that it is absent")
	}
}

func TestManyPointsAreIndexed(t *testing.T) {
	r := new(readSet)
	for i := range 3 * fewEntries {
		require.True(t, r.addPoint(key(string(rune('a'+i))), seen(driver.Version(i))))
	}
	for i := range 3 * fewEntries {
		record := r.point(key(string(rune('a' + i))))
		require.NotNil(t, record)
		assert.Equal(t, driver.Version(i), record.Version)
	}
	assert.Nil(t, r.point(key("?")))
}
