package lock

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/keyfam/keyfam/gen/spec"
	"github.com/keyfam/keyfam/internal/stored"
)

// A Finding is one break.
type Finding struct {
	Rule *Rule
	Path string        // families.session.id, messages.key-pair.2
	Pos  spec.Position // in the new families.yaml; of a removed part, the place of the whole
	Text string        // what has changed
	// Newer: a store that the old code has opened refuses the new code. Older:
	// the reverse.
	Newer, Older bool

	facts []string // names of the facts that it is about, old and new
}

// A Result has the findings of Breaking.
type Result struct {
	Findings []Finding // not waived, by place
	Waived   []Finding
	Unused   []Waiver // without a finding; of the asked categories only
}

// Breaking compares the lock with a schema. Only findings of the categories
// count, or all if none are given.
func (l *Lock) Breaking(s *spec.Schema, only []Category) Result {
	var result Result
	used := map[string]bool{}
	for _, f := range compare(l.Facts, shape(s)) {
		key := f.Rule.ID + " " + f.Path
		switch waived := slices.ContainsFunc(l.Waivers, func(w Waiver) bool { return w.Rule+" "+w.Path == key }); {
		case !f.Rule.in(only):
		case waived:
			used[key] = true
			result.Waived = append(result.Waived, f)
		default:
			result.Findings = append(result.Findings, f)
		}
	}
	for _, w := range l.Waivers {
		if !used[w.Rule+" "+w.Path] && Find(w.Rule).in(only) {
			result.Unused = append(result.Unused, w)
		}
	}
	return result
}

// compare returns all breaks between the old facts and the new shape, by
// place.
func compare(old map[string]string, now *schemaShape) []Finding {
	c := &comparer{old: old, now: now, found: map[string]bool{}}
	for _, change := range stored.Diff(storedFacts(old), storedFacts(now.facts)) {
		path := storedPath(change, now)
		f := c.add(change.Rule, path, change.Facts, "%s", change.Text)
		f.Newer, f.Older = change.Newer, change.Older
	}
	for _, name := range slices.Sorted(maps.Keys(old)) {
		c.fact(name)
	}
	for name := range now.facts {
		c.added(name)
	}
	slices.SortFunc(c.findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Col, b.Pos.Col),
			cmp.Compare(a.Path, b.Path), cmp.Compare(a.Rule.ID, b.Rule.ID))
	})
	return c.findings
}

// storedPath returns the path of a change of stored facts.
func storedPath(c stored.Change, now *schemaShape) string {
	f := parseName(c.Facts[0])
	switch {
	case f.kind == "enum":
		return f.about + "." + f.item
	case f.kind == "name":
		return "messages." + f.about + "." + now.facts[c.Facts[0]]
	case f.kind == "field":
		return "messages." + f.about + "." + f.item
	case f.kind == "inverse":
		return "families." + f.about + ".inverse"
	case strings.HasPrefix(c.Rule, "ID_"):
		return "families." + f.about + ".id"
	case strings.HasPrefix(c.Rule, "FAMILY_"):
		return "families." + f.about
	}
	return "families." + f.about + ".value"
}

// comparer collects findings.
type comparer struct {
	old      map[string]string
	now      *schemaShape
	findings []Finding
	found    map[string]bool // facts that findings are about
}

func (c *comparer) add(rule, path string, facts []string, format string, args ...any) *Finding {
	for _, name := range facts {
		c.found[name] = true
	}
	pos := c.now.place(path)
	if strings.HasSuffix(rule, "_RETIRED") || rule == "RETIREMENT_REMOVED" {
		pos = c.now.place("retired")
	}
	c.findings = append(c.findings, Finding{Rule: Find(rule), Path: path, Pos: pos, Text: fmt.Sprintf(format, args...), facts: facts})
	return &c.findings[len(c.findings)-1]
}

// fact compares a fact of the old shape, on which stores do not depend, with
// the new shape. Parts of a removed family or message are skipped.
func (c *comparer) fact(name string) {
	was := c.old[name]
	is, ok := c.now.facts[name]
	f := parseName(name)
	if ok && is == was || c.found[name] {
		return
	}
	change := func(rule, path, format string, args ...any) { c.add(rule, path, []string{name}, format, args...) }
	switch f.kind {
	case "package":
		finding := c.add("PACKAGE_RENAMED", "package", []string{name}, "the package %s is now %s", was, is)
		finding.Newer, finding.Older = true, true
	case "retired-family":
		change("RETIREMENT_REMOVED", "families."+f.about, "the family %s is not retired any more", f.about)
	case "retired-field":
		change("RETIREMENT_REMOVED", "messages."+f.about+"."+f.item, "the field %s of %s is not retired any more", f.item, f.about)
	case "go-name":
		c.goName(name, f.about, was, is, ok)
	case "field-name":
		c.fieldName(name, f.about, f.item, was, is, ok)
	case "field-go-name":
		c.fieldGoName(name, f)
	case "value":
		c.enumValue(name, f.about, f.item, was, is, ok)
	case "type":
		c.goType(name, f.about, was, is, ok)
	case "secret":
		if c.there("type", f.about) {
			change("SECRET_REMOVED", f.about, "%s is not secret any more", f.about)
		}
	default:
		c.familyFact(name, f, was, is)
	}
}

// familyFact compares a fact of a family that both sides have.
func (c *comparer) familyFact(name string, f named, was, is string) {
	if !c.there("accessor", f.about) {
		return
	}
	path := "families." + f.about
	switch f.kind {
	case "accessor":
		c.add("ACCESSOR_CHANGED", path, []string{name}, "the accessor %s is now %s", was, is)
	case "scan":
		c.add("SCAN_REMOVED", path+".scan."+f.item, []string{name}, "the method %s is gone", f.item)
	case "id":
		if !c.at(path + ".id") {
			c.add("ID_PART_RENAMED", path+".id", []string{name}, "the fields %s of the id are now %s", was, is)
		}
	}
}

// goName compares the Go name of a family or a message, or finds it gone.
func (c *comparer) goName(name, path, was, is string, ok bool) {
	kind, owner, _ := strings.Cut(path, ".")
	switch {
	case ok:
		c.add("GO_NAME_CHANGED", path, []string{name}, "the Go name %s is now %s", was, is)
	case kind == "messages":
		c.add("MESSAGE_REMOVED", path, []string{name}, "the message %s is gone", owner)
	case !c.found[factName("family", owner)]:
		c.add("FAMILY_REMOVED", path, []string{name}, "the family %s is gone", owner)
	}
}

// fieldName compares the name of a field, or finds it gone.
func (c *comparer) fieldName(name, message, number, was, is string, ok bool) {
	path := "messages." + message + "." + number
	moved := c.found[factName("name", message, was)] || c.found[factName("name", message, is)]
	switch {
	case !c.there("go-name", "messages."+message) || moved:
	case ok:
		c.add("FIELD_RENAMED", path, []string{name, factName("name", message, is)}, "the field %s is now %s", was, is)
	case !c.found[factName("field", message, number)]:
		c.add("FIELD_REMOVED", path, []string{name}, "the field %s is gone", was)
	}
}

// fieldGoName finds a field that both sides have under two Go names. A side
// without the fact derives it from the field's name.
func (c *comparer) fieldGoName(name string, f named) {
	released := factName("field-name", f.about, f.item)
	was, is := cmp.Or(c.old[name], spec.GoName(c.old[released])), cmp.Or(c.now.facts[name], spec.GoName(c.now.facts[released]))
	if was != "" && is != "" && was != is {
		path := "messages." + f.about + "." + f.item
		c.add("FIELD_GO_NAME_CHANGED", path, []string{name}, "the field %s is now %s in Go", was, is)
	}
}

// enumValue compares the name of an enum's number, or finds it gone.
func (c *comparer) enumValue(name, owner, number, was, is string, ok bool) {
	fact := func(value string) string { return factName("enum", owner, value) }
	switch {
	case c.found[fact(was)] || ok && c.found[fact(is)] || !c.isEnum(owner):
	case ok:
		c.add("ENUM_VALUE_RENAMED", owner+"."+is, []string{name, fact(is)}, "the value %s is now %s", was, is)
	default:
		c.add("ENUM_VALUE_REMOVED", owner+"."+was, []string{name}, "the value %s (%s) is gone", was, number)
	}
}

// isEnum reports whether a field or a value is still an enum or made of one.
func (c *comparer) isEnum(owner string) bool {
	return strings.Contains(c.now.facts[factName("type", owner)]+c.now.facts[factName("type", owner+".value")], "enum")
}

// goType compares types that differ in Go only.
func (c *comparer) goType(name, path, was, is string, ok bool) {
	if ok && !c.at(path) {
		c.add("GO_TYPE_CHANGED", path, []string{name}, "the type %s is now %s", was, is)
	}
}

// added finds the breaks in a fact that only the new shape has.
func (c *comparer) added(name string) {
	if _, known := c.old[name]; known {
		return
	}
	f := parseName(name)
	switch f.kind {
	case "name":
		c.fieldBack(name, f)
	case "field-go-name":
		c.fieldGoName(name, f)
	case "enum":
		c.enumBack(name, f)
	case "secret":
		c.secretAdded(name, f.about)
	}
}

// fieldBack finds a field with the number of a removed field of another name.
func (c *comparer) fieldBack(name string, f named) {
	message, is, number := f.about, f.item, c.now.facts[name]
	released, retired := c.was("field-name", message, number), c.was("retired-field", message, number)
	typed := c.was("field", message, number)
	was := c.remembered("name", message, number)
	if released || retired || !typed && was == "" {
		return
	}
	c.add("FIELD_NUMBER_REUSED", "messages."+message+"."+number, []string{name, factName("field-name", message, number)},
		"the number %s of %s, which %s had, is now %s", number, message, cmp.Or(was, "another field"), is)
}

// enumBack finds an enum value with the number of a removed value.
func (c *comparer) enumBack(name string, f named) {
	owner, is, number := f.about, f.item, c.now.facts[name]
	was := c.remembered("enum", owner, number)
	if c.was("value", owner, number) || was == "" {
		return
	}
	c.add("ENUM_NUMBER_REUSED", owner+"."+is, []string{name, factName("value", owner, number)},
		"the number %s, which %s had, is now %s", number, was, is)
}

// secretAdded finds a field or family that was there and was not secret.
func (c *comparer) secretAdded(name, path string) {
	if c.was("type", path) || strings.HasPrefix(path, "families.") && c.was("type", path+".value") {
		c.add("SECRET_ADDED", path, []string{name}, "%s is now secret", path)
	}
}

// remembered returns the names that old facts of stores give to a number,
// empty if there are none.
func (c *comparer) remembered(kind, about, number string) string {
	var names []string
	for fact, n := range c.old {
		if f := parseName(fact); f.kind == kind && f.about == about && n == number {
			names = append(names, f.item)
		}
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// at reports whether there is a break of stored bytes at the path.
func (c *comparer) at(path string) bool {
	return slices.ContainsFunc(c.findings, func(f Finding) bool { return f.Path == path && f.Rule.in([]Category{Stored}) })
}

// there reports whether the new shape has a fact about the path.
func (c *comparer) there(kind, path string) bool {
	_, ok := c.now.facts[factName(kind, path)]
	if kind == "type" && !ok {
		_, ok = c.now.facts[factName(kind, path+".value")]
	}
	return ok
}

// was reports whether the old shape has a fact.
func (c *comparer) was(kind string, about ...string) bool {
	_, ok := c.old[factName(kind, about...)]
	return ok
}

// A named is the name of a fact in pieces.
type named struct{ kind, about, item string }

func parseName(name string) named {
	kind, rest, _ := strings.Cut(name, " ")
	about, item, _ := strings.Cut(rest, " ")
	return named{kind, about, item}
}
