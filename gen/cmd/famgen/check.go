package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// check prints how the package differs from what generate would write.
func check(c *call) error {
	p, err := c.pkg()
	if err != nil {
		return err
	}
	differs := false
	released, _, err := nextLock(p.file, p.schema)
	if err != nil {
		return err
	}
	wanted := map[string][]byte{lockFile(p.file): released}
	for _, f := range p.files {
		wanted[filepath.Join(p.dir, filepath.FromSlash(f.Path))] = f.Bytes
	}
	for _, file := range p.foreign() {
		fmt.Fprintf(c.stdout, "in the way: %s was not written by famgen\n", filepath.ToSlash(file))
		delete(wanted, file)
		differs = true
	}
	for _, file := range slices.Sorted(maps.Keys(wanted)) {
		want := wanted[file]
		have, err := os.ReadFile(file)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			fmt.Fprintf(c.stdout, "missing: %s\n", filepath.ToSlash(file))
		case err != nil:
			return err
		case sameText(have, want):
			continue
		default:
			fmt.Fprintf(c.stdout, "changed: %s\n%s", filepath.ToSlash(file), differ(have, want))
		}
		differs = true
	}
	orphans, err := p.orphans()
	if err != nil {
		return err
	}
	for _, file := range orphans {
		fmt.Fprintf(c.stdout, "orphan: %s\n", filepath.ToSlash(file))
		differs = true
	}
	if differs {
		fmt.Fprintln(c.stdout, "run famgen generate, or go generate ./...")
		return errFound
	}
	return nil
}
