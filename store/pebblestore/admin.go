package pebblestore

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"syscall"

	"github.com/cockroachdb/pebble/v2"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
)

// Metrics are the engine's own figures. The error is [store.ErrUnsupported] if
// the store is not one of this package.
func Metrics(st *store.Store) (m *pebble.Metrics, err error) {
	err = administer("metrics", st, func(b *backend) error {
		m = b.db.Metrics()
		return nil
	})
	return m, err
}

// Checkpoint copies a live store, as of now, to a directory that must not exist
// and can then be opened like any other. Where the file system allows, files
// are shared by hard links, so it is quick and costs little room at first. The
// directory appears when it is complete; what a process that died meanwhile leaves
// is beside it and has .partial- in its name.
//
// Errors: [store.ErrUnsupported] if the store is not one of this package,
// [store.ErrReadOnly] if it was opened so, [store.ErrInvalid] if the directory
// exists (then [fs.ErrExist] as well) or would lie within the store's. A full disk
// fails only the copy.
func Checkpoint(st *store.Store, dir string) error {
	return administer("checkpoint", st, func(b *backend) error { return b.checkpoint(dir) })
}

func administer(op string, st *store.Store, do func(*backend) error) error {
	b, ok := backendOf(st)
	if !ok {
		return &store.Error{Op: op, Err: driver.ErrUnsupported}
	}
	if err := b.use(func() error { return do(b) }); err != nil {
		return &store.Error{Op: op, Err: err}
	}
	return nil
}

// checkpoint builds the copy under another name first: a copy that was
// interrupted must not pass for one.
func (b *backend) checkpoint(dir string) error {
	if b.readOnly {
		return driver.ErrReadOnly
	}
	dir, err := b.home.place(dir)
	if err != nil {
		return err
	}
	files := b.home.fs
	partial := home{fs: files, dir: fmt.Sprintf("%s.partial-%016x", dir, rand.Uint64())}
	made := partial.dir
	err = b.copyTo(made)
	if err == nil {
		err = partial.completeCopy()
	}
	if err == nil {
		err = files.Rename(made, dir)
	}
	if err == nil {
		made = dir
		err = syncDir(files, files.PathDir(dir))
	}
	if err != nil {
		_ = files.RemoveAll(made) // what went wrong before is what to tell
		return b.home.ofCopy(err)
	}
	return nil
}

// copyTo is the engine's part. The engine panics if it cannot flush the copy's
// directory. It holds no lock then, and its own files are as they were.
func (b *backend) copyTo(dir string) (err error) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		var errno syscall.Errno
		failed, ok := v.(error)
		if !ok || !errors.As(failed, &errno) {
			panic(v)
		}
		err = failed
	}()
	return b.db.Checkpoint(dir)
}

// place is where a copy goes: a path that does not exist and is not in the store.
func (h home) place(dir string) (string, error) {
	if dir == "" {
		return "", fmt.Errorf("%w: the copy has no name", driver.ErrInvalid)
	}
	dir, err := h.resolve(h.fs.PathJoin(dir))
	if err != nil {
		return "", unusable(err)
	}
	switch _, err := h.fs.Stat(dir); {
	case err == nil:
		return "", fmt.Errorf("%w: %w", driver.ErrInvalid, fs.ErrExist)
	case !errors.Is(err, fs.ErrNotExist):
		return "", unusable(err)
	}
	for up := h.fs.PathDir(dir); ; up = h.fs.PathDir(up) {
		if up == h.dir {
			return "", fmt.Errorf("%w: the copy would lie within the store", driver.ErrInvalid)
		}
		if up == h.fs.PathDir(up) {
			return dir, nil
		}
	}
}

// completeCopy makes a store of what the engine has copied.
func (h home) completeCopy() error {
	noted, err := h.measure()
	if err != nil {
		return err
	}
	l, err := newLedger(h, noted, false)
	if err == nil {
		err = l.file.Close()
	}
	if err == nil {
		err = h.writeNew()
	}
	if err == nil {
		err = h.complete()
	}
	return err
}

// ofCopy is translate where only a file of the store that is missing is damage.
func (h home) ofCopy(err error) error {
	var link *os.LinkError
	var path *fs.PathError
	if errors.As(err, &link) && h.fs.PathDir(link.Old) == h.dir || errors.As(err, &path) && h.fs.PathDir(path.Path) == h.dir {
		return translate(err)
	}
	return unusable(err)
}
