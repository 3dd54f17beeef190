package ledger

import (
	"errors"
	"io"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// Dir is a directory of a file system.
type Dir struct {
	FS   vfs.FS
	Path string
}

// File returns the path of a file in the directory.
func (d Dir) File(name string) string { return d.FS.PathJoin(d.Path, name) }

// Read returns the content of a file.
func (d Dir) Read(name string) (string, error) {
	f, err := d.FS.Open(d.File(name))
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(f)
	return string(text), errors.Join(err, f.Close())
}

// Write replaces a file and flushes it, but not its entry in the directory.
func (d Dir) Write(name, text string) error {
	f, err := d.FS.Create(d.File(name), vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	return Fill(f, text)
}

// Fill writes, flushes and closes a file.
func Fill(f vfs.File, text string) error {
	_, err := f.WriteAt([]byte(text), 0)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// Sync flushes the directory's own entries.
func (d Dir) Sync() error {
	f, err := d.FS.OpenDir(d.Path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
