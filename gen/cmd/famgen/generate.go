package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/keyfam/keyfam/gen/render"
	"github.com/keyfam/keyfam/gen/spec"
)

// generate writes the package and the lock.
func generate(c *call) error {
	p, err := c.pkg()
	if err != nil {
		return err
	}
	released, breaks, err := nextLock(p.file, p.schema)
	if err != nil {
		return err
	}
	if foreign := p.foreign(); len(foreign) > 0 {
		errs := make([]error, len(foreign))
		for i, file := range foreign {
			errs[i] = fmt.Errorf("%s was not written by famgen: move it away", filepath.ToSlash(file))
		}
		return errors.Join(errs...)
	}
	for _, f := range p.files {
		if err := write(filepath.Join(p.dir, filepath.FromSlash(f.Path)), f.Bytes); err != nil {
			return err
		}
	}
	orphans, err := p.orphans()
	if err != nil {
		return err
	}
	for _, file := range orphans {
		if err := os.Remove(file); err != nil {
			return err
		}
		if dir := filepath.Dir(file); dir != p.dir {
			_ = os.Remove(dir) // it stays if anything else is in it
		}
	}
	if breaks > 0 {
		fmt.Fprintf(c.stdout, "%s breaks what was released in %d places: see famgen breaking\n", p.file, breaks)
	}
	return write(lockFile(p.file), released)
}

// pkg is a generated package and where it belongs.
type pkg struct {
	schema *spec.Schema
	file   string
	dir    string
	files  []render.File
}

// pkg reads the arguments of generate and check and renders the package.
func (c *call) pkg() (*pkg, error) {
	out := c.flags.String("out", "", "the `directory` of the package (default: that of the go:generate line, else its name, beside the file)")
	file, err := c.parse("families.yaml")
	if err != nil {
		return nil, err
	}
	schema, src, err := read(file)
	if err != nil {
		return nil, err
	}
	p := &pkg{schema: schema, file: file, dir: *out}
	if p.dir == "" {
		if p.dir, err = outDir(file, schema); err != nil {
			return nil, err
		}
	}
	if err := p.shared(); err != nil {
		return nil, err
	}
	if err := checkGoTypes(file, src, schema, p.dir); err != nil {
		return nil, err
	}
	o, err := options(file, src, p.dir)
	if err != nil {
		return nil, err
	}
	p.files, err = render.Render(schema, o)
	return p, err
}

// read parses a families file; the error is every mistake in it.
func read(file string) (*spec.Schema, []byte, error) {
	src, err := readSpec(file)
	if err != nil {
		return nil, nil, err
	}
	schema, diagnostics := spec.Parse(filepath.ToSlash(file), src)
	return schema, src, diagnostics.Err()
}

// readSpec reads a families file. If it is not there, the error says what to do.
func readSpec(file string) ([]byte, error) {
	src, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no %s: name the file, go to its directory, or let famgen init write one", file)
	}
	return src, err
}

// options finds out how the package is imported and how it finds the file.
func options(file string, src []byte, dir string) (o render.Options, err error) {
	dir, err = filepath.Abs(dir)
	if err != nil {
		return o, err
	}
	file, err = filepath.Abs(file)
	if err != nil {
		return o, err
	}
	back, err := filepath.Rel(dir, file)
	if err != nil {
		return o, fmt.Errorf("%s has no relative path to the package: %w", filepath.Base(file), err)
	}
	path, err := importPath(dir)
	return render.Options{ImportPath: path, SpecFile: filepath.ToSlash(back), Spec: src}, err
}
