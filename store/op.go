package store

// Op is a kind of operation that a [Tracer] is told of.
type Op uint8

// The verbs of a [Store], each from its call to its return. A scan lasts as
// long as its loop.
const (
	OpGet Op = iota
	OpGetMany
	OpHas
	OpSet
	OpScan // of all records, of ids or of a page; also First and Last
	OpCount
	OpDelete // of a selection
	OpFamilies
	OpNamespaces
	OpClear
	OpView
	OpTransaction
)

// The verbs of a [Tx].
const (
	OpTxGet Op = iota + OpTransaction + 1
	OpTxGetMany
	OpTxHas
	OpTxSet
	OpTxScan
	OpTxCount
	OpTxDelete
	OpTxFamilies
	OpTxClear
	OpTxTransaction
)

// What happens inside a Transaction, a View or a commit. A wait is traced only
// if there is something to wait for.
const (
	OpAttempt   Op = iota + OpTxTransaction + 1 // one run of the callback, with its commit
	OpLabelWait                                 // until another transaction gives up a label
	OpGateWait                                  // for a transaction that goes first, or for the turn to go first
	OpRetryWait                                 // the pause before another attempt
)

// The calls of the backend that have a context.
const (
	OpDriverRead Op = iota + OpRetryWait + 1
	OpDriverScan    // one page
	OpDriverCount
	OpDriverCommit // that changes something
	OpDriverCheck  // a commit that only checks
	OpDriverSnapshot
	OpDriverNamespaces

	ops = iota + OpRetryWait + 1
)

var opNames = [ops]string{
	OpGet: "get", OpGetMany: "get_many", OpHas: "has", OpSet: "set", OpScan: "scan", OpCount: "count", OpDelete: "delete", OpFamilies: "families",
	OpNamespaces: "namespaces", OpClear: "clear", OpView: "view", OpTransaction: "transaction",

	OpTxGet: "tx_get", OpTxGetMany: "tx_get_many", OpTxHas: "tx_has", OpTxSet: "tx_set", OpTxScan: "tx_scan",
	OpTxCount: "tx_count", OpTxDelete: "tx_delete", OpTxFamilies: "tx_families", OpTxClear: "tx_clear", OpTxTransaction: "tx_transaction",

	OpAttempt: "attempt", OpLabelWait: "label_wait", OpGateWait: "gate_wait", OpRetryWait: "retry_wait",

	OpDriverRead: "driver_read", OpDriverScan: "driver_scan", OpDriverCount: "driver_count", OpDriverCommit: "driver_commit",
	OpDriverCheck: "driver_check", OpDriverSnapshot: "driver_snapshot", OpDriverNamespaces: "driver_namespaces",
}

// String is the stable name of the operation, such as "get_many", for traces
// and metrics.
func (o Op) String() string {
	if o >= ops {
		return "unknown"
	}
	return opNames[o]
}

// Driver reports whether the operation is one call of the backend.
func (o Op) Driver() bool { return o >= OpDriverRead }
