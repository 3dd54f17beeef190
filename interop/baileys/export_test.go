package baileys

// For comparisons with other people's code.
var (
	AppendQuoted = appendQuoted
	Workers      = workers
)
