package baileys

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/interop/baileys/baileysfile"
	"github.com/keyfam/keyfam/store"
)

// CheckOptions settle what a check does. The zero value, and nil, mean the
// defaults.
type CheckOptions struct {
	// Prune deletes the stale files that were found.
	Prune bool
}

// CheckReport is what a check found.
type CheckReport struct {
	Stale       []string          // kept files that no longer say what is stored, by name
	Pruned      int               // how many of them were deleted
	Disagreeing []LIDDisagreement // rows of lid-mapping, by id
	Interrupted bool              // an import was interrupted
	Bad         []BadRecord       // records that Export would refuse, but for foreign ones
	Foreign     map[string]int    // sessions and sender keys of other libraries, by family: Export would refuse them
}

// Findings reports whether somebody should look at the report. Records of other
// libraries are no finding: they are wrong in a folder only.
func (r *CheckReport) Findings() bool {
	return len(r.Stale) > r.Pruned || len(r.Disagreeing)+len(r.Bad) > 0 || r.Interrupted
}

// BadRecord is a record that [Export] would refuse because [Import] would refuse
// or misread its file.
type BadRecord struct {
	Family string // empty for damage of the store, which ended the check
	ID     string // empty if it cannot be read
	Err    error
}

// LIDDisagreement is a row of lid-mapping that the row in the other direction
// does not agree with. Baileys leaves such rows behind when a mapping changes.
type LIDDisagreement struct {
	ID     string
	Reason string
}

// Check looks through a namespace for records that
// Export would refuse, kept files that Export would not write any more and rows
// of lid-mapping that disagree.
func Check(ctx context.Context, repo *signalkeys.Repo, o *CheckOptions) (*CheckReport, error) {
	var report *CheckReport
	err := repo.Store().View(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		report = &CheckReport{}
		if report.Interrupted, err = tx.Has(ctx, baileysfile.BaileysFileFamily, marker); err != nil {
			return err
		}
		if report.Stale, err = staleFiles(ctx, tx); err != nil {
			return err
		}
		report.Disagreeing, err = disagreeing(ctx, tx)
		return err
	})
	if err == nil {
		err = report.exportable(ctx, repo.Store())
	}
	if err != nil || o == nil || !o.Prune {
		return report, err
	}
	return report, prune(ctx, repo.Store(), report)
}

// exportable notes what Export would refuse. Where the store is damaged it ends,
// and notes that.
func (r *CheckReport) exportable(ctx context.Context, st *store.Store) error {
	var out *outcome
	err := st.View(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		out, err = collect(ctx, tx, false)
		return err
	})
	switch {
	case isCorrupt(err):
		r.Bad = []BadRecord{{Err: fmt.Errorf("%w: the rest was not checked", err)}}
		return nil
	case err != nil:
		return err
	}
	r.Foreign = map[string]int{}
	for _, b := range out.bad {
		if errors.Is(b.Err, ErrForeign) {
			r.Foreign[b.Family]++
		} else {
			r.Bad = append(r.Bad, b)
		}
	}
	slices.SortFunc(r.Bad, func(a, b BadRecord) int {
		return cmp.Or(strings.Compare(a.Family, b.Family), strings.Compare(a.ID, b.ID))
	})
	return nil
}

func staleFiles(ctx context.Context, tx *store.Tx) (stale []string, err error) {
	files, err := keptFiles(ctx, tx)
	if err != nil {
		return nil, err
	}
	for name, data := range files {
		is, err := isStale(ctx, tx, name, data)
		if err != nil {
			return nil, err
		}
		if is {
			stale = append(stale, name)
		}
	}
	slices.Sort(stale)
	return stale, nil
}

// prune deletes stale files, unless they match again by now.
func prune(ctx context.Context, st *store.Store, report *CheckReport) error {
	for names := range slices.Chunk(report.Stale, chunkFiles) {
		pruned := 0
		err := st.Transaction(ctx, "", func(ctx context.Context, tx *store.Tx) (err error) {
			pruned, err = pruneStale(ctx, tx, names)
			return err
		})
		if err != nil {
			return err
		}
		report.Pruned += pruned
	}
	return nil
}

func pruneStale(ctx context.Context, tx *store.Tx, names []string) (pruned int, err error) {
	files := baileysfile.NewTx(tx).BaileysFiles()
	for _, name := range names {
		data, ok, err := files.Get(ctx, baileysfile.BaileysFileID(name))
		if err != nil {
			return 0, err
		}
		is, err := isStale(ctx, tx, name, data.Reveal())
		if err != nil {
			return 0, err
		}
		if !ok || !is {
			continue
		}
		if err := files.Delete(ctx, baileysfile.BaileysFileID(name)); err != nil {
			return 0, err
		}
		pruned++
	}
	return pruned, nil
}

const reverseSuffix = "_reverse"

// disagreeing compares the rows of both directions.
func disagreeing(ctx context.Context, tx *store.Tx) (found []LIDDisagreement, err error) {
	all := map[string]string{}
	for r, err := range tx.Scan(ctx, signalkeys.LIDMappingFamily, "") {
		if err != nil {
			return nil, err
		}
		all[r.ID] = string(r.Value)
	}
	for id, value := range all {
		if reason := disagreement(all, id, value); reason != "" {
			found = append(found, LIDDisagreement{id, reason})
		}
	}
	slices.SortFunc(found, func(a, b LIDDisagreement) int { return strings.Compare(a.ID, b.ID) })
	return found, nil
}

func disagreement(all map[string]string, id, value string) string {
	lid, isReverse := strings.CutSuffix(id, reverseSuffix)
	if isReverse {
		switch forward, ok := all[value]; {
		case !ok:
			return "the phone number that it names has no row"
		case forward != lid:
			return "the phone number that it names has another LID"
		}
		return ""
	}
	switch back, ok := all[value+reverseSuffix]; {
	case !ok:
		return "its LID has no row back"
	case back != id:
		return "its LID's row names another phone number"
	}
	return ""
}
