package driver

// Commit is one atomic change: the checks, then Clear, then the writes, all at
// one point in time. A Commit with neither Clear nor writes only checks; it
// must not write or flush anything.
//
// The driver must not keep the Commit or its slices after the call. It may
// keep the bytes of Write.Value: nobody changes them.
type Commit struct {
	// Stamp is random, not zero, and unlike that of any other commit. A driver
	// may store it as the version of each record written.
	Stamp Version
	// Checks name the records that must still have the version given.
	Checks []Check
	// Ranges name the ranges that must still hold what was read.
	Ranges []RangeCheck
	// Clear removes every record of the namespace whose family does not start
	// with '_'. Since no other family sorts below "a", that is the range from
	// Key{Family: "a"} to the end.
	Clear bool
	// Writes ascend by key, each key once.
	Writes []Write
}

// ClearRange is what Commit.Clear removes.
var ClearRange = Range{From: Key{Family: "a"}}

// Check holds if Read would answer this version for the key.
type Check struct {
	Key     Key
	Version Version
	// Epoch is that of the [Record] that was read. A driver that knows that the
	// record has not changed since may pass the check without looking further.
	// Zero says nothing.
	Epoch Version
}

// RangeCheck holds if the range still has the rows that one [Page] showed:
// Count of them, with versions that add up to Sum (modulo 2^64).
//
// A check never covers more than one page. Rows of one page were current at
// one time, so whatever was written later has other versions; over several
// pages one commit could add its stamp below and take it away above.
type RangeCheck struct {
	Range Range
	Count int
	Sum   Version
	// Epoch is that of the page. A driver that knows that the range has not
	// changed since may pass the check without looking further. Zero says
	// nothing.
	Epoch Version
}

// Write is one record's change.
type Write struct {
	Key Key
	// Value is the new bytes; ignored if Delete.
	Value []byte
	// Delete removes the record. Deleting what is absent is fine.
	Delete bool
}
