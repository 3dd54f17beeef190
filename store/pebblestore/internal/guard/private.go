package guard

import (
	"errors"
	"io/fs"
	"os"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// private is the operating system's file system. Its files and directories are
// for their owner only from the moment they exist, whatever the umask is.
type private struct{ vfs.FS }

// Private returns the file system that [Claim] uses unless Options.FS is set:
// the operating system's, with files of mode 0600 and directories of mode
// 0700.
func Private() vfs.FS { return private{vfs.Default} }

const (
	fileMode = 0o600
	dirMode  = 0o700

	othersWrite = 0o022
)

// ensure makes an empty file if there is none. The engine's own calls then
// find the file and leave its mode.
func ensure(name string) error {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, fileMode)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// Create replaces an existing file and does not empty it, as the engine
// expects: a checkpoint may share the file by a hard link.
func (p private) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return p.OpenReadWrite(name, category)
}

func (p private) OpenReadWrite(name string, category vfs.DiskWriteCategory, o ...vfs.OpenOption) (vfs.File, error) {
	if err := ensure(name); err != nil {
		return nil, err
	}
	return p.FS.OpenReadWrite(name, category, o...)
}

func (p private) ReuseForWrite(oldname, newname string, category vfs.DiskWriteCategory) (vfs.File, error) {
	if err := p.Rename(oldname, newname); err != nil {
		return nil, err
	}
	return p.OpenReadWrite(newname, category)
}

func (p private) MkdirAll(dir string, _ os.FileMode) error { return p.FS.MkdirAll(dir, dirMode) }

func (p private) Unwrap() vfs.FS { return p.FS }
