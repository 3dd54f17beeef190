package pebblestore

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/pebblestore/internal/fault"
)

// Each stored value begins with the version of its record: the stamp of the
// commit that wrote it. A read takes value and version from the same bytes, so
// the two always belong together, in the present and in a snapshot. The
// version of an absent record is 0.
//
// A check holds if the record still has the version that was read. The engine
// always knows, so no commit fails without need. But asking the engine costs a
// read, during which all other commits wait for the applier. Therefore epochs
// decide most checks.
//
// The applier numbers commits in the order in which it applies them. After it
// has applied commit n, it stores n in applied. A reader loads applied first
// and then opens its view of the engine, so the view includes all commits up
// to that number. The epoch of the read is the next number: the first commit
// that the view may lack. If no commit from that number on has touched the
// record, the record is as it was read, and the check holds. The applier looks
// this up in its index of recent commits, see recent.
//
// A view may include more commits than its epoch says: one may be applied
// between the two steps. Then the index says that the record was touched, the
// engine is asked, and the versions decide. So epochs only save reads. They
// never decide that a check fails.
const versionBytes = 8

// putVersion writes a version in front of a value.
func putVersion(into []byte, v driver.Version) {
	binary.LittleEndian.PutUint64(into, uint64(v))
}

// split separates version and value. The value is a slice of the argument.
func split(stored []byte) (driver.Version, []byte, error) {
	if len(stored) < versionBytes {
		return 0, nil, errNoVersion
	}
	return driver.Version(binary.LittleEndian.Uint64(stored)), stored[versionBytes:], nil
}

// errNoVersion means that something else has written into the store.
var errNoVersion = fmt.Errorf("%w: a value that this package did not write", driver.ErrCorrupt)

// stored returns the version that the record has now.
func (b *backend) stored(key []byte) (driver.Version, error) {
	value, closer, err := b.db.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, fault.Translate(err)
	}
	version, _, err := split(value)
	if closeErr := closer.Close(); err == nil {
		err = fault.Translate(closeErr)
	}
	return version, err
}
