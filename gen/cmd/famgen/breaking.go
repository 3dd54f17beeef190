package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/keyfam/keyfam/gen/lock"
	"github.com/keyfam/keyfam/gen/spec"
)

// breaking reports what the file breaks.
func breaking(c *call) error {
	against := c.flags.String("against", "lock", "what was released: lock, another `file` (of families or a lock) or git:ref")
	only := c.flags.String("only", "", "report only these `categories`, with commas between: source, text, stored, safety")
	format := c.flags.String("format", "text", "text, json or github (annotations of a workflow)")
	accept := c.flags.Bool("accept", false, "with everything waived, make the shape of the file the released one")
	file, err := c.parse("families.yaml")
	if err != nil {
		return err
	}
	categories, ok := parseCategories(*only)
	if !ok || !slices.Contains([]string{"text", "json", "github"}, *format) || *accept && (*against != "lock" || *only != "") {
		c.flags.Usage()
		return errUsage
	}
	s, _, err := read(file)
	if err != nil {
		return err
	}
	released, err := readReleased(file, *against)
	if err != nil {
		return err
	}
	if *accept && released.Accept(s) {
		return write(lockFile(file), released.Text())
	}
	result := released.Breaking(s, categories)
	if *against != "lock" {
		result.Unused = nil // the lock may need them
	}
	report := &lock.Report{File: filepath.ToSlash(file), Lock: filepath.ToSlash(lockFile(file)), Result: result}
	if err := c.report(report, *format, released); err != nil {
		return err
	}
	if len(result.Findings)+len(result.Unused) > 0 {
		return errFound
	}
	return nil
}

func (c *call) report(r *lock.Report, format string, l *lock.Lock) error {
	switch format {
	case "json":
		return r.WriteJSON(c.stdout, l)
	case "github":
		r.File, r.Lock = inRepository(r.File), inRepository(r.Lock)
		return r.WriteGitHub(c.stdout)
	}
	return r.WriteText(c.stdout)
}

// inRepository writes a path from the root of the checkout on, as GitHub places it:
// from the workspace of the workflow, elsewhere from the working directory.
func inRepository(file string) string {
	root := os.Getenv("GITHUB_WORKSPACE")
	if root == "" {
		root = "."
	}
	from, err := filepath.Abs(root)
	if err != nil {
		return file
	}
	to, err := filepath.Abs(file)
	if err != nil {
		return file
	}
	rel, err := filepath.Rel(from, to)
	if err != nil || !filepath.IsLocal(rel) {
		return file
	}
	return filepath.ToSlash(rel)
}

func parseCategories(list string) (categories []lock.Category, ok bool) {
	if list == "" {
		return nil, true
	}
	for name := range strings.SplitSeq(list, ",") {
		if !slices.Contains(lock.Categories, lock.Category(name)) {
			return nil, false
		}
		categories = append(categories, lock.Category(name))
	}
	return categories, true
}

// lockFile is the lock beside a file of families.
func lockFile(file string) string { return strings.TrimSuffix(file, filepath.Ext(file)) + ".lock" }

func readLock(file string) (*lock.Lock, error) {
	src, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return lock.Parse(filepath.ToSlash(file), src)
}

// readReleased reads the released shape. The waivers are always those of the lock.
func readReleased(file, against string) (*lock.Lock, error) {
	locked, err := readLock(lockFile(file))
	switch {
	case against == "lock" && errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no %s: famgen generate writes it", lockFile(file))
	case errors.Is(err, fs.ErrNotExist):
		locked = &lock.Lock{}
	case against == "lock" || err != nil:
		return locked, err
	}
	name, src, err := readAgainst(file, against)
	if err != nil {
		return nil, err
	}
	if bytes.HasPrefix(src, []byte(lock.Header)) {
		released, err := lock.Parse(name, src)
		if err == nil {
			released.Waivers = locked.Waivers
		}
		return released, err
	}
	old, diagnostics := spec.Parse(name, src)
	if err := diagnostics.Err(); err != nil {
		return nil, err
	}
	released := lock.New(old)
	released.Waivers = locked.Waivers
	return released, nil
}

// readAgainst reads another file, or the file as a git revision has it.
func readAgainst(file, against string) (name string, src []byte, err error) {
	ref, isGit := strings.CutPrefix(against, "git:")
	if !isGit {
		src, err = os.ReadFile(against)
		return filepath.ToSlash(against), src, err
	}
	if ref == "" || strings.HasPrefix(ref, "-") {
		return "", nil, errors.New("name a git revision: -against git:main")
	}
	show := exec.Command("git", "-C", filepath.Dir(file), "show", ref+":./"+filepath.Base(file))
	var stderr bytes.Buffer
	show.Stderr = &stderr
	src, err = show.Output()
	if err != nil {
		return "", nil, fmt.Errorf("git cannot show the file: %s", strings.TrimSpace(stderr.String()+" "+err.Error()))
	}
	return against + ":" + filepath.ToSlash(file), src, nil
}

// nextLock is what generate makes of the lock, and how many breaks it found.
func nextLock(file string, s *spec.Schema) (text []byte, breaks int, err error) {
	l, err := readLock(lockFile(file))
	if errors.Is(err, fs.ErrNotExist) {
		return lock.New(s).Text(), 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	l.Add(s)
	return l.Text(), len(l.Breaking(s, nil).Findings), nil
}
