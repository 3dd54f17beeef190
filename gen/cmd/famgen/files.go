package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/keyfam/keyfam/store/family/provenance"
)

// write puts a file in place, whole or not at all, and leaves it alone if it is
// right already.
func write(file string, b []byte) (err error) {
	if old, err := os.ReadFile(file); err == nil && bytes.Equal(old, b) {
		return nil
	}
	dir := filepath.Dir(file)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".famgen-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	_, err = f.Write(b)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Chmod(f.Name(), mode(file))
	}
	if err == nil {
		err = os.Rename(f.Name(), file)
	}
	return err
}

// mode is the permissions of a file that is replaced, or those of a new one.
func mode(file string) os.FileMode {
	if info, err := os.Stat(file); err == nil {
		return info.Mode().Perm()
	}
	return 0o644
}

// orphans are files of earlier runs that are not part of the package any more.
func (p *pkg) orphans() (files []string, err error) {
	wanted, dirs := map[string]bool{}, map[string]bool{}
	for _, f := range p.files {
		file := filepath.Join(p.dir, filepath.FromSlash(f.Path))
		wanted[file], dirs[filepath.Dir(file)] = true, true
	}
	for dir := range dirs {
		found, err := os.ReadDir(dir)
		if err != nil && !os.IsNotExist(err) {
			return nil, err
		}
		for _, entry := range found {
			file := filepath.Join(dir, entry.Name())
			if !wanted[file] && entry.Type().IsRegular() && strings.HasSuffix(file, ".go") && ours(file) {
				files = append(files, file)
			}
		}
	}
	slices.Sort(files)
	return files, nil
}

// ours says whether famgen wrote the file.
func ours(file string) bool {
	f, err := os.Open(file)
	if err != nil {
		return false
	}
	defer f.Close()
	start := make([]byte, len(provenance.Header))
	n, _ := f.Read(start)
	return string(start[:n]) == provenance.Header
}
