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
// folder that is empty or does not exist. If [Import] would refuse the file of a
// record, nothing is written, and the report lists all of these: ids that share
// a file name with another or have none, values that Baileys has no form for,
// sessions and sender keys that another library than Baileys' made, records that
// do not decode, a torn creds.json.
//
// Each file is whole or not there, also after a power cut, and is readable by
// its owner only. creds.json comes last: Baileys does not start with a folder
// that was written in part. What was written is removed after an error. An
// export that was killed leaves its files and .keyfam-export, for which Import
// refuses the folder; export again, and it is completed.
//
// Errors: [ErrBad] if the report lists bad records, also if the others were
// written; [ErrNotEmpty] if the folder holds files, but for those of an export
// that was killed; [ErrExposed] if others than its owner can write to it;
// [ErrInterrupted] if the namespace holds part of a folder.
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
		if err := whole(ctx, tx); err != nil {
			return err
		}
		out, err = collect(ctx, tx, true)
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
	write  bool              // files are wanted, not only the report
	files  []file
	report ExportReport
	bad    []BadRecord // the same as the report's files
	valid  *validator
}

// file is one file to write.
type file struct {
	name string
	data []byte
}

// whole refuses a namespace that holds part of a folder.
func whole(ctx context.Context, tx *store.Tx) error {
	interrupted, err := tx.Has(ctx, baileysfile.BaileysFileFamily, marker)
	if err == nil && interrupted {
		err = ErrInterrupted
	}
	return err
}

// collect renders everything and checks it. With write it keeps the files.
func collect(ctx context.Context, tx *store.Tx, write bool) (*outcome, error) {
	files, err := keptFiles(ctx, tx)
	if err != nil {
		return nil, err
	}
	valid, err := newValidator(ctx)
	if err != nil {
		return nil, err
	}
	defer valid.close()
	out := &outcome{kept: files, write: write, report: ExportReport{Records: map[string]int{}}, valid: valid}
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
		nameless = isCorrupt(err) && e.id() == ""
		if err == nil {
			err = o.record(ctx, f, e)
		} else if !isCorrupt(err) {
			return err
		}
		if err != nil {
			o.refuse(f.naming().family, e.id(), err)
		}
	}
	if nameless {
		return o.unread(ctx, tx, f.naming().family)
	}
	return nil
}

// record renders one record.
func (o *outcome) record(ctx context.Context, f form, e entry) error {
	name, err := recordName(f, e.id())
	if err != nil {
		return err
	}
	data, err := o.valid.file(ctx, f, e)
	if err != nil {
		return err
	}
	if original, ok := o.kept[name]; ok && matches(f, e.id(), original, data) && len(original) <= maxFile {
		data = original
		o.report.Kept = append(o.report.Kept, name)
		delete(o.kept, name)
	}
	o.take(name, data)
	o.report.Records[f.naming().family]++
	return nil
}

func (o *outcome) take(name string, data []byte) {
	if o.write {
		o.files = append(o.files, file{name, data})
	}
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

// refuse reports a record, by its file if it has a name.
func (o *outcome) refuse(family, id string, err error) {
	name := ""
	switch {
	case family == baileysfile.BaileysFileFamily:
		name = id
	case id != "":
		name = fileName(family, id)
	}
	o.report.Bad = append(o.report.Bad, &FileError{name, err})
	o.bad = append(o.bad, BadRecord{family, id, err})
}

// others adds the files of unknown families and, last, creds.json. Kept files of
// records that are gone or have changed stay behind.
func (o *outcome) others() {
	for name, data := range o.kept {
		switch k, _, _ := classify(name); {
		case k == creds:
			o.report.Creds = o.fits(name, checkCreds(data))
		case k == unknown && safe(name):
			if o.fits(name, checkUnknown(name, data)) {
				o.report.Unknown = append(o.report.Unknown, name)
				o.take(name, data)
			}
		default:
			o.report.Stale = append(o.report.Stale, name)
		}
	}
	slices.SortFunc(o.files, func(a, b file) int { return strings.Compare(a.name, b.name) })
	if o.report.Creds {
		o.take(credsName, o.kept[credsName])
	}
}

// fits reports whether a kept file has no error, and else notes it.
func (o *outcome) fits(name string, err error) bool {
	if err != nil {
		o.refuse(baileysfile.BaileysFileFamily, name, err)
	}
	return err == nil
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
