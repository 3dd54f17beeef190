package pebblestore

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/keyfam/keyfam/store/driver"
)

// The engine takes a manifest that was cut short for one that a crash left, and
// goes back to an older state of the store. So Close notes which manifest it left
// and how long it is. The engine never appends to the manifest of an earlier
// opening: as long as the current one has that name, it has that length.
const closedName = "CLOSED"

func (h home) noteClosed() error {
	note, err := h.manifest()
	if err != nil {
		return err
	}
	return h.writeFile(closedName, note)
}

// checkClosed compares the manifest with the note. A note that is missing, or
// that a power cut tore, tells nothing.
func (h home) checkClosed() error {
	note, err := h.readFile(closedName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return translate(err)
	}
	now, err := h.manifest()
	if err != nil {
		return damaged(err)
	}
	var name, current string
	var size, length int64
	if _, err := fmt.Sscanf(note, "%s %d\n", &name, &size); err != nil {
		return nil
	}
	if _, err := fmt.Sscanf(now, "%s %d\n", &current, &length); err != nil {
		return translate(err)
	}
	if name == current && size != length {
		return fmt.Errorf("%w: the manifest has %d bytes and had %d", driver.ErrCorrupt, length, size)
	}
	return nil
}

// manifest is the name of the current one and its length in bytes.
func (h home) manifest() (string, error) {
	seen, err := pebble.Peek(h.dir, h.fs)
	if err != nil {
		return "", err
	}
	info, err := h.fs.Stat(seen.ManifestFilename)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s %d\n", h.fs.PathBase(seen.ManifestFilename), info.Size()), nil
}

func (h home) readFile(name string) (string, error) {
	f, err := h.fs.Open(h.path(name))
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(f)
	return string(text), errors.Join(err, f.Close())
}

// writeFile writes and flushes a file and its entry in the directory.
func (h home) writeFile(name, text string) error {
	f, err := h.fs.Create(h.path(name), vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	_, err = f.Write([]byte(text))
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return syncDir(h.fs, h.dir)
}

func syncDir(files vfs.FS, dir string) error {
	d, err := files.OpenDir(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
