package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/interop/baileys"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family/dynamic"
	"github.com/keyfam/keyfam/store/pebblestore"
)

// demoData is a folder that Baileys' own code wrote, with random keys that were
// never registered. A test compares it with the one of package baileys.
//
//go:embed demodata/baileys-auth
var demoData embed.FS

const demoFolder = "demodata/baileys-auth"

func newDemo(a *app) *cobra.Command {
	var keep bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show on a throw-away store what keyfam does",
		Long: `Open a store in a temporary folder, import a folder of WhatsApp keys, let many
goroutines write to one record at once and count what is lost, export the folder again
and compare it byte for byte. It needs no --store, and takes seconds.`,
		Args: between(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if a.store != "" || a.oneNamespace {
				return usagef("demo has a store of its own")
			}
			return a.demo(cmd.Context(), keep)
		},
	}
	cmd.Flags().BoolVar(&keep, "keep", false, "leave the temporary folder behind, to look into it")
	return cmd
}

type demoAnswer struct {
	Imported   importedAnswer `json:"imported"`
	Careless   raceResult     `json:"without_transactions"`
	Careful    raceResult     `json:"with_transactions"`
	Files      int            `json:"files"`
	Identical  int            `json:"identical"`
	Folder     string         `json:"folder,omitempty"` // only with --keep
	everything bool
}

type importedAnswer struct {
	Files   int            `json:"files"`
	Records map[string]int `json:"records"`
}

// demo is what the steps share.
type demo struct {
	app    *app
	dir    string
	tally  tally
	answer demoAnswer
}

func (a *app) demo(ctx context.Context, keep bool) (err error) {
	dir, err := os.MkdirTemp("", "keyfam-demo-")
	if err != nil {
		return err
	}
	if !keep {
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	d := &demo{app: a, dir: dir}
	if err := d.run(ctx); err != nil {
		return err
	}
	if keep {
		d.answer.Folder = dir
		d.say("\nThe folder stays: %s\nLook around: famctl --store pebble:%s stats\n", dir, d.path("store"))
	}
	if a.json {
		if err := a.emit(d.answer); err != nil {
			return err
		}
	}
	if !d.answer.everything {
		return errFindings
	}
	return nil
}

func (d *demo) path(name string) string { return filepath.Join(d.dir, name) }

func (d *demo) say(format string, args ...any) {
	if !d.app.json {
		d.app.printf(format, args...)
	}
}

func (d *demo) run(ctx context.Context) (err error) {
	d.say(`keyfam keeps the keys of a messenger: small records of a few kinds ("families"), which
many goroutines read and rewrite with every message. A write that gets lost means
messages that nobody can decrypt any more. This demo shows on real data that none is.

1. Open a store: the embedded engine Pebble, in a temporary folder.
`)
	st, err := pebblestore.Open(ctx, d.path("store"), &pebblestore.Options{Store: store.Options{Tracer: store.TracerFunc(d.tally.observe)}})
	if err != nil {
		return err
	}
	defer closeStore(st, &err)
	d.say("   done: a commit is on the disk before it is acknowledged.\n")
	repo, err := signalkeys.Open(ctx, st)
	if err != nil {
		return err
	}
	if err := d.importFolder(ctx, repo); err != nil {
		return err
	}
	if err := d.show(ctx, repo); err != nil {
		return err
	}
	if err := d.race(ctx, st.Namespace("race")); err != nil {
		return err
	}
	return d.exportFolder(ctx, repo)
}

func (d *demo) importFolder(ctx context.Context, repo *signalkeys.Repo) error {
	d.say("\n2. Import a folder of keys that Baileys, the WhatsApp library for JavaScript, wrote.\n")
	data, err := fs.Sub(demoData, demoFolder)
	if err == nil {
		err = os.CopyFS(d.path("before"), data)
	}
	if err != nil {
		return err
	}
	steps := &phases{app: d.app}
	report, err := baileys.Import(ctx, repo, d.path("before"), &baileys.ImportOptions{Progress: steps.report})
	steps.end(err)
	if err != nil {
		return err
	}
	files, err := os.ReadDir(d.path("before"))
	d.answer.Imported = importedAnswer{len(files), report.Records}
	d.say("   done: %s read, %s and creds.json stored.\n", count(len(files), "file"), count(sum(report.Records), "record"))
	return err
}

// show prints what is there. What the records hold shows as famctl shows it.
func (d *demo) show(ctx context.Context, repo *signalkeys.Repo) error {
	d.say("\n3. What the store holds now, with the first record of each family. Secrets are redacted.\n\n")
	t := d.app.newTable(column{head: "   family"}, column{"records", true}, column{"bytes", true}, column{head: "first id"}, column{head: "its value"})
	err := repo.Store().View(ctx, func(ctx context.Context, tx *store.Tx) error {
		t.ResetRows()
		schemas, err := dynamic.Load(ctx, tx)
		if err != nil {
			return err
		}
		for _, f := range schemas.Families() {
			row, err := exampleOf(ctx, tx, f)
			if err != nil {
				return err
			}
			t.AppendRow(row)
		}
		return nil
	})
	if err == nil && !d.app.json {
		t.Render()
	}
	return err
}

func exampleOf(ctx context.Context, tx *store.Tx, f *dynamic.Family) ([]any, error) {
	all, first := sizes{}, store.Record{}
	for r, err := range tx.Scan(ctx, f.Name, "") {
		if err != nil {
			return nil, err
		}
		if all.records == 0 {
			first = r
		}
		all.add(len(r.Value))
	}
	value, err := form(f, first.ID, first.Value, false)
	if err != nil {
		return nil, err
	}
	return []any{"   " + f.Name, all.records, bytesText(int64(all.bytes)), shorten(printable(first.ID), 24), shorten(oneLine(value), 30)}, nil
}

func (d *demo) exportFolder(ctx context.Context, repo *signalkeys.Repo) error {
	d.say("\n5. Export everything to a second folder and compare it with the first, byte for byte.\n")
	steps := &phases{app: d.app}
	_, err := baileys.Export(ctx, repo, d.path("after"), &baileys.ExportOptions{Progress: steps.report})
	steps.end(err)
	if err != nil {
		return err
	}
	different, err := compareFolders(d.path("before"), d.path("after"))
	if err != nil {
		return err
	}
	files := d.answer.Imported.Files
	d.answer.Files, d.answer.Identical = files, files-len(different)
	d.answer.everything = len(different) == 0 && d.answer.Careful.Lost == 0
	if len(different) > 0 {
		d.say("   The folders differ in %s: %v\n", count(len(different), "file"), different)
		return nil
	}
	d.say("   done: the folders are identical, %d of %s.\n", files, count(files, "file"))
	if d.answer.everything {
		d.say("\nNothing was lost. 'famctl --help' shows what else there is.\n")
	}
	return nil
}

// raceText is the step in the middle, which is about what keyfam is for.
func raceText(r raceResult) string {
	return fmt.Sprintf("%d increments acknowledged, the record says %d: %d lost", r.Acknowledged, r.Counter, r.Lost)
}
