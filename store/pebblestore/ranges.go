package pebblestore

import (
	"github.com/cockroachdb/pebble/v2"

	"github.com/keyfam/keyfam/store/driver"
)

// rangeCheck is a range that was read, as the applier compares it.
type rangeCheck struct {
	lower, upper []byte
	family       spot
	epoch        driver.Version // 0: look at the records
	count        int
	sum          driver.Version
}

func (b *backend) rangeCheck(namespace string, r *driver.RangeCheck) rangeCheck {
	one := rangeCheck{count: r.Count, sum: r.Sum}
	one.lower, one.upper = bounds(namespace, r.Range)
	if oneFamily(r.Range) {
		one.family = b.versions.familySpot(appendKey(nil, namespace, r.Range.From))
		one.epoch = r.Epoch
	}
	return one
}

// oneFamily reports whether the range lies in the family of its start. Only
// then has it an epoch.
func oneFamily(r driver.Range) bool {
	f := r.From.Family
	return r.To.Family == f && f != "" || r.To == driver.FamilyEnd(f)
}

// rangeHolds is quick if nothing touched the family since the range was read.
// Otherwise it counts the records of the range and adds up their versions.
func (b *backend) rangeHolds(r *rangeCheck) error {
	if r.epoch != 0 && r.epoch == b.versions.epoch(r.family) {
		return nil
	}
	it, err := b.db.NewIter(&pebble.IterOptions{LowerBound: r.lower, UpperBound: r.upper})
	if err != nil {
		return translate(err)
	}
	count, sum := 0, driver.Version(0)
	for ok := it.First(); ok && count <= r.count; ok = it.Next() {
		e, ok := parse(it.Key())
		if !ok {
			_ = it.Close()
			return errForeignKey
		}
		count++
		sum += b.versions.record(b.versions.spot(e))
	}
	if err := it.Close(); err != nil {
		return translate(err)
	}
	if count != r.count || sum != r.sum {
		return driver.ErrConflict
	}
	return nil
}
