package guard

import (
	"slices"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/keyfam/keyfam/store/pebblestore/internal/format"
	"github.com/keyfam/keyfam/store/pebblestore/internal/ledger"
)

// The names of the store's own files, beside those of the ledger.
const (
	markName = "KEYFAM"
	newName  = "KEYFAM.new"
)

func ofStore(name string) bool {
	switch name {
	case markName, newName, format.Lock, ledger.Name, ledger.NewName:
		return true
	}
	return format.OfEngine(name)
}

// provesStore reports whether only a store has a file of that name. Anybody
// may have logs: 20260131.log is also a name that the engine writes.
func provesStore(name string) bool { return format.OfEngine(name) && !format.IsLog(name) }

// beside reports whether a new store may be made beside a file of that name.
func beside(name string) bool {
	return name == "lost+found" || name == format.Lock || strings.HasPrefix(name, ".")
}

// ours is a file system that lists only the engine's files.
type ours struct {
	vfs.FS
	foreign []string // logs of somebody else
}

func (o ours) List(dir string) ([]string, error) {
	names, err := o.FS.List(dir)
	return slices.DeleteFunc(names, func(name string) bool {
		return !format.OfEngine(name) || slices.Contains(o.foreign, name)
	}), err
}

func (o ours) Unwrap() vfs.FS { return o.FS }
