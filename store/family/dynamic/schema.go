package dynamic

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/keyfam/keyfam/internal/reserved"
	"github.com/keyfam/keyfam/internal/stored"
	"github.com/keyfam/keyfam/store"
)

// A Schema is what a store knows about one generated package.
type Schema struct {
	Package  string
	families map[string]*Family
	facts    stored.Facts
}

// Parse parses the facts of a package: the text of its constant Schema and of
// its row in a store.
//
// Errors: [store.ErrSchema] if another version of keyfam wrote the facts, or
// if one must be understood and is not known; [store.ErrCorrupt] if the text
// does not parse.
func Parse(pkg, text string) (*Schema, error) {
	facts, err := stored.Parse(text)
	switch {
	case errors.Is(err, stored.ErrMalformed):
		return nil, fmt.Errorf("%w: the schema of the package %s: %w", store.ErrCorrupt, pkg, err)
	case err != nil:
		return nil, fmt.Errorf("%w: the schema of the package %s was %w", store.ErrSchema, pkg, err)
	}
	if kind := facts.Beyond(); kind != "" {
		return nil, fmt.Errorf("%w: a newer version of the package %s has written here: its schema has facts of the kind %s",
			store.ErrSchema, pkg, kind)
	}
	s, err := build(pkg, facts)
	if err != nil {
		return nil, fmt.Errorf("%w: the schema of the package %s: %w", store.ErrCorrupt, pkg, err)
	}
	return s, nil
}

// Families returns the families of the package, ascending by name.
func (s *Schema) Families() []*Family {
	return slices.SortedFunc(maps.Values(s.families), byName)
}

// Family returns the family of that name.
func (s *Schema) Family(name string) (*Family, bool) {
	f, ok := s.families[name]
	return f, ok
}

// Text returns the facts as a store keeps them.
func (s *Schema) Text() string { return s.facts.Text() }

// Schemas are the schemas of a namespace.
type Schemas struct {
	Packages []*Schema        // ascending by name
	Broken   map[string]error // why a row cannot be used, by package
}

// Load reads the schemas of the handle's namespace.
func Load(ctx context.Context, h store.Handle) (*Schemas, error) {
	s := &Schemas{Broken: map[string]error{}}
	for row, err := range h.Scan(reserved.Context(ctx), reserved.Schema, "") {
		if err != nil {
			return nil, err
		}
		schema, err := Parse(row.ID, string(row.Value))
		if err != nil {
			s.Broken[row.ID] = err
			continue
		}
		s.Packages = append(s.Packages, schema)
	}
	return s, nil
}

// Package returns the schema of the package of that name.
func (s *Schemas) Package(name string) (*Schema, bool) {
	for _, schema := range s.Packages {
		if schema.Package == name {
			return schema, true
		}
	}
	return nil, false
}

// Families returns the families of all packages, ascending by name.
func (s *Schemas) Families() (all []*Family) {
	for _, schema := range s.Packages {
		all = append(all, schema.Families()...)
	}
	slices.SortStableFunc(all, byName)
	return all
}

// Family returns the family of that name, nil if no schema of the namespace
// has it.
//
// Errors: [store.ErrSchema] if two packages have it, which generated code
// prevents; the error of the first row that cannot be used, because that may
// have the family.
func (s *Schemas) Family(name string) (*Family, error) {
	var found *Family
	for _, schema := range s.Packages {
		f, ok := schema.Family(name)
		switch {
		case !ok:
		case found != nil:
			return nil, fmt.Errorf("%w: family %s belongs to the packages %s and %s",
				store.ErrSchema, name, found.Package, f.Package)
		default:
			found = f
		}
	}
	if found != nil {
		return found, nil
	}
	return nil, s.err()
}

// err returns the error of the first row that cannot be used, by package.
func (s *Schemas) err() error {
	for _, pkg := range slices.Sorted(maps.Keys(s.Broken)) {
		return s.Broken[pkg]
	}
	return nil
}
