package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family"
	"github.com/keyfam/keyfam/store/family/dynamic"
)

func newImportJSON(a *app) *cobra.Command {
	var merge bool
	cmd := &cobra.Command{
		Use:   "json FILE",
		Short: "Read JSON Lines that 'export json' wrote into the namespace",
		Long: `Read a file that 'export json' wrote. All lines are read and checked before anything
is written: if one is bad, nothing is imported. The namespace must be empty, or --merge
is given: then records of the same ids are replaced. Its schemas must fit those of the
file.

An import that was interrupted is completed by running it again.`,
		Example: "  famctl --store pebble:./again import json keys.jsonl",
		Args:    exactly(1, "the FILE to read"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if _, _, err := a.storeURL(); err != nil {
				return err
			}
			file, err := os.Open(args[0]) // a slip in its name must not make a store
			if err != nil {
				return pathless(err)
			}
			defer file.Close()
			lines := &linesFile{file: file}
			if err := lines.check(); err != nil {
				return err
			}
			st, err := a.open(cmd.Context(), toFill, anySize)
			if err != nil {
				return err
			}
			defer closeStore(st, &err)
			return a.importJSON(cmd.Context(), st, lines, merge)
		},
	}
	cmd.Flags().BoolVar(&merge, "merge", false, "import into a namespace that holds records, and replace those of the same ids")
	return cmd
}

var errHoldsRecords = errors.New("the namespace holds records: --merge imports into it and replaces those of the same ids")

func (a *app) importJSON(ctx context.Context, st *store.Store, lines *linesFile, merge bool) error {
	families, err := st.Families(ctx)
	if err != nil {
		return err
	}
	err = halfCopied(ctx, st, a.namespace)
	if err != nil && !errors.Is(err, errHalfCopied) {
		return err
	}
	if err == nil && !merge && len(families) > 0 {
		return errHoldsRecords
	}
	for _, pkg := range slices.Sorted(maps.Keys(lines.head.Schemas)) {
		if err := family.Open(ctx, st, pkg, lines.head.Schemas[pkg]); err != nil {
			return err
		}
	}
	if err := setCopyMark(ctx, st); err != nil {
		return err
	}
	bar := a.newBar("importing", int64(lines.head.Records))
	err = lines.write(ctx, st, func(n int) { bar.add(n) })
	bar.end(err)
	if err == nil {
		err = removeCopyMark(ctx, st)
	}
	if err != nil {
		return err
	}
	n := lines.head.Records
	return a.answer(map[string]any{"imported": n}, func() { a.printf("imported %s\n", count(n, "record")) })
}

// linesFile is an export that is read.
type linesFile struct {
	file    io.ReadSeeker
	head    linesHead
	schemas *dynamic.Schemas
}

// check reads all of the file.
func (l *linesFile) check() error {
	type place struct{ family, id string }
	seen := map[place]bool{}
	n := 0
	err := l.each(func(r *row) error {
		n++
		at := place{r.name, r.id}
		if seen[at] {
			return fmt.Errorf("%w: the record is there twice", store.ErrInvalid)
		}
		seen[at] = true
		return nil
	})
	if err == nil && n != l.head.Records {
		err = fmt.Errorf("%w: the file has %s, its first line says %d: it was cut off or changed",
			store.ErrInvalid, count(n, "record"), l.head.Records)
	}
	return err
}

// each reads the file from its start and yields its rows.
func (l *linesFile) each(do func(*row) error) error {
	if _, err := l.file.Seek(0, io.SeekStart); err != nil {
		return pathless(err)
	}
	in := bufio.NewReaderSize(l.file, 1<<16)
	for n := 1; ; n++ {
		line, err := in.ReadBytes('\n')
		end := errors.Is(err, io.EOF)
		if err != nil && !end {
			return pathless(err)
		}
		if end && n > 1 && len(bytes.TrimSpace(line)) == 0 {
			return nil
		}
		if err := l.line(n, line, do); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		if end {
			return nil
		}
	}
}

func (l *linesFile) line(n int, line []byte, do func(*row) error) error {
	if n == 1 {
		return l.first(line)
	}
	r, err := rowOf(line, l.schemas)
	if err != nil {
		return err
	}
	return do(r)
}

// first reads the head and its schemas.
func (l *linesFile) first(line []byte) error {
	var head linesHead
	if err := parseLine(line, &head); err != nil || head.Keyfam != linesFormat {
		return fmt.Errorf("%w: this is no file of 'export json'", store.ErrInvalid)
	}
	l.head, l.schemas = head, &dynamic.Schemas{}
	for _, pkg := range slices.Sorted(maps.Keys(head.Schemas)) {
		s, err := dynamic.Parse(pkg, head.Schemas[pkg])
		if err != nil {
			return fmt.Errorf("%w: %v", store.ErrInvalid, err) // not what is stored
		}
		l.schemas.Packages = append(l.schemas.Packages, s)
	}
	return nil
}

// write stores all rows. Those that are derived come last: a record brings its
// own, which the file's then replace.
func (l *linesFile) write(ctx context.Context, st *store.Store, progress func(int)) error {
	for _, derived := range []bool{false, true} {
		w := &rowWriter{st: st, progress: progress}
		err := l.each(func(r *row) error {
			if r.derived() != derived {
				return nil
			}
			return w.add(ctx, r)
		})
		if err == nil {
			err = w.flush(ctx)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// rowWriter stores rows, many in a commit.
type rowWriter struct {
	st       *store.Store
	progress func(int)
	rows     []*row
	bytes    int
}

func (w *rowWriter) add(ctx context.Context, r *row) error {
	w.rows = append(w.rows, r)
	w.bytes += len(r.value)
	if len(w.rows) < batchRecords && w.bytes < batchBytes {
		return nil
	}
	return w.flush(ctx)
}

func (w *rowWriter) flush(ctx context.Context) error {
	err := w.st.Transaction(ctx, "", func(ctx context.Context, tx *store.Tx) error {
		var ds store.DataSet
		for _, r := range w.rows {
			if r.family == nil || r.family.Inverse == "" || r.derived() {
				ds.Put(r.name, r.id, r.value)
				continue
			}
			if err := family.Write(tx, r.family.Codec()).Put(ctx, dynamic.ID(r.id), r.typed); err != nil {
				return err
			}
		}
		return tx.Set(ctx, &ds)
	})
	w.progress(len(w.rows))
	w.rows, w.bytes = nil, 0
	return err
}

// pathless is an error of a file without its path.
func pathless(err error) error {
	for _, plain := range []error{os.ErrNotExist, os.ErrExist, os.ErrPermission} {
		if errors.Is(err, plain) {
			return fmt.Errorf("the file: %w", plain)
		}
	}
	return err
}
