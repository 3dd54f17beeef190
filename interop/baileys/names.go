package baileys

import (
	"fmt"
	"strings"
)

const (
	credsName = "creds.json"
	extension = ".json"

	// maxName is the longest file name that file systems take, in bytes.
	maxName = 255

	// marker is the id of the baileys-file record that an import sets with its
	// first commit of several and removes with its last. No file of that name is
	// ever imported.
	marker = ".importing"

	// unfinished is the file that an export makes first and removes last. It holds
	// the names of the files that the export writes, with a zero byte behind each.
	unfinished = ".keyfam-export"
)

// escape makes a file name as Baileys does.
var escape = strings.NewReplacer("/", "__", ":", "-")

// fileName is the file that Baileys keeps a record in.
func fileName(family, id string) string {
	return escape.Replace(family + "-" + id + extension)
}

// kind is what a file of the folder is, by its name.
type kind int

const (
	skipped kind = iota // left behind by editors and interrupted writes
	unknown             // of no family that we know: kept as it is
	creds
	record
)

// classify tells what a file is, and for a record its form and id.
func classify(name string) (k kind, f form, id string) {
	switch {
	case strings.HasPrefix(name, "."), strings.HasSuffix(name, ".tmp"), strings.HasSuffix(name, ".bak"), name == "":
		return skipped, nil, ""
	case name == credsName:
		return creds, nil, ""
	}
	base, ok := strings.CutSuffix(name, extension)
	if !ok {
		return unknown, nil, ""
	}
	var best *naming
	for _, candidate := range forms {
		n := candidate.naming()
		if n.begins(base) && (best == nil || len(n.family) > len(best.family)) {
			best, f = n, candidate
		}
	}
	if best == nil {
		return unknown, nil, ""
	}
	return record, f, best.id(base[len(best.family)+1:])
}

// naming is how ids of a family stand in file names.
type naming struct {
	family string
	// escaped is what stands in file names for literal, if the family has
	// anything to undo.
	escaped, literal string
}

func (n *naming) begins(base string) bool {
	return len(base) > len(n.family) && base[len(n.family)] == '-' && base[:len(n.family)] == n.family
}

func (n *naming) id(escaped string) string {
	if n.escaped == "" {
		return escaped
	}
	return strings.ReplaceAll(escaped, n.escaped, n.literal)
}

// recordName is fileName of a record that can be found again in its file. The
// error is [ErrName] if it cannot, be it that another record has that file.
func recordName(f form, id string) (string, error) {
	n := f.naming()
	name := fileName(n.family, id)
	k, other, back := classify(name)
	switch {
	case len(name) > maxName:
		return name, fmt.Errorf("%w: %d bytes, at most %d fit", ErrName, len(name), maxName)
	case !safe(name):
		return name, fmt.Errorf("%w: bytes that no file name has", ErrName)
	case k != record || other.naming().family != n.family || back != id:
		return name, fmt.Errorf("%w: Baileys' file name is that of another record", ErrName)
	}
	return name, nil
}

// safe reports whether a name stays inside its folder on every system.
func safe(name string) bool {
	return name != "" && name != "." && name != ".." && !strings.ContainsAny(name, "/\\\x00")
}
