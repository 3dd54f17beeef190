package main

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/keyfam/keyfam/interop/baileys"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family/dynamic"
)

func newVerify(a *app) *cobra.Command {
	var prune bool
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Read and decode everything, and report what is wrong",
		Long: `Read every record and decode it with its family's schema. Where a file of the store
is damaged, reading of the family ends there, which the finding says, and goes on with
the next family. Reported are damage,
records that do not decode or that export baileys would refuse, a schema that cannot be read, derived rows that disagree
with their records, imports that were interrupted, and files that an import kept beside a
record and that no longer say what is stored. --prune deletes these files.

Findings name the ids of the records. Families that no schema knows are read, not
decoded. Without --namespace all namespaces are verified.`,
		Example: "  famctl --store pebble:./keys verify\n  famctl --store pebble:./keys --namespace +12025550123 verify --prune",
		Args:    between(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			to := toRead
			if prune {
				to = toChange
			}
			st, err := a.open(cmd.Context(), to, anySize)
			if err != nil {
				return err
			}
			defer closeStore(st, &err)
			return a.verify(cmd.Context(), st, prune)
		},
	}
	cmd.Flags().BoolVar(&prune, "prune", false, "delete kept files that no longer match")
	return cmd
}

// finding is one thing that is wrong.
type finding struct {
	spaced
	Family string `json:"family,omitempty"`
	*named
	Problem string `json:"problem"`
	Stopped bool   `json:"stopped,omitempty"` // the rest of the family, or of the namespace, was not read
	Pruned  bool   `json:"pruned,omitempty"`

	namespace string
}

type verifyAnswer struct {
	Namespaces int            `json:"namespaces"`
	Records    int            `json:"records"`
	Unchecked  []string       `json:"unchecked"` // families that no schema knows
	Foreign    map[string]int `json:"foreign"`   // records of other libraries than Baileys, by family
	Findings   []finding      `json:"findings"`
}

func (a *app) verify(ctx context.Context, st *store.Store, prune bool) (err error) {
	names, err := a.namespaces(ctx, st)
	if err != nil {
		return err
	}
	v := &verifier{app: a, prune: prune, bar: a.newBar("verifying", 0)}
	v.answer = verifyAnswer{Namespaces: len(names), Unchecked: []string{}, Foreign: map[string]int{}, Findings: []finding{}}
	for _, name := range names {
		if err = v.namespace(ctx, st.Namespace(name), name); err != nil {
			break
		}
	}
	v.bar.end(err)
	if err != nil {
		return err
	}
	slices.Sort(v.answer.Unchecked)
	v.answer.Unchecked = slices.Compact(v.answer.Unchecked)
	if err := a.answer(v.answer, v.show); err != nil {
		return err
	}
	if slices.ContainsFunc(v.answer.Findings, func(f finding) bool { return !f.Pruned }) {
		return errFindings
	}
	return nil
}

type verifier struct {
	app    *app
	prune  bool
	bar    *bar
	name   string // of the namespace
	answer verifyAnswer
}

func (v *verifier) found(family string, id *string, problem string) {
	f := finding{spaced: namespaceOf(v.name), namespace: v.name, Family: family, Problem: problem}
	if id != nil {
		f.named = new(nameOf(*id))
	}
	v.answer.Findings = append(v.answer.Findings, f)
}

// namespace verifies one namespace. Its error is one that ends the run: damage
// is a finding.
func (v *verifier) namespace(ctx context.Context, st *store.Store, name string) error {
	v.name = name
	switch err := halfCopied(ctx, st, name); {
	case errors.Is(err, errHalfCopied):
		v.found("", nil, err.Error())
	case err != nil:
		return v.damage("", err)
	}
	schemas, err := dynamic.Load(ctx, st)
	if err != nil {
		return v.damage("", err)
	}
	for _, pkg := range slices.Sorted(maps.Keys(schemas.Broken)) {
		v.found("", nil, problem(schemas.Broken[pkg]))
	}
	families, err := st.Families(ctx)
	if err != nil {
		return v.damage("", err)
	}
	for _, family := range families {
		// A view each: one that has met damage reads nothing any more.
		err := st.View(ctx, func(ctx context.Context, tx *store.Tx) error { return v.family(ctx, tx, schemas, family) })
		if err != nil {
			if err := v.damage(family, err); err != nil {
				return err
			}
		}
	}
	return v.baileys(ctx, st, schemas)
}

// baileys checks what an import of a folder has left, where there can be any.
func (v *verifier) baileys(ctx context.Context, st *store.Store, schemas *dynamic.Schemas) error {
	if _, ok := schemas.Package(signalPackage); !ok {
		return nil
	}
	repo, err := baileysSchemas(ctx, st)
	switch {
	case errors.Is(err, store.ErrSchema):
		return nil // another package of that name
	case err != nil:
		return v.damage("", err)
	}
	report, err := baileys.Check(ctx, repo, &baileys.CheckOptions{Prune: v.prune})
	if err != nil {
		return v.damage("", err)
	}
	v.folder(report)
	return nil
}

// signalPackage has the families of Baileys' folders.
const signalPackage = "signalkeys"

// family reads a family whole, and decodes it if a schema has it.
func (v *verifier) family(ctx context.Context, tx *store.Tx, schemas *dynamic.Schemas, name string) error {
	f, err := schemas.Family(name)
	switch {
	case err != nil && len(schemas.Broken) == 0:
		v.found(name, nil, problem(err)) // two packages have it
	case f == nil:
		v.answer.Unchecked = append(v.answer.Unchecked, name)
	}
	for r, err := range tx.Scan(ctx, name, "") {
		if err != nil {
			return err
		}
		v.answer.Records++
		v.bar.add(1)
		if f != nil {
			v.record(f, r)
		}
	}
	if f == nil {
		return nil
	}
	disagreeing, err := f.Disagreements(ctx, tx)
	for _, d := range disagreeing {
		v.found(name, &d.ID, d.Reason)
	}
	return err
}

// record decodes one record; derived rows are compared with theirs.
func (v *verifier) record(f *dynamic.Family, r store.Record) {
	if f.Derived(r.ID) {
		return
	}
	if _, err := f.ParseID(r.ID); err != nil {
		v.found(f.Name, &r.ID, store.ErrCorrupt.Error()+": the id does not fit the family")
		return
	}
	if _, err := f.Codec().Unmarshal(r.Value); err != nil {
		v.found(f.Name, &r.ID, problem(err))
	}
}

// damage makes a finding of an error that says so; any other ends the run.
func (v *verifier) damage(family string, err error) error {
	if !errors.Is(err, store.ErrCorrupt) {
		return err
	}
	v.found(family, nil, problem(err))
	v.answer.Findings[len(v.answer.Findings)-1].Stopped = true
	return nil
}

// problem is an error in one line, without the verb and the family, which stand
// beside it.
func problem(err error) string {
	if e := (*store.Error)(nil); errors.As(err, &e) {
		err = e.Err
	}
	return strings.Join(strings.Fields(err.Error()), " ")
}

// folder adds what package baileys found.
func (v *verifier) folder(r *baileys.CheckReport) {
	if r.Interrupted {
		v.found("baileys-file", nil, baileys.ErrInterrupted.Error())
	}
	for _, b := range r.Bad {
		if !errors.Is(b.Err, store.ErrCorrupt) { // found already
			v.found(b.Family, &b.ID, "export baileys refuses it: "+problem(b.Err))
		}
	}
	for family, n := range r.Foreign {
		v.answer.Foreign[family] += n
	}
	for _, name := range r.Stale {
		v.found("baileys-file", &name, "the kept file no longer says what is stored")
		v.answer.Findings[len(v.answer.Findings)-1].Pruned = r.Pruned == len(r.Stale)
	}
}

func (v *verifier) show() {
	a := v.app
	for _, f := range v.answer.Findings {
		where := f.Family
		if f.namespace != "" {
			where = printable(f.namespace) + " " + where
		}
		if f.named != nil {
			where += " " + printable(f.text())
		}
		if f.Stopped {
			f.Problem += ": the rest was not read"
		}
		if f.Pruned {
			f.Problem += ": deleted"
		}
		a.printf("%s: %s\n", where, f.Problem)
	}
	for _, family := range v.answer.Unchecked {
		a.printf("%s: no schema knows this family: read, not decoded\n", family)
	}
	for _, family := range slices.Sorted(maps.Keys(v.answer.Foreign)) {
		a.printf("%s: %s of another library than Baileys, which export baileys refuses\n", family, count(v.answer.Foreign[family], "record"))
	}
	a.printf("verified %s in %s: %s\n", count(v.answer.Records, "record"),
		count(v.answer.Namespaces, "namespace"), count(len(v.answer.Findings), "finding"))
}
