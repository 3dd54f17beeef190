package baileys

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

// target is the folder that an export writes to. Files are created inside it
// and nowhere else, whatever their names.
type target struct {
	root *os.Root
}

// openTarget makes the folder if need be. It must be empty.
func openTarget(dir string) (*target, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	t := &target{root}
	if err := t.checkEmpty(); err != nil {
		return nil, errors.Join(err, t.close())
	}
	return t, nil
}

func (t *target) close() error { return t.root.Close() }

func (t *target) checkEmpty() error {
	f, err := t.root.Open(".")
	if err != nil {
		return err
	}
	defer f.Close()
	switch _, err := f.Readdirnames(1); {
	case err == nil:
		return fmt.Errorf("the folder is %w", ErrNotEmpty)
	case errors.Is(err, io.EOF):
		return nil
	default:
		return err
	}
}

// writeAll writes the files, several at a time, and the last one, which is
// creds.json if there is one, when all others are safe.
func (t *target) writeAll(ctx context.Context, files []file, progress *meter) error {
	if len(files) == 0 {
		return nil
	}
	write := func(i int) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := t.write(i, files[i]); err != nil {
			return &FileError{files[i].name, err}
		}
		progress.add(1)
		return nil
	}
	last := len(files) - 1
	if err := parallel(last, write); err != nil {
		return err
	}
	if err := t.sync(); err != nil {
		return err
	}
	if err := write(last); err != nil {
		return err
	}
	return t.sync()
}

// write makes a file whole or not at all. On a file system that does not tell
// upper from lower case a name may be there already.
func (t *target) write(number int, f file) error {
	temp := fmt.Sprintf(".keyfam-%d.tmp", number)
	if err := t.create(temp, f.data); err != nil {
		return errors.Join(pathless(err), ignoreAbsent(t.root.Remove(temp)))
	}
	if _, err := t.root.Lstat(f.name); err == nil {
		return errors.Join(fmt.Errorf("%w on this file system", ErrCollision), t.root.Remove(temp))
	}
	return pathless(t.root.Rename(temp, f.name))
}

func ignoreAbsent(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return pathless(err)
}

// create writes a file through to the disk.
func (t *target) create(name string, data []byte) error {
	f, err := t.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}

// sync makes the names of the folder's files safe.
func (t *target) sync() error {
	f, err := t.root.Open(".")
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
