package guard

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"

	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/pebblestore/internal/fault"
	"github.com/keyfam/keyfam/store/pebblestore/internal/ledger"
)

// Copy makes a copy of the store in a directory that does not exist. write
// makes the engine's part of it, in a directory beside it with .partial- in
// its name: an interrupted copy must not look like a store. After an error
// nothing is left.
//
// Errors: [driver.ErrInvalid] if the directory exists (then [fs.ErrExist] as
// well) or would lie within the store's.
func (d *Dir) Copy(to string, write func(dir string) error) error {
	to, err := d.home.place(to)
	if err != nil {
		return err
	}
	files := d.home.FS
	partial := home{Dir: ledger.Dir{FS: files, Path: fmt.Sprintf("%s.partial-%016x", to, rand.Uint64())}}
	made := partial.Path
	err = write(made)
	if err == nil {
		err = partial.completeCopy()
	}
	if err == nil {
		err = files.Rename(made, to)
	}
	if err == nil {
		made = to
		err = ledger.Dir{FS: files, Path: files.PathDir(to)}.Sync()
	}
	if err != nil {
		_ = files.RemoveAll(made) // report the first error
		return d.home.ofCopy(err)
	}
	return nil
}

// place returns the canonical path of a copy. It refuses one that exists or
// that lies in the store.
func (h home) place(dir string) (string, error) {
	if dir == "" {
		return "", fmt.Errorf("%w: the copy has no name", driver.ErrInvalid)
	}
	dir, err := h.resolve(h.FS.PathJoin(dir))
	if err != nil {
		return "", fault.Unusable(err)
	}
	switch _, err := h.FS.Stat(dir); {
	case err == nil:
		return "", fmt.Errorf("%w: %w", driver.ErrInvalid, fs.ErrExist)
	case !errors.Is(err, fs.ErrNotExist):
		return "", fault.Unusable(err)
	}
	for up := h.FS.PathDir(dir); ; up = h.FS.PathDir(up) {
		if up == h.Path {
			return "", fmt.Errorf("%w: the copy would lie within the store", driver.ErrInvalid)
		}
		if up == h.FS.PathDir(up) {
			return dir, nil
		}
	}
}

// completeCopy adds to the engine's copy what makes it a store.
func (h home) completeCopy() error {
	noted, err := ledger.Measure(h.Dir)
	if err != nil {
		return err
	}
	if err := ledger.Write(h.Dir, noted); err != nil {
		return err
	}
	if err := h.writeNew(); err != nil {
		return err
	}
	return h.complete()
}

// ofCopy translates an error of a copy. A missing file is damage only if it is
// one of the store's.
func (h home) ofCopy(err error) error {
	var link *os.LinkError
	var path *fs.PathError
	if errors.As(err, &link) && h.FS.PathDir(link.Old) == h.Path || errors.As(err, &path) && h.FS.PathDir(path.Path) == h.Path {
		return fault.Translate(err)
	}
	return fault.Unusable(err)
}
