package baileys

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/interop/baileys/baileysfile"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family"
	"github.com/keyfam/keyfam/store/memstore"
)

// ImportOptions settle how a folder is imported. The zero value, and nil, mean
// the defaults.
type ImportOptions struct {
	// Merge allows a namespace that holds records. The folder's replace those of
	// the same ids; others stay.
	Merge bool
	// KeepGoing imports the good files though there are bad ones.
	KeepGoing bool
	// Progress, if not nil, is called now and then, one call at a time.
	Progress func(Progress)
}

// Import reads a folder into the repository's namespace. All files are read and
// checked first; if any is bad, nothing is written, and the report lists them
// all. Dotfiles, .tmp, .bak and folders of other names are passed over; a link, a
// folder or a pipe with the name of a record's file is bad.
//
// The records are committed in chunks. An import that was interrupted may be run
// again: as long as nothing but its own records is there, the namespace counts
// as empty. Until it is completed, or an import with Merge is, Export refuses the
// namespace. If just what the folder holds is there, nothing is written, and
// [ImportReport.There] is set.
//
// Errors: [ErrBad] if the report lists bad files, also if the others were
// imported; [ErrChanged] if the folder is no longer as it was read, before the
// first commit or, with [ImportReport.Imported], after the last; [ErrUnfinished]
// if the folder is one that an [Export] wrote in part; [ErrNotEmpty] if the namespace holds records and Merge is not set;
// [ErrNoFolder] if the folder holds no file that Baileys would read.
// Files of unknown families are kept and are no error; see
// [ImportReport.Findings].
func Import(ctx context.Context, repo *signalkeys.Repo, dir string, o *ImportOptions) (*ImportReport, error) {
	if o == nil {
		o = &ImportOptions{}
	}
	report := &ImportReport{Records: map[string]int{}}
	w, err := newWatch(dir)
	if err != nil {
		return report, err
	}
	sources, err := list(dir, report)
	if err == nil {
		err = recognize(sources, report)
	}
	if err != nil {
		return report, err
	}
	w.saw(sources, report)
	chunks, err := loadAll(ctx, repo, dir, sources, o)
	if err != nil {
		return report, err
	}
	for _, c := range chunks {
		report.add(&c.report)
	}
	report.sort()
	if err := report.unchanged(w, sources); err != nil {
		return report, err
	}
	if len(report.Bad) > 0 && !o.KeepGoing {
		return report, ErrBad
	}
	if report.There, err = commitAll(ctx, repo, chunks, o); err != nil {
		return report, err
	}
	report.Imported = true
	if err := report.unchanged(w, sources); err != nil {
		return report, err
	}
	if len(report.Bad) > 0 {
		return report, ErrBad
	}
	return report, nil
}

// unchanged refuses a folder that is no longer as it was read.
func (r *ImportReport) unchanged(w *watch, sources []source) (err error) {
	if r.Changed, err = w.changed(sources); err == nil && len(r.Changed) > 0 {
		err = ErrChanged
	}
	return err
}

// loadAll reads all files, several at a time.
func loadAll(ctx context.Context, repo *signalkeys.Repo, dir string, sources []source, o *ImportOptions) (chunks []*chunk, err error) {
	l := newLoader(repo, dir)
	progress := newMeter(o.Progress, "reading", len(sources))
	parts := make([][]*chunk, (len(sources)+chunkFiles-1)/chunkFiles)
	err = parallel(len(parts), func(i int) (err error) {
		part := sources[i*chunkFiles : min((i+1)*chunkFiles, len(sources))]
		parts[i], err = l.load(ctx, part)
		progress.add(len(part))
		return err
	})
	for _, part := range parts {
		chunks = append(chunks, part...)
	}
	return chunks, err
}

// start is how an import finds the namespace.
type start int

const (
	fresh start = iota // empty, but for what the same import wrote before
	there              // holds just what the folder holds
	merge              // holds other records, and the import may merge with them
)

// commitAll writes the chunks, unless all that they hold is there. The first
// commit of several sets the marker, and the last one removes it.
func commitAll(ctx context.Context, repo *signalkeys.Repo, chunks []*chunk, o *ImportOptions) (done bool, err error) {
	st := repo.Store()
	if _, err := baileysfile.Open(ctx, st); err != nil {
		return false, err
	}
	expected, err := rehearsal(ctx, st, chunks)
	if err != nil {
		return false, err
	}
	if expected != nil {
		defer expected.Close()
	}
	files := 0
	for _, c := range chunks {
		files += c.size
	}
	progress := newMeter(o.Progress, "writing", files)
	how := fresh
	for i, c := range chunks {
		first, last := i == 0, i == len(chunks)-1
		err := st.Transaction(ctx, "", func(ctx context.Context, tx *store.Tx) (err error) {
			if first {
				if how, err = begin(ctx, tx, expected, o.Merge); err != nil || how == there {
					return err
				}
			}
			if err := c.apply(ctx, tx, how == merge); err != nil {
				return err
			}
			return mark(ctx, tx, first && !last, last)
		})
		if err != nil || how == there {
			return how == there, err
		}
		progress.add(c.size)
	}
	return false, nil
}

// mark sets the marker of an unfinished import, or removes it.
func mark(ctx context.Context, tx *store.Tx, set, remove bool) error {
	files := baileysfile.NewTx(tx).BaileysFiles()
	switch {
	case set:
		return files.Put(ctx, marker, family.Secret{})
	case remove:
		return files.Delete(ctx, marker)
	}
	return nil
}

// rehearsal is a store that holds what the chunks write, with the marker; nil if
// nothing is there to compare with it.
func rehearsal(ctx context.Context, st *store.Store, chunks []*chunk) (*store.Store, error) {
	names, err := st.Families(ctx)
	if err != nil || len(names) == 0 {
		return nil, err
	}
	expected, err := memstore.Open(ctx, &store.Options{MaxValueBytes: maxFile, MaxIDBytes: maxName})
	if err != nil {
		return nil, err
	}
	for i, c := range chunks {
		err := expected.Transaction(ctx, "", func(ctx context.Context, tx *store.Tx) error {
			if err := c.apply(ctx, tx, false); err != nil {
				return err
			}
			return mark(ctx, tx, i == 0, false)
		})
		if err != nil {
			return nil, errors.Join(err, expected.Close())
		}
	}
	return expected, nil
}

// begin looks at what is in the namespace before the first commit: nothing, the
// import's own records, or others.
func begin(ctx context.Context, tx *store.Tx, expected *store.Store, mayMerge bool) (start, error) {
	names, err := tx.Families(ctx)
	if err != nil || len(names) == 0 {
		return fresh, err
	}
	interrupted, err := tx.Has(ctx, baileysfile.BaileysFileFamily, marker)
	if err != nil {
		return fresh, err
	}
	own, missing := false, 0
	if expected != nil { // else somebody has written since
		if own, missing, err = compare(ctx, tx, names, expected); err != nil {
			return fresh, err
		}
	}
	switch {
	case own && interrupted:
		return fresh, nil
	case own && missing == 1: // the marker
		return there, nil
	case mayMerge:
		return merge, nil
	case interrupted:
		return fresh, fmt.Errorf("the namespace is %w: it holds other records than the interrupted import of this folder wrote", ErrNotEmpty)
	}
	return fresh, fmt.Errorf("the namespace is %w", ErrNotEmpty)
}

// compare reports whether every record of the families is in expected as well,
// and how many are there only.
func compare(ctx context.Context, tx *store.Tx, families []string, expected *store.Store) (own bool, missing int, err error) {
	for _, name := range families {
		for r, err := range tx.Scan(ctx, name, "") {
			if err != nil {
				return false, 0, err
			}
			value, ok, err := expected.Get(ctx, name, r.ID)
			if err != nil || !ok || !bytes.Equal(value, r.Value) {
				return false, 0, err
			}
			missing--
		}
	}
	names, err := expected.Families(ctx)
	if err != nil {
		return false, 0, err
	}
	for _, name := range names {
		for _, err := range expected.Scan(ctx, name, "") {
			if err != nil {
				return false, 0, err
			}
			missing++
		}
	}
	return true, missing, nil
}
