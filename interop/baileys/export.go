package baileys

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/interop/baileys/baileysfile"
	"github.com/keyfam/keyfam/store"
)

// ExportOptions settle how a folder is written. The zero value, and nil, mean
// the defaults.
type ExportOptions struct {
	// KeepGoing writes the good records though there are bad ones. Of a family
	// with a damaged place in the store it writes those before that.
	KeepGoing bool
	// Progress, if not nil, is called now and then, one call at a time.
	Progress func(Progress)
}

// Export writes the repository's namespace, as of one point in time, into a
// folder that is empty or does not exist. If a record has no file, nothing is
// written, and the report lists all of these: ids that share a file name with
// another or have none, sessions and sender keys that another library than
// Baileys' made, records that do not decode.
//
// Each file is whole or not there, also after a power cut, and is readable by
// its owner only. creds.json comes last: Baileys does not start with a folder
// that was written in part. An export that was interrupted leaves such a folder
// behind; remove it and export again.
//
// Errors: [ErrBad] if the report lists bad records, also if the others were
// written; [ErrNotEmpty] if the folder is not empty; [ErrInterrupted] if the
// namespace holds part of a folder.
func Export(ctx context.Context, repo *signalkeys.Repo, dir string, o *ExportOptions) (*ExportReport, error) {
	if o == nil {
		o = &ExportOptions{}
	}
	target, err := openTarget(dir)
	if err != nil {
		return &ExportReport{}, err
	}
	defer target.close()
	var out *outcome
	err = repo.Store().View(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		out, err = collect(ctx, tx)
		return err
	})
	if err != nil {
		return &ExportReport{}, err
	}
	if len(out.report.Bad) > 0 && !o.KeepGoing {
		return &out.report, ErrBad
	}
	if err := target.writeAll(ctx, out.files, newMeter(o.Progress, "writing", len(out.files))); err != nil {
		return &out.report, err
	}
	if len(out.report.Bad) > 0 {
		return &out.report, ErrBad
	}
	return &out.report, nil
}

// outcome is what an export is going to write.
type outcome struct {
	kept   map[string][]byte // files of the store that no record has claimed yet
	files  []file
	report ExportReport
}

// file is one file to write.
type file struct {
	name string
	data []byte
}

// collect renders everything.
func collect(ctx context.Context, tx *store.Tx) (*outcome, error) {
	if interrupted, err := tx.Has(ctx, baileysfile.BaileysFileFamily, marker); err != nil || interrupted {
		if err == nil {
			err = ErrInterrupted
		}
		return nil, err
	}
	files, err := keptFiles(ctx, tx)
	if err != nil {
		return nil, err
	}
	out := &outcome{kept: files, report: ExportReport{Records: map[string]int{}}}
	for _, f := range forms {
		if err := out.family(ctx, tx, f); err != nil {
			return nil, err
		}
	}
	out.others()
	if err := out.leaveOut(ctx, tx); err != nil {
		return nil, err
	}
	out.report.sort()
	return out, nil
}

// family renders the records of one family.
func (o *outcome) family(ctx context.Context, tx *store.Tx, f form) error {
	nameless := false
	for e, err := range f.all(ctx, tx) {
		name, misnamed := recordName(f, e.id())
		nameless = isCorrupt(err) && e.id() == ""
		switch {
		case nameless:
			o.bad("", err)
			continue
		case isCorrupt(err):
			o.bad(name, err)
			continue
		case err != nil:
			return err
		case misnamed != nil:
			o.bad(name, misnamed)
			continue
		}
		data, err := rendered(e)
		if err != nil {
			o.bad(name, err)
			continue
		}
		if original, ok := o.kept[name]; ok && matches(f, e.id(), original, data) {
			data = original
			o.report.Kept = append(o.report.Kept, name)
			delete(o.kept, name)
		}
		o.files = append(o.files, file{name, data})
		o.report.Records[f.naming().family]++
	}
	if nameless {
		return o.unread(ctx, tx, f.naming().family)
	}
	return nil
}

// unread makes the last error of a family that could not be read to its end say
// so. It may also be that of a record without a name, at the end.
func (o *outcome) unread(ctx context.Context, tx *store.Tx, family string) error {
	for _, err := range tx.Scan(ctx, family, "") {
		switch {
		case isCorrupt(err):
			last := o.report.Bad[len(o.report.Bad)-1]
			last.Err = fmt.Errorf("%w: the rest of %s was not read", last.Err, family)
			return nil
		case err != nil:
			return err
		}
	}
	return nil
}

// rendered is the canonical file of a stored record.
func rendered(e entry) ([]byte, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	return e.render(nil)
}

func (o *outcome) bad(name string, err error) {
	o.report.Bad = append(o.report.Bad, &FileError{name, err})
}

// others adds the files of unknown families and, last, creds.json. Kept files of
// records that are gone or have changed stay behind.
func (o *outcome) others() {
	for name, data := range o.kept {
		switch k, _, _ := classify(name); {
		case k == creds:
			o.report.Creds = true
		case k == unknown && safe(name):
			o.report.Unknown = append(o.report.Unknown, name)
			o.files = append(o.files, file{name, data})
		default:
			o.report.Stale = append(o.report.Stale, name)
		}
	}
	slices.SortFunc(o.files, func(a, b file) int { return strings.Compare(a.name, b.name) })
	if o.report.Creds {
		o.files = append(o.files, file{credsName, o.kept[credsName]})
	}
}

// leaveOut reports the families that Baileys does not have.
func (o *outcome) leaveOut(ctx context.Context, tx *store.Tx) error {
	names, err := tx.Families(ctx)
	if err != nil {
		return err
	}
	for _, name := range names {
		known := slices.ContainsFunc(forms, func(f form) bool { return f.naming().family == name })
		if !known && name != baileysfile.BaileysFileFamily {
			o.report.LeftOut = append(o.report.LeftOut, name)
		}
	}
	return nil
}
