package pebblestore

// The store's own files, written out here: a change of a name, the text or a
// mode changes what is on people's disks.
const (
	markName      = "KEYFAM"
	newName       = "KEYFAM.new"
	lockName      = "LOCK"
	ledgerName    = "FILES"
	ledgerNewName = "FILES.new"

	markText = "keyfam pebblestore 2\n"

	fileMode = 0o600
	dirMode  = 0o700
)
