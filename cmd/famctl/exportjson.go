package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family/dynamic"
)

func newExportJSON(a *app) *cobra.Command {
	var reveal bool
	cmd := &cobra.Command{
		Use:   "json FILE",
		Short: "Write the namespace as JSON Lines",
		Long: `Write the namespace as JSON Lines to FILE, which must not exist: the schemas of its
packages in the first line, then a record a line, of every schema. 'import json' reads it; what it then holds is the same to the
byte. A record whose bytes are not just those of its value, of a damaged one for
example, has its bytes instead.

Nothing can be redacted in an export: a namespace with secrets, or with a family that
no schema knows, needs --reveal. Only its owner may read the file.`,
		Example: "  famctl --store pebble:./keys export json --reveal keys.jsonl",
		Args:    exactly(1, "the FILE to write"),
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
			return a.exportJSON(cmd.Context(), st, args[0], reveal)
		},
	}
	cmd.Flags().BoolVar(&reveal, "reveal", false, "write secrets")
	return cmd
}

func (a *app) exportJSON(ctx context.Context, st *store.Store, name string, reveal bool) error {
	records := 0
	err := writeNew(name, func(file *os.File) error {
		// A view: all lines are of one point in time. It may run again.
		return st.View(ctx, func(ctx context.Context, tx *store.Tx) error {
			if err := restart(file); err != nil {
				return err
			}
			w := bufio.NewWriter(file)
			n, err := exportLines(ctx, tx, w, reveal)
			if err != nil {
				return err
			}
			records = n
			return w.Flush()
		})
	})
	if err != nil {
		return err
	}
	return a.answer(map[string]any{"exported": records}, func() { a.printf("exported %s\n", count(records, "record")) })
}

// restart empties a file that is being written.
func restart(file *os.File) error {
	_, err := file.Seek(0, io.SeekStart)
	if err == nil {
		err = file.Truncate(0)
	}
	return err
}

// exportLines looks at every record before it writes the first one.
func exportLines(ctx context.Context, tx *store.Tx, w io.Writer, reveal bool) (records int, err error) {
	schemas, err := dynamic.Load(ctx, tx)
	if err != nil {
		return 0, err
	}
	head := linesHead{Keyfam: linesFormat, Schemas: map[string]string{}}
	for _, pkg := range slices.Sorted(maps.Keys(schemas.Broken)) {
		return 0, schemas.Broken[pkg]
	}
	for _, s := range schemas.Packages {
		head.Schemas[s.Package] = s.Text()
	}
	err = eachLine(ctx, tx, schemas, reveal, func(linesRecord) error { head.Records++; return nil })
	if err != nil {
		return 0, err
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	if err := e.Encode(head); err != nil {
		return 0, err
	}
	return head.Records, eachLine(ctx, tx, schemas, reveal, func(l linesRecord) error { return e.Encode(l) })
}

func eachLine(ctx context.Context, tx *store.Tx, schemas *dynamic.Schemas, reveal bool, do func(linesRecord) error) error {
	names, err := tx.Families(ctx)
	if err != nil {
		return err
	}
	for _, name := range names {
		f, err := schemas.Family(name)
		if err != nil {
			return err
		}
		for r, err := range tx.Scan(ctx, name, "") {
			if err != nil {
				return err
			}
			line, err := lineOf(f, r, name, reveal)
			if err == nil {
				err = do(line)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// writeNew writes a file that does not exist yet, for its owner only. After an
// error there is none.
func writeNew(name string, write func(*os.File) error) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return pathless(err)
	}
	err = write(file)
	if err == nil {
		err = file.Sync()
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		os.Remove(name)
	}
	return pathless(err)
}
