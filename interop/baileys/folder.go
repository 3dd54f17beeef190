package baileys

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/keyfam/keyfam/store"
)

// maxFile is the largest file that is read, in bytes.
const maxFile = 64 << 20

// source is one file of a folder that is to be imported.
type source struct {
	name string
	kind kind
	form form        // of a record
	id   string      // of a record
	info os.FileInfo // as it was read; nil if it was not
}

// list names the files of a folder, creds.json last: an import that was
// interrupted has none, and nobody takes it for whole.
func list(dir string, report *ImportReport) ([]source, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	sources := make([]source, 0, len(entries))
	for _, e := range entries {
		s := source{name: e.Name()}
		s.kind, s.form, s.id = classify(s.name)
		switch {
		case s.name == unfinished:
			return nil, ErrUnfinished
		case s.kind == skipped, s.kind == unknown && !e.Type().IsRegular() && !strings.HasSuffix(s.name, extension):
			report.Skipped = append(report.Skipped, s.name)
		case !e.Type().IsRegular():
			report.bad(s.name, notFile(e.Type()))
		default:
			sources = append(sources, s)
		}
	}
	if i := slices.IndexFunc(sources, func(s source) bool { return s.kind == creds }); i >= 0 {
		c := sources[i]
		sources = append(slices.Delete(sources, i, i+1), c)
	}
	return rejectNames(sources, report), nil
}

// notFile says what is in the place of a file. Baileys would follow a link, and
// nothing would come out of any other: passed over, it would be lost.
func notFile(mode os.FileMode) error {
	what := "a device"
	switch {
	case mode&os.ModeSymlink != 0:
		what = "a symbolic link"
	case mode.IsDir():
		what = "a folder"
	case mode&os.ModeNamedPipe != 0:
		what = "a named pipe"
	case mode&os.ModeSocket != 0:
		what = "a socket"
	}
	return fmt.Errorf("%w: it is %s, which is not read", ErrNotFile, what)
}

// CheckFolder reports whether the folder is one that Import would read from. It
// does not open the files. The error is [ErrNoFolder] if it is none.
func CheckFolder(dir string) error {
	report := &ImportReport{}
	sources, err := list(dir, report)
	if err != nil {
		return err
	}
	return recognize(sources, report)
}

// recognize refuses a folder of which no file is one that Baileys reads.
func recognize(sources []source, report *ImportReport) error {
	known := func(s source) bool { return s.kind == creds || s.kind == record }
	if len(report.Bad) == 0 && !slices.ContainsFunc(sources, known) {
		return ErrNoFolder
	}
	return nil
}

// rejectNames drops the files whose names Baileys would not use for the record
// that they seem to hold, and all of those that would be one file to it.
func rejectNames(sources []source, report *ImportReport) (good []source) {
	foreign := func(s source) bool { return strings.Contains(s.name, ":") }
	if !slices.ContainsFunc(sources, foreign) {
		return sources // each file is the home of its record
	}
	homes := make(map[string]int, len(sources))
	for _, s := range sources {
		if s.kind == record {
			homes[escape.Replace(s.name)]++
		}
	}
	for _, s := range sources {
		home := escape.Replace(s.name)
		switch {
		case s.kind == record && homes[home] > 1:
			report.bad(s.name, fmt.Errorf("%w, which Baileys keeps in %s", ErrCollision, home))
		case s.kind == record && s.name != home:
			report.bad(s.name, fmt.Errorf("%w: Baileys keeps that record in %s", ErrName, home))
		default:
			good = append(good, s)
		}
	}
	return good
}

// readFile reads a file whole, but neither a huge one nor one that grows, and
// nothing that is no file, which might never end. It uses the memory of into if
// that is large enough.
func readFile(dir, name string, into []byte) ([]byte, os.FileInfo, error) {
	f, err := openFile(filepath.Join(dir, name))
	if err != nil {
		return nil, nil, pathless(err)
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, nil, pathless(err)
	case !info.Mode().IsRegular():
		return nil, nil, notFile(info.Mode())
	case info.Size() > maxFile:
		return nil, nil, tooLarge(info.Size())
	}
	data := slices.Grow(into[:0], int(info.Size())+1)[:info.Size()+1]
	n, err := io.ReadFull(f, data)
	switch {
	case err == nil:
		return nil, nil, fmt.Errorf("%w: the file grew while it was read: stop the client first", ErrTorn)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return data[:n], info, nil
	}
	return nil, nil, pathless(err)
}

func tooLarge(size int64) error {
	return fmt.Errorf("%w: %d bytes, at most %d are read", store.ErrTooLarge, size, maxFile)
}

// pathless is an error of package os without the path, which stands before it.
func pathless(err error) error {
	if e := (*os.PathError)(nil); errors.As(err, &e) {
		return fmt.Errorf("%s: %w", strings.TrimSuffix(e.Op, "at"), e.Err)
	}
	return err
}
