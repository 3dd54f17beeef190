package format

import (
	"strings"
)

// Lock is the name of the engine's lock file.
const Lock = "LOCK"

// OfEngine reports whether the engine gives its files exactly such names.
//
// The engine reads more names than it writes: it takes 1.sst and
// temporary.7.dbtmp for its own and removes them, and it does not open a
// directory that holds a file marker.txt.
func OfEngine(name string) bool {
	return IsLog(name) || isTable(name) || IsManifest(name) ||
		numbered(name, "OPTIONS-", "") || numbered(name, "temporary.", ".dbtmp") || IsMarker(name)
}

// IsLog reports whether the engine gives logs such names.
func IsLog(name string) bool { return numbered(name, "", ".log") }

// IsManifest reports whether the engine gives manifests such names. A manifest
// lists the tables of the store.
func IsManifest(name string) bool { return numbered(name, "MANIFEST-", "") }

// IsMarker reports whether the engine gives markers such names. A marker is an
// empty file whose name is its content:
// marker.manifest.000001.MANIFEST-000001.
func IsMarker(name string) bool {
	for _, kind := range []string{"marker.manifest.", "marker.format-version."} {
		if rest, ok := strings.CutPrefix(name, kind); ok {
			turn, value, ok := strings.Cut(rest, ".")
			return ok && isNumber(turn) && value != ""
		}
	}
	return false
}

func isTable(name string) bool { return numbered(name, "", ".sst") || numbered(name, "", ".blob") }

func numbered(name, prefix, suffix string) bool {
	name, ok := strings.CutPrefix(name, prefix)
	if !ok {
		return false
	}
	name, ok = strings.CutSuffix(name, suffix)
	return ok && isNumber(name)
}

// isNumber reports whether the engine writes a number so: with six digits, or
// with more and no leading zero.
func isNumber(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return len(s) == 6 || len(s) > 6 && s[0] != '0'
}
