// Famgen turns a families.yaml into a Go package of typed repositories.
//
// Usage:
//
//	famgen generate [-out dir] [file]     write the package, and what is new into the lock
//	famgen check [-out dir] [file]        show how the package differs; exit 1 if it does
//	famgen breaking [-against what] [file]  show breaking changes since the lock, another file or git:ref; exit 1 if there are any
//	famgen explain [rule]                 explain a rule of breaking, or list all
//	famgen fmt [-check] [file]            lay the file out; with -check only compare
//	famgen docs [-proto] [file]           print a page on the families, or the .proto of their values
//	famgen schema                         print the JSON Schema of families.yaml, for editors
//	famgen init [-package name] [dir]     write a commented families.yaml to start from
//	famgen version                        print the version
//	famgen help [command]                 explain a command and its flags
//
// The default file is families.yaml. The package goes to the first of these
// directories that there is, which must be inside a Go module: the one of
// -out; the one of a go:generate line for the file, beside the file or above
// it in the module; the one with the name of the package, beside the file. A
// file is written whole or not at all, and only if it changed. Files of an
// earlier run that are no longer needed are removed. Files that famgen did not
// write are never overwritten.
//
// The lock of the file is families.lock, beside it. It has the released shape.
// generate adds new facts that break nothing. Changed and removed facts stay
// as they were, and breaking reports them, until
//
//	famgen breaking -accept
//
// makes the new shape the released one. For that, each break needs a line
// "waive RULE path reason" in the lock. To undo what was not released yet,
// delete its lines from the lock.
//
// The exit code is 0 on success, 1 if the file has mistakes, the package
// differs, something breaks or fails, and 2 for a usage error.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// command is one verb.
type command struct {
	name string
	args string
	what string
	run  func(c *call) error
}

// commands are the verbs, in the order of the usage text.
var commands = []command{
	{"generate", "[-out dir] [file]", "write the package", generate},
	{"check", "[-out dir] [file]", "show how the package differs", check},
	{"breaking", "[-against what] [file]", "show what the file breaks", breaking},
	{"explain", "[rule]", "explain a rule of breaking, or list all", explain},
	{"fmt", "[-check] [file]", "lay the file out", format},
	{"docs", "[-proto] [file]", "print a page on the families", docs},
	{"schema", "", "print the JSON Schema of families.yaml", schema},
	{"init", "[-package name] [dir]", "write a families.yaml to start from", initialize},
	{"version", "", "print the version", version},
}

// call is one run of a verb.
type call struct {
	flags  *flag.FlagSet
	args   []string
	stdout io.Writer
}

// errFound ends a verb that has said what is wrong; errUsage one that was
// misspelt.
var (
	errFound = errors.New("found")
	errUsage = errors.New("usage")
)

// run is main without the process.
func run(args []string, stdout, stderr io.Writer) int {
	for i := range commands {
		switch name := commands[i].name; {
		case len(args) > 0 && args[0] == name:
			return commands[i].execute(args[1:], stdout, stderr)
		case len(args) == 2 && args[0] == "help" && args[1] == name:
			return commands[i].execute([]string{"-h"}, stdout, stdout)
		}
	}
	asked := len(args) == 1 && (args[0] == "help" || args[0] == "-h" || args[0] == "--help")
	if asked {
		usage(stdout)
		return 0
	}
	if len(args) > 0 {
		fmt.Fprintf(stderr, "famgen: no such command\n")
	}
	usage(stderr)
	return 2
}

func (c *command) execute(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet(c.name, flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprintf(stderr, "usage: famgen %s\n\n%s\n", strings.TrimSpace(c.name+" "+c.args), c.what)
		flags.PrintDefaults()
	}
	err := c.run(&call{flags, args, stdout})
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errUsage):
		return 2
	case !errors.Is(err, errFound):
		fmt.Fprintln(stderr, err)
	}
	return 1
}

// parse reads flags and at most one argument, which may stand before or behind
// the flags.
func (c *call) parse(fallback string) (string, error) {
	var args []string
	for rest := c.args; ; rest = c.flags.Args()[1:] {
		if err := c.flags.Parse(rest); errors.Is(err, flag.ErrHelp) {
			return "", err
		} else if err != nil {
			return "", errUsage
		}
		if c.flags.NArg() == 0 {
			break
		}
		args = append(args, c.flags.Arg(0))
	}
	switch len(args) {
	case 0:
		return fallback, nil
	case 1:
		return args[0], nil
	}
	c.flags.Usage()
	return "", errUsage
}

func usage(w io.Writer) {
	fmt.Fprintln(w, "usage: famgen command [arguments]")
	for _, c := range commands {
		fmt.Fprintf(w, "\n\tfamgen %-8s %-24s %s", c.name, c.args, c.what)
	}
	fmt.Fprint(w, "\n\nfamgen help command explains one of them.\n")
}
