package guard

import (
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/keyfam/keyfam/store/pebblestore/internal/fault"
)

// Options say how a directory is claimed.
type Options struct {
	FS        vfs.FS // nil means [Private]
	ReadOnly  bool   // nothing in the directory is changed
	MustExist bool   // no store is made; ReadOnly implies it
}

func (o Options) mustExist() bool { return o.ReadOnly || o.MustExist }

// Dir is the directory of a store, locked.
type Dir struct {
	home home
	o    Options
	lock *lock
}

// Claim finds the directory of a store, or makes it, and locks it.
//
// Errors: [ErrLocked] if it is open elsewhere; [driver.ErrUnavailable] if it
// cannot be used, with [fs.ErrNotExist] as well if there is no store and one
// must exist; [driver.ErrInvalid] if it holds something else, can be written
// by its group or others, or has a link where a file should be;
// [driver.ErrCorrupt] if it holds files of a store without the mark.
func Claim(dir string, o Options) (*Dir, error) {
	h, err := newHome(dir, o)
	if err != nil {
		return nil, err
	}
	if err := h.look(o.mustExist()); err != nil {
		return nil, err
	}
	l, err := h.take(o.ReadOnly)
	if err != nil {
		return nil, err
	}
	return &Dir{h, o, l}, nil
}

// Path returns the absolute path, without links.
func (d *Dir) Path() string { return d.home.Path }

// Lock returns how the directory is locked: "exclusive", "shared" or "none".
func (d *Dir) Lock() string { return string(d.lock.kind) }

// Release unlocks the directory. Nothing may touch it afterwards: see
// [FS.Fence].
func (d *Dir) Release() error { return fault.Translate(d.lock.Close()) }
