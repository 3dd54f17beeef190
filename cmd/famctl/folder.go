package main

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/keyfam/keyfam/interop/baileys"
	"github.com/keyfam/keyfam/store"
)

func newImport(a *app) *cobra.Command {
	o := &baileys.ImportOptions{}
	folder := &cobra.Command{
		Use:   "baileys DIR",
		Short: "Read a Baileys multi-file auth folder into the namespace",
		Long: `Read a folder that Baileys' useMultiFileAuthState wrote. Stop the client first.

All files are read and checked before anything is written: if one is torn, empty or
otherwise bad, nothing is imported, and all bad files are listed. An import that was
interrupted may be run again; one that is complete has nothing to do. A link, a
folder or a pipe in the place of a file is bad too. If files come, go or change
while the folder is read, they are named, and nothing is imported.

Exit code 1 means that there are bad or changed files, or files of families that
nobody knows, which are kept as they are.

With --store memory: the folder is only checked.`,
		Example:           "  famctl --store pebble:./keys --namespace +12025550123 import baileys ./auth",
		Args:              exactly(1, "the DIR of the folder"),
		ValidArgsFunction: completeDirs,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if _, _, err := a.storeURL(); err != nil {
				return err
			}
			// A slip in the folder's name must not make a new store.
			if err := baileys.CheckFolder(args[0]); err != nil {
				return err
			}
			st, err := a.open(cmd.Context(), toFill, store.Options{})
			if err != nil {
				return err
			}
			defer closeStore(st, &err)
			return a.importFolder(cmd.Context(), st, args[0], o)
		},
	}
	folder.Flags().BoolVar(&o.Merge, "merge", false, "import into a namespace that holds records, and replace those of the same ids")
	folder.Flags().BoolVar(&o.KeepGoing, "keep-going", false, "import the good files though there are bad ones")
	return group("import", "Read records from elsewhere", folder, newImportJSON(a))
}

func newExport(a *app) *cobra.Command {
	o := &baileys.ExportOptions{}
	folder := &cobra.Command{
		Use:   "baileys DIR",
		Short: "Write the namespace as a Baileys multi-file auth folder",
		Long: `Write a folder that Baileys' useMultiFileAuthState reads. It must be empty or not
exist, and only its owner may write to it. What was imported and has not changed comes out byte for byte.

If a record has no place in such a folder, nothing is written, and all of these are
listed: what import would refuse or misread, export refuses. Exit code 1 says so.
An export that was killed is completed by running it again. It also says that the namespace has no creds.json: the
keys are written, but Baileys starts with a new identity where there is none. A
namespace that holds nothing is refused.`,
		Example:           "  famctl --store pebble:./keys --namespace +12025550123 export baileys ./auth-again",
		Args:              exactly(1, "the DIR to write"),
		ValidArgsFunction: completeDirs,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			st, err := a.open(cmd.Context(), toRead, anySize)
			if err != nil {
				return err
			}
			defer closeStore(st, &err)
			if err := a.mustHold(cmd.Context(), st); err != nil {
				return err
			}
			if err := halfCopied(cmd.Context(), st, a.namespace); err != nil {
				return err
			}
			return a.exportFolder(cmd.Context(), st, args[0], o)
		},
	}
	folder.Flags().BoolVar(&o.KeepGoing, "keep-going", false, "write the good records though there are bad ones")
	return group("export", "Write records for other programs", folder, newExportJSON(a))
}

// group is a verb that only says which kind of material comes next.
func group(name, short string, kinds ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: name + " KIND", Short: short,
		Args: cobra.ArbitraryArgs,
		RunE: func(*cobra.Command, []string) error { return usagef("%s what? baileys DIR or json FILE", name) },
	}
	cmd.AddCommand(kinds...)
	return cmd
}

func completeDirs(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}

type badFile struct {
	File  string `json:"file"`
	Error string `json:"error"`
}

type importAnswer struct {
	Imported  bool           `json:"imported"`
	There     bool           `json:"there"` // already: nothing was written
	Records   map[string]int `json:"records"`
	Creds     bool           `json:"creds"`
	Bad       []badFile      `json:"bad"`
	Unknown   []string       `json:"unknown"`
	Kept      []string       `json:"kept"`
	Rewritten []string       `json:"rewritten"`
	Replaced  []string       `json:"replaced"`
	Skipped   []string       `json:"skipped"`
	Changed   []string       `json:"changed"`
}

func (a *app) importFolder(ctx context.Context, st *store.Store, dir string, o *baileys.ImportOptions) error {
	repo, err := baileysSchemas(ctx, st)
	if err != nil {
		return err
	}
	steps := &phases{app: a}
	o.Progress = steps.report
	r, err := baileys.Import(ctx, repo, dir, o)
	steps.end(err)
	if err != nil && !errors.Is(err, baileys.ErrBad) && !errors.Is(err, baileys.ErrChanged) {
		return importHint(err)
	}
	answer := importAnswer{
		r.Imported, r.There, r.Records, r.Creds, badFiles(r.Bad),
		some(r.Unknown), some(r.Kept), some(r.Rewritten), some(r.Replaced), some(r.Skipped), some(r.Changed),
	}
	if err := a.answer(answer, func() { a.showImport(r) }); err != nil {
		return err
	}
	if r.Findings() {
		return errFindings
	}
	return nil
}

func importHint(err error) error {
	if errors.Is(err, baileys.ErrNotEmpty) {
		return errors.Join(err, errors.New("--merge imports into it and replaces records of the same ids"))
	}
	return err
}

func (a *app) showImport(r *baileys.ImportReport) {
	a.showBad(r.Bad)
	a.showFiles("unknown family, kept as they are", r.Unknown)
	a.showFiles("half a surrogate pair in a string, stored as U+FFFD", r.Replaced)
	a.showFiles("old encoding, to be exported in today's form", r.Rewritten)
	a.showFiles("passed over", r.Skipped)
	a.showFiles("came, went or changed while the folder was read", r.Changed)
	switch {
	case r.Imported && len(r.Changed) > 0:
		a.printf("what was imported is no longer what the folder holds: stop the client, and import into an empty namespace\n")
	case len(r.Changed) > 0:
		a.printf("nothing was imported: stop the client and import again\n")
		return
	case !r.Imported:
		a.printf("nothing was imported: %s (--keep-going imports the others)\n", count(len(r.Bad), "bad file"))
		return
	}
	if r.There {
		a.printf("nothing to do: the namespace holds just that already\n")
		return
	}
	a.showRecords(r.Records)
	a.printf("imported %s%s\n", count(sum(r.Records), "record"), withCreds(r.Creds))
}

type exportAnswer struct {
	Exported bool           `json:"exported"`
	Records  map[string]int `json:"records"`
	Creds    bool           `json:"creds"`
	Bad      []badFile      `json:"bad"`
	Unknown  []string       `json:"unknown"`
	Kept     []string       `json:"kept"`
	Stale    []string       `json:"stale"`
	LeftOut  []string       `json:"left_out"`
}

func (a *app) exportFolder(ctx context.Context, st *store.Store, dir string, o *baileys.ExportOptions) error {
	repo, err := baileysSchemas(ctx, st)
	if err != nil {
		return err
	}
	steps := &phases{app: a}
	o.Progress = steps.report
	r, err := baileys.Export(ctx, repo, dir, o)
	steps.end(err)
	if err != nil && !errors.Is(err, baileys.ErrBad) {
		return err
	}
	exported := err == nil || o.KeepGoing
	answer := exportAnswer{
		exported, r.Records, r.Creds, badFiles(r.Bad),
		some(r.Unknown), some(r.Kept), some(r.Stale), some(r.LeftOut),
	}
	if err := a.answer(answer, func() { a.showExport(r, exported) }); err != nil {
		return err
	}
	if len(r.Bad) > 0 || !r.Creds {
		return errFindings
	}
	return nil
}

func (a *app) showExport(r *baileys.ExportReport, exported bool) {
	a.showBad(r.Bad)
	a.showFiles("no longer what is stored, written anew", r.Stale)
	a.showFiles("family that Baileys does not have, left out", r.LeftOut)
	if !exported {
		a.printf("nothing was exported: %s (--keep-going writes the others)\n", count(len(r.Bad), "bad record"))
		return
	}
	a.showRecords(r.Records)
	a.printf("exported %s%s\n", count(sum(r.Records), "record"), withCreds(r.Creds))
	if !r.Creds {
		a.printf("there is no creds.json in the namespace: Baileys would start with a new identity\n")
	}
}

func withCreds(creds bool) string {
	if creds {
		return " and creds.json"
	}
	return ", no creds.json"
}

func (a *app) showRecords(records map[string]int) {
	t := a.newTable(column{head: "family"}, column{"records", true})
	for _, name := range slices.Sorted(maps.Keys(records)) {
		t.AppendRow([]any{name, records[name]})
	}
	if t.Length() > 0 {
		t.Render()
	}
}

func (a *app) showBad(bad []*baileys.FileError) {
	for _, e := range bad {
		a.printf("bad: %s: %v\n", printable(e.File), e.Err)
	}
}

func (a *app) showFiles(what string, files []string) {
	for _, name := range files {
		a.printf("%s: %s\n", what, printable(name))
	}
}

func badFiles(bad []*baileys.FileError) []badFile {
	files := []badFile{}
	for _, e := range bad {
		files = append(files, badFile{e.File, e.Err.Error()})
	}
	return files
}

// some makes no files [] in JSON, not null.
func some(files []string) []string {
	if files == nil {
		return []string{}
	}
	return files
}

func sum(records map[string]int) (n int) {
	for _, of := range records {
		n += of
	}
	return n
}
