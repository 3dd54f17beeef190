package main

import (
	"bytes"
	"fmt"
	"go/parser"
	"go/token"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/keyfam/keyfam/gen/render"
	"github.com/keyfam/keyfam/internal/provenance"
)

// write puts a file in place, whole or not at all, and leaves it alone if it is
// right already.
func write(file string, b []byte) (err error) {
	if old, err := os.ReadFile(file); err == nil && bytes.Equal(old, b) {
		return nil
	}
	if target, err := filepath.EvalSymlinks(file); err == nil {
		file = target // a link stays one
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
	wanted, dirs := map[string]bool{}, []string{p.dir}
	for _, f := range p.files {
		wanted[filepath.Join(p.dir, filepath.FromSlash(f.Path))] = true
	}
	tests, err := filepath.Glob(filepath.Join(p.dir, "*test"))
	if err != nil {
		return nil, err
	}
	for _, dir := range append(dirs, tests...) {
		found, err := os.ReadDir(dir)
		if err != nil && !os.IsNotExist(err) && dir == p.dir {
			return nil, err
		}
		for _, entry := range found {
			file := filepath.Join(dir, entry.Name())
			if dir != p.dir && entry.Name() != filepath.Base(dir)+".go" {
				continue // a package of its own, generated or not
			}
			if !wanted[file] && entry.Type().IsRegular() && strings.HasSuffix(file, ".go") && ours(file) {
				files = append(files, file)
			}
		}
	}
	slices.Sort(files)
	return files, nil
}

// foreign are files in the place of generated ones that somebody else wrote.
func (p *pkg) foreign() (files []string) {
	for _, f := range p.files {
		file := filepath.Join(p.dir, filepath.FromSlash(f.Path))
		if info, err := os.Stat(file); err == nil && info.Size() > 0 && !ours(file) {
			files = append(files, file)
		}
	}
	return files
}

// generatedFrom finds the file that a generated package was generated from.
var generatedFrom = regexp.MustCompile(`CheckGenerated\(t, ("(?:[^"\\\n]|\\.)*"), `)

// shared reports that the directory holds a package of another file, unless that
// file is gone.
func (p *pkg) shared() error {
	test, err := os.ReadFile(filepath.Join(p.dir, render.TestFile))
	if err != nil {
		return nil // there is no package yet
	}
	found := generatedFrom.FindSubmatch(test)
	if found == nil {
		return nil
	}
	back, err := strconv.Unquote(string(found[1]))
	if err != nil {
		return nil
	}
	other := filepath.Join(p.dir, filepath.FromSlash(back))
	if info, err := os.Stat(other); err != nil || same(info, p.file) {
		return nil
	}
	return fmt.Errorf("%s holds the package %s, generated from %s: name another directory with -out, or remove that file",
		filepath.ToSlash(p.dir), packageOf(test), filepath.ToSlash(other))
}

func same(info os.FileInfo, file string) bool {
	other, err := os.Stat(file)
	return err == nil && os.SameFile(info, other)
}

// packageOf is the name of the package that the test file tests.
func packageOf(test []byte) string {
	parsed, err := parser.ParseFile(token.NewFileSet(), "", test, parser.PackageClauseOnly)
	if err != nil {
		return "of another file"
	}
	return strings.TrimSuffix(parsed.Name.Name, "_test")
}

// ours reports whether famgen wrote the file.
func ours(file string) bool {
	f, err := os.Open(file)
	if err != nil {
		return false
	}
	defer f.Close()
	start := make([]byte, len(provenance.Header)+len(byteOrderMark))
	n, _ := io.ReadFull(f, start)
	return bytes.HasPrefix(provenance.Normal(start[:n]), []byte(provenance.Header))
}

const byteOrderMark = "\ufeff"
