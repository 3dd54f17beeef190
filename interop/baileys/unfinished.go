package baileys

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// An export that is killed leaves files without creds.json, or with it and the
// mark. The next export into the folder goes on from there.

// What the names of files begin and end with until they are whole.
const (
	tempPrefix = ".keyfam-"
	tempSuffix = ".tmp"
)

func isTemp(name string) bool {
	return strings.HasPrefix(name, tempPrefix) && strings.HasSuffix(name, tempSuffix)
}

// leftovers are the files that an export which was killed has written. Any other
// file is [ErrNotEmpty].
func (t *target) leftovers() (written map[string]bool, err error) {
	names, err := t.names()
	if err != nil {
		return nil, err
	}
	listed := map[string]bool{}
	if names[unfinished] {
		data, err := t.root.ReadFile(unfinished)
		if err != nil {
			return nil, pathless(err)
		}
		for name := range bytes.SplitSeq(data, []byte{0}) {
			listed[string(name)] = true
		}
	}
	written = map[string]bool{}
	for name := range names {
		switch {
		case name == unfinished, isTemp(name):
		case listed[name]:
			written[name] = true
		default:
			return nil, fmt.Errorf("the folder is %w", ErrNotEmpty)
		}
	}
	return written, nil
}

// resume removes what an export that was killed has left, but for the files
// that are wanted as they are, and returns the wanted files that are missing.
//
// Once creds.json is there a client may have used the folder: then nothing is
// removed, and files that differ are [ErrNotEmpty].
func (t *target) resume(files []file) (missing []file, err error) {
	written, err := t.leftovers()
	if err != nil {
		return nil, err
	}
	used := written[credsName]
	for _, f := range files {
		if written[f.name] && t.holds(f) {
			delete(written, f.name)
		} else {
			missing = append(missing, f)
		}
	}
	if used && len(written)+len(missing) > 0 {
		return nil, fmt.Errorf("the folder is %w: it has changed since an export into it was interrupted", ErrNotEmpty)
	}
	for name := range written {
		if err := t.root.Remove(name); err != nil {
			return nil, pathless(err)
		}
	}
	return missing, t.removeTemps()
}

// holds reports whether the folder holds a file as it is wanted.
func (t *target) holds(f file) bool {
	info, err := t.root.Lstat(f.name)
	if err != nil || !info.Mode().IsRegular() || info.Size() != int64(len(f.data)) {
		return false
	}
	data, err := t.root.ReadFile(f.name)
	return err == nil && bytes.Equal(data, f.data)
}

func (t *target) removeTemps() error {
	names, err := t.names()
	for name := range names {
		if isTemp(name) {
			err = errors.Join(err, ignoreAbsent(t.root.Remove(name)))
		}
	}
	return err
}

// mark makes the folder one that holds part of an export.
func (t *target) mark(files []file) error {
	var names []byte
	for _, f := range files {
		names = append(append(names, f.name...), 0)
	}
	const temp = unfinished + tempSuffix
	if err := t.create(temp, names); err != nil {
		return pathless(err)
	}
	if err := t.root.Rename(temp, unfinished); err != nil {
		return pathless(err)
	}
	return t.sync()
}

// undo removes what was written, creds.json first and the mark last.
func (t *target) undo(files []file) error {
	err := ignoreAbsent(t.root.Remove(credsName))
	for _, f := range files {
		err = errors.Join(err, ignoreAbsent(t.root.Remove(f.name)))
	}
	if err = errors.Join(err, t.removeTemps()); err != nil {
		return err
	}
	return ignoreAbsent(t.root.Remove(unfinished))
}
