package pebblestore

import (
	"slices"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// The names of the store's own files.
const (
	markName      = "KEYFAM"
	newName       = "KEYFAM.new"
	lockName      = "LOCK"
	ledgerName    = "FILES"
	ledgerNewName = "FILES.new"
)

func ofStore(name string) bool {
	switch name {
	case markName, newName, lockName, ledgerName, ledgerNewName:
		return true
	}
	return ofEngine(name)
}

// ofEngine reports whether the engine gives its files exactly such names. The
// engine itself is less strict: it reads 1.sst or temporary.7.dbtmp as its own,
// removes them, and does not open a directory with a marker.txt in it. So it
// sees no other names than these: see [ours].
func ofEngine(name string) bool {
	return isLog(name) || isTable(name) || isManifest(name) ||
		numbered(name, "OPTIONS-", "") || numbered(name, "temporary.", ".dbtmp") || isMarker(name)
}

func isLog(name string) bool      { return numbered(name, "", ".log") }
func isTable(name string) bool    { return numbered(name, "", ".sst") || numbered(name, "", ".blob") }
func isManifest(name string) bool { return numbered(name, "MANIFEST-", "") }

// isMarker is about the files whose names hold what they say, such as
// marker.manifest.000001.MANIFEST-000001.
func isMarker(name string) bool {
	for _, kind := range []string{"marker.manifest.", "marker.format-version."} {
		if rest, ok := strings.CutPrefix(name, kind); ok {
			turn, value, ok := strings.Cut(rest, ".")
			return ok && isNumber(turn) && value != ""
		}
	}
	return false
}

func numbered(name, prefix, suffix string) bool {
	name, ok := strings.CutPrefix(name, prefix)
	if !ok {
		return false
	}
	name, ok = strings.CutSuffix(name, suffix)
	return ok && isNumber(name)
}

// isNumber reports whether the engine writes a number so: with six digits, or
// more where six do not do.
func isNumber(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return len(s) == 6 || len(s) > 6 && s[0] != '0'
}

// provesStore reports whether a file of that name can only come from a store. A
// log may be anybody's: 20260131.log is a name of the engine's too.
func provesStore(name string) bool { return ofEngine(name) && !isLog(name) }

// beside reports whether a new store may be made next to a file of that name.
func beside(name string) bool {
	return name == "lost+found" || name == lockName || strings.HasPrefix(name, ".")
}

// ours is a file system that lists the engine's files only.
type ours struct {
	vfs.FS
	foreign []string // logs of somebody else
}

func (o ours) List(dir string) ([]string, error) {
	names, err := o.FS.List(dir)
	return slices.DeleteFunc(names, func(name string) bool {
		return !ofEngine(name) || slices.Contains(o.foreign, name)
	}), err
}

func (o ours) Unwrap() vfs.FS { return o.FS }
