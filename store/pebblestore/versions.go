package pebblestore

import (
	"hash/maphash"
	"math/rand/v2"
	"sync/atomic"

	"github.com/keyfam/keyfam/store/driver"
)

// versions answers checks from memory. This process is the only writer, so the
// version of a record need not be stored: it is the number of the last commit
// that touched the record, since the store was opened. Numbers are kept in
// slots that keys hash to. Keys that share a slot share their version, which
// can fail a check without need but never pass one.
//
// Commits are numbered in the order in which they are applied, one
// after the other: check, apply to the engine, stamp the slots,
// raise stamped. A reader on any goroutine does: load stamped (its horizon),
// open its view of the engine, read values, read slots. Then
//
//   - the view holds every commit up to the horizon, for these were applied
//     before they were counted;
//   - a slot not above the horizon names the last commit up to the horizon that
//     touched the record, so the view's value is not older than the version. It
//     may be newer, if a commit was applied and not yet stamped; then the slot
//     will differ before the next check is made, and the check fails. If the
//     check holds, no commit above the version touched the record, and the value
//     is the current one;
//   - a slot above the horizon says that the record was touched meanwhile, and
//     the value may be from before. The reader answers a version that no check
//     ever finds: old value and new version are never paired.
type versions struct {
	seed    maphash.Seed
	era     uint64 // random, so that versions of different openings differ
	stamped atomic.Uint64

	records  [1 << 16]atomic.Uint64
	families [1 << 12]atomic.Uint64
	clears   [1 << 10]atomic.Uint64 // by namespace; a Clear touches all its records
}

func newVersions() *versions {
	// Between 2^62 and 2^63: numbers added to it never reach 0 again.
	return &versions{seed: maphash.MakeSeed(), era: 1<<62 | rand.Uint64()>>2}
}

// spot is where the versions of one key are kept.
type spot struct{ record, family, namespace uint16 }

func (v *versions) spot(e encoded) spot {
	s := v.familySpot(e)
	s.record = uint16(maphash.Bytes(v.seed, e.bytes) % uint64(len(v.records)))
	return s
}

// familySpot is spot for a key of which only namespace and family count.
func (v *versions) familySpot(e encoded) spot {
	s := v.namespaceSpot(e.bytes[:e.namespace])
	s.family = uint16(maphash.Bytes(v.seed, e.bytes[:e.family]) % uint64(len(v.families)))
	return s
}

func (v *versions) namespaceSpot(prefix []byte) spot {
	return spot{namespace: uint16(maphash.Bytes(v.seed, prefix) % uint64(len(v.clears)))}
}

// record is the version of the key at s, for the goroutine that commits.
func (v *versions) record(s spot) driver.Version {
	return v.version(v.lastRecord(s))
}

// recordAt is the version of the key at s for a view with that horizon.
func (v *versions) recordAt(horizon uint64, s spot) driver.Version {
	n := v.lastRecord(s)
	if n > horizon {
		return v.version(never)
	}
	return v.version(n)
}

// never is a number that no commit has.
const never = 1 << 61

// epoch is a version for all keys of the family at s. A reader takes it before
// it opens its view, so that the view holds every commit that it counts.
func (v *versions) epoch(s spot) driver.Version {
	return v.version(max(v.families[s.family].Load(), v.clears[s.namespace].Load()))
}

func (v *versions) lastRecord(s spot) uint64 {
	return max(v.records[s.record].Load(), v.clears[s.namespace].Load())
}

// stamp tells that commit number n, which has been applied, touched the keys.
func (v *versions) stamp(n uint64, touched []spot) {
	for _, s := range touched {
		v.records[s.record].Store(n)
		v.families[s.family].Store(n)
	}
}

// stampClear is stamp for all keys of a namespace.
func (v *versions) stampClear(n uint64, s spot) { v.clears[s.namespace].Store(n) }

// version scrambles a number, one to one, so that sums of versions tell sets of
// rows apart: sums of small numbers would not.
func (v *versions) version(n uint64) driver.Version {
	x := v.era + n
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return driver.Version(x ^ x>>31)
}
