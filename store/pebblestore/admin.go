package pebblestore

import (
	"errors"
	"syscall"

	"github.com/cockroachdb/pebble/v2"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
)

// Metrics returns the engine's own figures.
//
// Errors: [store.ErrUnsupported] if the store is not one of this package.
func Metrics(st *store.Store) (m *pebble.Metrics, err error) {
	err = administer("metrics", st, func(b *backend) error {
		m = b.db.Metrics()
		return nil
	})
	return m, err
}

// Checkpoint copies a live store, as of now, to a directory that must not
// exist. The copy can be opened like any other store. If the file system has
// hard links, the copy shares files with the store, so it is quick and needs
// little room at first. The directory appears when the copy is complete. A
// process that dies before leaves a directory beside it with .partial- in its
// name.
//
// Errors: [store.ErrUnsupported] if the store is not one of this package,
// [store.ErrReadOnly] if it was opened read-only, [store.ErrInvalid] if the
// directory exists (then [fs.ErrExist] as well) or would lie within the
// store's. A full disk fails only the copy.
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

func (b *backend) checkpoint(dir string) error {
	if b.readOnly {
		return driver.ErrReadOnly
	}
	return b.dir.Copy(dir, b.copyTo)
}

// copyTo makes the engine's part of a copy. The engine panics if it cannot
// flush the copy's directory. It then holds no lock, and its own files are
// unchanged, so the panic becomes an error.
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
