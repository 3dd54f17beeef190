package main

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family/dynamic"
)

func newStats(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "stats",
		Short: "Count records and bytes, and plot the sizes of values",
		Long: `Count the records of each family and the bytes of their values, and plot how large
values are, in powers of two. Without --namespace all namespaces are counted together.`,
		Example: "  famctl --store pebble:./keys stats\n  famctl --store pebble:./keys --namespace +12025550123 stats",
		Args:    between(0, 0, ""),
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			st, err := a.open(cmd.Context(), toRead, anySize)
			if err != nil {
				return err
			}
			defer closeStore(st, &err)
			return a.stats(cmd.Context(), st)
		},
	}
}

// sizes is what is counted of a family, or of all.
type sizes struct {
	records, bytes, largest int
	values                  histogram
}

func (s *sizes) add(size int) {
	s.records++
	s.bytes += size
	s.largest = max(s.largest, size)
	s.values.add(size)
}

func (s *sizes) merge(o *sizes) {
	s.records, s.bytes, s.largest = s.records+o.records, s.bytes+o.bytes, max(s.largest, o.largest)
	s.values.merge(&o.values)
}

func (s *sizes) mean() int { return s.bytes / max(1, s.records) }

type statsAnswer struct {
	Namespaces int           `json:"namespaces"`
	Records    int           `json:"records"`
	Bytes      int           `json:"bytes"`
	Sizes      []sizeClass   `json:"sizes"`
	Families   []familyStats `json:"families"`
}

type familyStats struct {
	Family  string      `json:"family"`
	Schema  string      `json:"schema,omitempty"`
	Records int         `json:"records"`
	Bytes   int         `json:"bytes"`
	Largest int         `json:"largest"`
	Sizes   []sizeClass `json:"sizes"`
}

func (a *app) stats(ctx context.Context, st *store.Store) error {
	names, err := a.namespaces(ctx, st)
	if err != nil {
		return err
	}
	families, err := a.measure(ctx, st, names)
	if err != nil {
		return err
	}
	total := &sizes{}
	for _, s := range families {
		total.merge(s)
	}
	if a.json {
		return a.emit(statsForMachines(len(names), total, families))
	}
	if total.records == 0 {
		a.printf("No records.\n")
		return nil
	}
	a.statsTable(total, families)
	a.printf("\nSizes of values, %s in %s:\n\n%s", count(total.records, "record"), count(len(names), "namespace"), total.values.plot(40))
	return nil
}

// A kind is a family of a package. Namespaces can have families of one name from
// different packages.
type kind struct {
	family string
	pkg    string // empty if no schema of the namespace has it
}

func byName(a, b kind) int { return cmp.Or(cmp.Compare(a.family, b.family), cmp.Compare(a.pkg, b.pkg)) }

// measure counts, by family.
func (a *app) measure(ctx context.Context, st *store.Store, namespaces []string) (families map[kind]*sizes, err error) {
	bar := a.newBar("counting", 0)
	defer func() { bar.end(err) }()
	families = map[kind]*sizes{}
	for _, namespace := range namespaces {
		ns := st.Namespace(namespace)
		names, err := ns.Families(ctx)
		if err != nil {
			return nil, err
		}
		schemas, err := dynamic.Load(ctx, ns)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			k := kind{family: name}
			if f, _ := schemas.Family(name); f != nil {
				k.pkg = f.Package
			}
			s := families[k]
			if s == nil {
				s = &sizes{}
				families[k] = s
			}
			for r, err := range ns.Scan(ctx, name, "") {
				if err != nil {
					return nil, err
				}
				s.add(len(r.Value))
				bar.add(1)
			}
		}
	}
	return families, nil
}

func statsForMachines(namespaces int, total *sizes, families map[kind]*sizes) statsAnswer {
	answer := statsAnswer{namespaces, total.records, total.bytes, total.values.classes(), []familyStats{}}
	for _, k := range slices.SortedFunc(maps.Keys(families), byName) {
		s := families[k]
		answer.Families = append(answer.Families, familyStats{k.family, k.pkg, s.records, s.bytes, s.largest, s.values.classes()})
	}
	return answer
}

// among is the name of the family, with the package if others have one of the
// same name.
func (k kind) among(packages int) string {
	switch {
	case packages < 2:
		return k.family
	case k.pkg == "":
		return k.family + " of no schema"
	}
	return k.pkg + "/" + k.family
}

func (a *app) statsTable(total *sizes, families map[kind]*sizes) {
	first, end := total.values.span()
	t := a.newTable(column{head: "family"}, column{"records", true}, column{"bytes", true},
		column{"mean", true}, column{"largest", true}, column{head: "sizes"})
	row := func(name string, s *sizes) []any {
		return []any{
			name, s.records, bytesText(int64(s.bytes)), bytesText(int64(s.mean())),
			bytesText(int64(s.largest)), s.values.sparkline(first, end),
		}
	}
	named := map[string]int{}
	for k := range families {
		named[k.family]++
	}
	for _, k := range slices.SortedFunc(maps.Keys(families), byName) {
		t.AppendRow(row(k.among(named[k.family]), families[k]))
	}
	t.AppendFooter(row("all", total))
	t.Render()
}
