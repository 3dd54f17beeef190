package baileys

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
)

// target is the folder that an export writes to. Files are created inside it
// and nowhere else, whatever their names.
type target struct {
	root *os.Root
}

// openTarget makes the folder if need be. It must be its owner's alone to write
// to, and must be empty but for what an export that was killed has left.
func openTarget(dir string) (*target, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	t := &target{root}
	if err = t.checkMode(); err == nil {
		_, err = t.leftovers()
	}
	if err != nil {
		return nil, errors.Join(err, t.close())
	}
	return t, nil
}

func (t *target) close() error { return t.root.Close() }

func (t *target) checkMode() error {
	info, err := t.root.Stat(".")
	if err != nil {
		return err
	}
	const othersWrite = 0o022
	if runtime.GOOS != "windows" && info.Mode().Perm()&othersWrite != 0 {
		return ErrExposed
	}
	return nil
}

// writeAll makes the folder hold just the files: all of them or, on an error,
// none. A file that an earlier export has written stays.
func (t *target) writeAll(ctx context.Context, files []file, progress *meter) error {
	missing, err := t.resume(files)
	if err != nil {
		return err
	}
	progress.add(len(files) - len(missing))
	if len(missing) > 0 {
		if err = t.mark(files); err == nil {
			err = t.writeMissing(ctx, files, missing, progress)
		}
		if err != nil {
			return errors.Join(err, t.undo(files))
		}
	}
	return errors.Join(ignoreAbsent(t.root.Remove(unfinished)), t.sync())
}

// writeMissing writes files, several at a time, and the last one of all, which
// is creds.json if there is one, when all others are safe.
func (t *target) writeMissing(ctx context.Context, all, missing []file, progress *meter) error {
	write := func(i int) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := t.write(i, missing[i]); err != nil {
			return &FileError{missing[i].name, err}
		}
		progress.add(1)
		return nil
	}
	last := len(missing) - 1
	if err := parallel(last, write); err != nil {
		return err
	}
	if err := t.sync(); err != nil {
		return err
	}
	if err := write(last); err != nil {
		return err
	}
	if err := t.sync(); err != nil {
		return err
	}
	return t.checkNames(all)
}

// checkNames refuses a file system to which two of the names are one.
func (t *target) checkNames(files []file) error {
	names, err := t.names()
	if err != nil {
		return err
	}
	for _, f := range files {
		if !names[f.name] {
			return &FileError{f.name, fmt.Errorf("%w on this file system", ErrCollision)}
		}
	}
	return nil
}

// names are those of all that the folder holds.
func (t *target) names() (map[string]bool, error) {
	f, err := t.root.Open(".")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	list, err := f.Readdirnames(-1)
	names := make(map[string]bool, len(list))
	for _, name := range list {
		names[name] = true
	}
	return names, err
}

// write makes a file whole or not at all. On a file system that does not tell
// upper from lower case a name may be there already.
func (t *target) write(number int, f file) error {
	temp := fmt.Sprintf("%s%d%s", tempPrefix, number, tempSuffix)
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
