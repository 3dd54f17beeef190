package pebblestore

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"github.com/keyfam/keyfam/store/driver"
)

// Each stored value begins with the version of its record: the stamp of the
// commit that wrote it. A read takes value and version from the same bytes, so
// the two always belong together, in the present and in a snapshot. The version
// of an absent record is 0.
//
// A check holds if the record has the version that was read. The engine can
// always tell, and so no commit fails that need not. But each such look costs a
// read, and the applier would make it while all other commits wait. Therefore
// most checks are decided without one, by epochs.
//
// The applier numbers commits in the order in which it applies them. After it
// has applied commit n it stores n in applied. A reader loads applied first and
// then opens its view of the engine, so the view holds all commits up to that
// number. The epoch of the read is the next number: the first commit that the
// view may lack. If no commit from that number on has touched the record, the
// record is as it was read, and the check holds. The applier answers this from
// its index of recent commits, see recent.
//
// A view may hold more commits than its epoch says: one may be applied between
// the two steps. Then the index finds that the record was touched, the engine is
// asked, and the stamps decide. So epochs only ever save a look.
const versionBytes = 8

// putVersion writes a version in front of a value.
func putVersion(into []byte, v driver.Version) {
	binary.LittleEndian.PutUint64(into, uint64(v))
}

// split takes a stored value apart. The value is a part of its argument.
func split(stored []byte) (driver.Version, []byte, error) {
	if len(stored) < versionBytes {
		return 0, nil, errNoVersion
	}
	return driver.Version(binary.LittleEndian.Uint64(stored)), stored[versionBytes:], nil
}

// errNoVersion: somebody else wrote into the directory.
var errNoVersion = fmt.Errorf("%w: a value that this package did not write", driver.ErrCorrupt)

// stored is the version that the engine holds now.
func (b *backend) stored(key []byte) (driver.Version, error) {
	value, closer, err := b.db.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, translate(err)
	}
	version, _, err := split(value)
	if closeErr := closer.Close(); err == nil {
		err = translate(closeErr)
	}
	return version, err
}
