package driver

// Commit is one atomic change: the checks, then the deletes, then the writes,
// all at one point in time. A Commit with neither deletes nor writes only
// checks; it must not write or flush anything.
//
// The driver must not keep the Commit or its slices after the call. It may
// keep the bytes of Write.Value, which nobody changes.
type Commit struct {
	// Stamp is random, not zero, and differs from that of any other commit. A
	// driver may store it as the version of each record that it writes.
	Stamp Version
	// Checks name records that must still have the version that was read.
	Checks []Check
	// Ranges name ranges that must still hold the rows that were read.
	Ranges []RangeCheck
	// Deletes remove every record of their ranges. They ascend, none is empty,
	// and no two of them overlap. A Clear is [ClearRanges].
	Deletes []Range
	// Writes ascend by key, each key once.
	Writes []Write
}

// OnlyChecks reports whether the commit changes nothing.
func (c *Commit) OnlyChecks() bool { return len(c.Deletes) == 0 && len(c.Writes) == 0 }

// Visible is the range of the families that do not start with '_', which no
// other family sorts behind. A namespace exists if it holds a record there.
var Visible = Range{From: Key{Family: "a"}}

// Derived is the range of the families of derived rows, which are deleted
// together with the records that they are about. Their names start with "_x.".
var Derived = Range{From: Key{Family: "_x."}, To: Key{Family: "_x/"}}

// ClearRanges are what a Clear removes: all records and their derived rows.
// Other rows of keyfam's own stay.
func ClearRanges() []Range { return []Range{Derived, Visible} }

// Check holds if Read would answer this version for the key.
type Check struct {
	Key     Key
	Version Version
	// Epoch is that of the [Record] that was read. If the driver knows that
	// the record has not changed since, the check holds without a look at it.
	// Zero says nothing.
	Epoch Version
}

// RangeCheck holds if the range still has the rows that one [Page] showed:
// Count of them, with versions that add up to Sum (modulo 2^64).
//
// A check never covers more than one page. The rows of one page were current
// at one time, so whatever is written later has other versions. Over several
// pages, one commit could add its stamp in one and take it away in another.
type RangeCheck struct {
	Range Range
	Count int
	Sum   Version
	// CountOnly says that the versions were not read: Sum says nothing.
	CountOnly bool
	// Epoch is that of the page. A driver that knows that the range has not
	// changed since may pass the check without looking further. Zero says
	// nothing.
	Epoch Version
}

// Write changes one record.
type Write struct {
	Key Key
	// Value is the new bytes. It is ignored if Delete is set.
	Value []byte
	// Delete removes the record. Deleting what is absent is fine.
	Delete bool
}
