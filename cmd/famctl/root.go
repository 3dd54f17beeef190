package main

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

const longHelp = `famctl looks after stores of families: those of every families.yaml, whose
schemas it reads in the store.

Stores are named by URL:
%s
Without --store, the environment variable KEYFAM_STORE names the store.

A namespace is one account. ls, get, put, rm, import and export work in the one
that --namespace names, by default the one without a name. stats, verify and copy
work in all of them unless --namespace names one.

A FAMILY is a name. Where namespaces have families of one name from different Go
packages, package/name says which one is meant, and is refused for the other.

Verbs that only read leave the directory as it is. Secrets are shown as
[redacted] unless --reveal is given.

With --json, standard output holds one JSON object a line, and errors are JSON
on standard error.

A store that another process has open is refused; --wait 10s waits for it so long.

Exit codes: 0 done; 1 findings or bad input; 2 usage error; 3 the store is open
elsewhere or cannot be used; 4 the store is damaged.`

func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:                        "famctl",
		Short:                      "Look after stores of families",
		Long:                       fmt.Sprintf(longHelp, a.urlHelp()),
		Version:                    version(),
		Example:                    "  famctl demo\n  famctl --store pebble:./keys --namespace +12025550123 import baileys ./auth\n  famctl --store pebble:./keys stats",
		SilenceErrors:              true,
		SilenceUsage:               true,
		SuggestionsMinimumDistance: 2,
		Args:                       knownVerb,
		RunE:                       func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRun: func(cmd *cobra.Command, _ []string) {
			a.started = true
			a.oneNamespace = cmd.Flags().Changed("namespace")
		},
	}
	flags := root.PersistentFlags()
	flags.StringVar(&a.store, "store", "", "the store, by `URL`: "+a.urlForms()+"; by default $KEYFAM_STORE")
	flags.StringVarP(&a.namespace, "namespace", "n", "", "the `account` in the store")
	flags.DurationVar(&a.wait, "wait", 0, "how long to wait for a store that is open elsewhere, such as 10s")
	flags.BoolVar(&a.json, "json", false, "print JSON for machines")
	root.SetOut(a.stdout())
	root.SetVersionTemplate("famctl {{.Version}}\n")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return flagError(err) })
	var schemes []cobra.Completion
	for _, b := range a.backends {
		schemes = append(schemes, b.scheme+":")
	}
	_ = root.RegisterFlagCompletionFunc("store", cobra.FixedCompletions(schemes, cobra.ShellCompDirectiveNoSpace))
	_ = root.RegisterFlagCompletionFunc("namespace", cobra.NoFileCompletions)
	addVerbs(root, a)
	return root
}

// version is what the build knows: of a release its number, else the commit.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	text := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && !strings.Contains(text, s.Value[:min(len(s.Value), 12)]) {
			text += " " + s.Value
		}
	}
	return text
}

func addVerbs(root *cobra.Command, a *app) {
	for _, g := range []struct {
		id, title string
		verbs     []*cobra.Command
	}{
		{"start", "Start here:", []*cobra.Command{newDemo(a)}},
		{"look", "Look:", []*cobra.Command{newLs(a), newGet(a), newStats(a), newVerify(a)}},
		{"change", "Change:", []*cobra.Command{newPut(a), newRm(a)}},
		{"move", "Move:", []*cobra.Command{newImport(a), newExport(a), newCopy(a), newBackup(a)}},
	} {
		root.AddGroup(&cobra.Group{ID: g.id, Title: g.title})
		for _, verb := range g.verbs {
			verb.GroupID = g.id
			verb.DisableFlagsInUseLine = true
			root.AddCommand(verb)
		}
	}
}

// knownVerb refuses a first word that is no verb. It does not repeat it: the
// word may be a store's URL in the wrong place.
func knownVerb(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := ""
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		hint = "; did you mean " + strings.Join(near, " or ") + "?"
	}
	return usagef("no such verb%s", hint)
}

// exactly wants so many arguments; names says what they are.
func exactly(n int, names string) cobra.PositionalArgs {
	return between(n, n, names)
}

func between(low, high int, names string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) >= low && len(args) <= high:
			return nil
		case high == 0:
			return usagef("%s takes no arguments", cmd.Name())
		}
		return usagef("%s takes %s", cmd.Name(), names)
	}
}

// flagError names the flag but never what was given for it, which may be a
// store's URL or a secret in the wrong place.
func flagError(err error) error {
	var (
		unknown *pflag.NotExistError
		missing *pflag.ValueRequiredError
		invalid *pflag.InvalidValueError
	)
	switch {
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() == "":
		return usagef("no such flag: --%s", shortWord(unknown.GetSpecifiedName()))
	case errors.As(err, &unknown):
		return usagef("no such flag: one of the letters behind -")
	case errors.As(err, &missing):
		return usagef("--%s needs a value", missing.GetFlag().Name)
	case errors.As(err, &invalid):
		return usagef("--%s does not take that value", invalid.GetFlag().Name)
	}
	return usagef("flags cannot be read: see --help")
}

// shortWord is what may be repeated of a flag that does not exist.
func shortWord(name string) string {
	const most = 20
	for i, c := range name {
		if letter := 'a' <= c && c <= 'z' || c == '-'; !letter || i >= most {
			return name[:i] + "…"
		}
	}
	return name
}
