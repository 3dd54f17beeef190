// Famvet checks Go code that uses keyfam for mistakes that the compiler cannot see.
//
// Usage:
//
//	famvet [-fix] [-json] [-openers FILE] [packages]
//	go vet -vettool=$(which famvet) [packages]
//	famvet --version
//
// Both are the same run: famvet starts go vet with itself as the tool, which keeps what it learnt of each package in the
// build cache. -fix applies the suggested fixes, which are offered only where the result
// compiles, and keeps the ends of lines; -json prints findings as JSON, -NAME runs only the check of that name and
// -NAME=false all but that one. -openers adds libraries whose transactions outerhandle, txescape and rerun should know; its
// format is described in docs/famvet.md.
//
// The exit code is 0 when nothing was found (with -json, always when the packages could be read), 1 otherwise.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime/debug"
	"strings"

	"golang.org/x/tools/go/analysis/unitchecker"

	"github.com/keyfam/keyfam/analyzer"
	"github.com/keyfam/keyfam/analyzer/openers"
)

func main() {
	args := os.Args[1:]
	switch {
	case len(args) == 1 && (args[0] == "-version" || args[0] == "--version"):
		fmt.Println("famvet", version())
		return
	case !calledByVet(args):
		os.Exit(vet(args))
	case fixes(args):
		os.Exit(fix(args))
	}
	table := openers.Default()
	flag.Func("openers", "JSON, or a file of JSON, with more functions that open transactions", func(s string) error {
		text, err := readOpeners(s)
		if err != nil {
			return err
		}
		more, err := openers.Parse(strings.NewReader(text))
		if err == nil {
			table.Add(more)
		}
		return err
	})
	unitchecker.Main(analyzer.All(table)...)
}

// version is the version of the module that this program was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}

// calledByVet reports whether go vet runs this program: it asks for the version or the flags, or gives one file of settings.
func calledByVet(args []string) bool {
	for _, arg := range args {
		if arg == "-flags" || arg == "help" || strings.HasPrefix(arg, "-V") || strings.HasSuffix(arg, ".cfg") {
			return true
		}
	}
	return false
}

// vet runs go vet with this program as its tool and returns the exit code.
func vet(args []string) int {
	self, err := os.Executable()
	if err == nil {
		args, err = inline(args)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "famvet:", err)
		return 2
	}
	cmd := exec.Command("go", append([]string{"vet", "-vettool=" + self}, args...)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err = cmd.Run()
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		return exit.ExitCode()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "famvet:", err)
		return 2
	}
	return 0
}

// inline puts the text of the -openers file into the flag itself: go vet keeps results by its flags and would not notice
// that the file changed.
func inline(args []string) ([]string, error) {
	var out []string
	for i := 0; i < len(args); i++ {
		name, value, has := strings.Cut(strings.TrimLeft(args[i], "-"), "=")
		if name != "openers" || !strings.HasPrefix(args[i], "-") {
			out = append(out, args[i])
			continue
		}
		if !has {
			i++
			if i == len(args) {
				return nil, errors.New("-openers needs a file")
			}
			value = args[i]
		}
		text, err := readOpeners(value)
		if err != nil {
			return nil, err
		}
		out = append(out, "-openers="+text)
	}
	return out, nil
}

func readOpeners(s string) (string, error) {
	if strings.HasPrefix(strings.TrimSpace(s), "{") {
		return s, nil
	}
	text, err := os.ReadFile(s)
	return string(text), err
}
