package driver

// Commit is one atomic change: the checks, then Clear, then the writes, all at
// one point in time. A Commit with neither Clear nor writes only checks: the
// driver must not write or flush anything.
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
	// Clear removes every record of the namespace whose family does not start
	// with '_': the range [ClearRange].
	Clear bool
	// Writes ascend by key, each key once.
	Writes []Write
}

// ClearRange is what Commit.Clear removes. Every family sorts at or above "a",
// except those that start with '_'.
var ClearRange = Range{From: Key{Family: "a"}}

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
	// Epoch is that of the page. If the driver knows that the range has not
	// changed since, the check holds without a look at it. Zero says nothing.
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
