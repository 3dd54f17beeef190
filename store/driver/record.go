package driver

import "strings"

// Key names one record of a namespace. Family is a name of up to 64 bytes,
// [a-z][a-z0-9-]*, after a '_' if it is keyfam's own. ID is one or more bytes.
// Store has checked both before a driver sees them. The bounds of a [Range]
// are keys too, but need not name a record.
//
// Family and id stay apart down to here. Only a backend joins them, in an
// encoding that keeps the order of [Key.Compare].
type Key struct {
	Family string
	ID     string
}

// Compare orders keys bytewise, by family and then by id. It returns -1, 0 or
// +1. [Driver.Scan] and Commit.Writes have this order.
func (k Key) Compare(other Key) int {
	if c := strings.Compare(k.Family, other.Family); c != 0 {
		return c
	}
	return strings.Compare(k.ID, other.ID)
}

// Next is the lowest key above k.
func (k Key) Next() Key { return Key{Family: k.Family, ID: k.ID + "\x00"} }

// Version shows whether a record is still the one that was read. It is opaque
// and compared for equality only, so it needs no order and no clock. The
// Commit.Stamp of the commit that wrote the record will do, and 0 for an
// absent record. Two different states of a record must not share a version,
// except that any two absences may.
type Version uint64

// Record is the answer of a read for one key.
type Record struct {
	// Value is the record's bytes, unspecified if the record is absent. The
	// driver never changes them afterwards.
	Value []byte
	// Version of the record, also of an absent one.
	Version Version
	// Epoch, if not zero, is the driver's mark of the time of the read. The
	// [Check] of the record brings it back.
	Epoch Version
	// Exists is false if there is no record. An empty Value with Exists is a
	// record.
	Exists bool
	// Shared says that the driver goes on using the memory of Value. Store
	// then copies it before a user sees it. Otherwise the reader owns the
	// bytes: it may change them, or make strings that share them.
	Shared bool
}

// Row is one record of a scan.
type Row struct {
	Key     Key
	Value   []byte
	Version Version
	// Shared is as in [Record].
	Shared bool
}

// Range is the keys from From, included, up to To, excluded, in the order of
// [Key.Compare]. It may span families. A zero To is the end of the namespace.
//
// A bound is a place between records: its ID may be empty, or one byte longer
// than the longest id, and its Family may be that of [FamilyEnd].
type Range struct {
	From Key
	To   Key
}

// FamilyEnd is the lowest bound above every record of the family. '!' sorts
// below every byte of a family's name and is legal text everywhere. So the
// bound is in the right place also where an encoding joins family and id with
// a zero byte.
func FamilyEnd(family string) Key { return Key{Family: family + "!"} }

// Contains reports whether k lies in the range.
func (r Range) Contains(k Key) bool {
	return k.Compare(r.From) >= 0 && r.Before(k)
}

// Before reports whether k lies below the range's end.
func (r Range) Before(k Key) bool {
	return r.To == Key{} || k.Compare(r.To) < 0
}

// Page is what one Scan call found, at one point in time.
type Page struct {
	// Rows, ascending, or descending if Query.Reverse asks for it.
	Rows []Row
	// More says that the range may hold records behind the last row, in the
	// direction of the query. A page with More has at least one row.
	More bool
	// Epoch, if not zero, is the driver's mark of the time of the read. The
	// [RangeCheck] of the page brings it back.
	Epoch Version
}
