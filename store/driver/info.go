package driver

import "strconv"

// Info describes a backend.
type Info struct {
	// Durability is what an acknowledged commit survives.
	Durability Durability
	// Limits are the backend's own; store adds the user's.
	Limits Limits
	// CertainOutcome says that Commit always knows whether it was applied, as
	// an embedded engine does. Otherwise store gives each commit a time limit
	// of its own. A commit that the limit ends is [ErrUnknownOutcome]; store
	// does not settle such commits yet.
	CertainOutcome bool
}

// Limits bound what one call may carry. Zero means no limit. A check is one
// record, or one page of a scan, that a transaction has read.
type Limits struct {
	IDBytes       int // of one id
	ValueBytes    int // of one value
	CommitBytes   int // ids and values of one commit's writes together
	CommitRecords int // writes of one commit
	CommitChecks  int // checks and range checks of one commit
	ReadKeys      int // keys of one Read
}

// Durability is what an acknowledged commit survives. Classes are ordered:
// each survives what those below it do.
type Durability int

const (
	// Volatile records are gone with the process.
	Volatile Durability = iota
	// ProcessCrash records survive the end of the process, kill -9 included.
	ProcessCrash
	// PowerLoss records survive the end of the machine's power.
	PowerLoss
	// Replicated records survive the loss of a machine.
	Replicated
)

// String names the class.
func (d Durability) String() string {
	switch d {
	case Volatile:
		return "volatile"
	case ProcessCrash:
		return "process-crash"
	case PowerLoss:
		return "power-loss"
	case Replicated:
		return "replicated"
	}
	return "durability(" + strconv.Itoa(int(d)) + ")"
}
