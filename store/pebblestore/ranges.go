package pebblestore

import (
	"github.com/cockroachdb/pebble/v2"

	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/pebblestore/internal/fault"
)

// rangeCheck is a range that was read, in the form that the applier compares.
type rangeCheck struct {
	lower, upper []byte
	oneFamily    bool
	family       uint64 // its hash, if oneFamily
	epoch        uint64
	count        int
	sum          driver.Version
	countOnly    bool
}

func (b *backend) rangeCheck(namespace string, r *driver.RangeCheck) rangeCheck {
	one := rangeCheck{
		count: r.Count, sum: r.Sum, countOnly: r.CountOnly, epoch: uint64(r.Epoch), oneFamily: oneFamily(r.Range),
	}
	one.lower, one.upper = bounds(namespace, r.Range)
	if one.oneFamily {
		e := appendKey(nil, namespace, r.Range.From)
		one.family = b.recent.hash(e.bytes[:e.family])
	}
	return one
}

// oneFamily reports whether the range lies in one family. Only then can the
// index tell that it was not touched.
func oneFamily(r driver.Range) bool {
	f := r.From.Family
	return r.To.Family == f && f != "" || r.To == driver.FamilyEnd(f)
}

// rangeStands counts the records of the range, adds up their versions, and
// compares both with what was read.
func (b *backend) rangeStands(r *rangeCheck) error {
	it, err := b.db.NewIter(&pebble.IterOptions{LowerBound: r.lower, UpperBound: r.upper})
	if err != nil {
		return fault.Translate(err)
	}
	count, sum := 0, driver.Version(0)
	for ok := it.First(); ok && count <= r.count; ok = it.Next() {
		if count++; r.countOnly {
			continue
		}
		version, _, err := versioned(it)
		if err != nil {
			_ = it.Close()
			return err
		}
		sum += version
	}
	if err := it.Close(); err != nil {
		return fault.Translate(err)
	}
	if count != r.count || sum != r.sum && !r.countOnly {
		return driver.ErrConflict
	}
	return nil
}
