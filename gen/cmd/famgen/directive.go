package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/keyfam/keyfam/gen/spec"
)

// outDir is where the package of a file belongs if -out does not say it: where a
// line
//
//	//go:generate go tool famgen generate -out dir families.yaml
//
// beside the file, or in a directory above it in the same module, puts it; else
// the directory of the package's name beside the file.
func outDir(file string, s *spec.Schema) (string, error) {
	whole, err := filepath.Abs(file)
	if err != nil {
		return "", err
	}
	found := ""
	for dir := filepath.Dir(whole); ; dir = filepath.Dir(dir) {
		sources, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			return "", err
		}
		for _, source := range sources {
			src, err := os.ReadFile(source)
			if err != nil {
				return "", err
			}
			for line := range strings.Lines(string(src)) {
				spec, out := directive(line)
				if spec == "" || filepath.Join(dir, spec) != whole {
					continue
				}
				out = filepath.Join(dir, out)
				if found != "" && found != out {
					return "", fmt.Errorf("%s is generated into %s and into %s: say which with -out", file, shown(found), shown(out))
				}
				found = out
			}
		}
		if exists(filepath.Join(dir, "go.mod")) || dir == filepath.Dir(dir) {
			break
		}
	}
	if found == "" {
		return filepath.Join(filepath.Dir(file), s.Package), nil
	}
	return relative(found), nil
}

// directive is the file and the directory that a line of Go source has famgen
// generate; empty if it is no such line or leaves the directory open.
func directive(line string) (file, out string) {
	rest, ok := strings.CutPrefix(line, "//go:generate ")
	if !ok || strings.Contains(rest, "$") { // what go generate would put for a variable is not known here
		return "", ""
	}
	words := strings.Fields(rest)
	for i, word := range words {
		if unquoted, err := strconv.Unquote(word); err == nil {
			words[i] = unquoted
		}
	}
	for i := range words {
		program, _, _ := strings.Cut(words[i], "@")
		if path.Base(filepath.ToSlash(program)) != "famgen" || i+1 == len(words) || words[i+1] != "generate" {
			continue
		}
		c := &call{flags: flag.NewFlagSet("", flag.ContinueOnError), args: words[i+2:]}
		c.flags.SetOutput(io.Discard)
		c.flags.StringVar(&out, "out", "", "")
		file, err := c.parse("families.yaml")
		if err != nil || out == "" {
			return "", ""
		}
		return filepath.FromSlash(file), filepath.FromSlash(out)
	}
	return "", ""
}

// relative is a path from the working directory on, as messages show it.
func relative(dir string) string {
	if here, err := os.Getwd(); err == nil {
		if rel, err := filepath.Rel(here, dir); err == nil {
			return rel
		}
	}
	return dir
}

func shown(dir string) string { return filepath.ToSlash(relative(dir)) }
