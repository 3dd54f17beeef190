package pebblestore

import (
	"errors"
	"fmt"
	"io/fs"

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
// directory appears when it is complete.
//
// The error is [store.ErrUnsupported] if the store is not one of this package,
// and wraps [fs.ErrExist] if the directory exists. A full disk fails only the
// copy.
func Checkpoint(st *store.Store, dir string) error {
	return administer("checkpoint", st, func(b *backend) error { return b.checkpoint(dir) })
}

func administer(op string, st *store.Store, do func(*backend) error) error {
	b, ok := st.Driver().(*backend)
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
	files := b.files.FS
	if _, err := files.Stat(dir); err == nil {
		return fmt.Errorf("%w: %w", driver.ErrInvalid, fs.ErrExist)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return translate(err)
	}
	partial := home{fs: files, dir: dir + ".partial"}
	if err := files.RemoveAll(partial.dir); err != nil {
		return translate(err)
	}
	if err := b.db.Checkpoint(partial.dir); err != nil {
		return translate(err)
	}
	err := partial.writeFile(newName, markText)
	if err == nil {
		err = partial.complete()
	}
	if err == nil {
		err = files.Rename(partial.dir, dir)
	}
	if err == nil {
		err = syncDir(files, files.PathDir(dir))
	}
	return translate(err)
}
