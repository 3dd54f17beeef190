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
	Pos  spec.Position // in the new families.yaml; of what is gone, where it was part of
	Text string        // what has changed
	// Newer says that the new code is refused by a store that the old has opened,
	// Older the reverse.
	Newer, Older bool

	facts []string // the facts of either side that it is about
}

// A Result is what Breaking found.
type Result struct {
	Findings []Finding // not waived, by place
	Waived   []Finding
	Unused   []Waiver // of the asked categories, without a finding
}

// Breaking compares the lock with a schema. Only findings of the categories count,
// or all if none are given.
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

// compare answers all breaks from the old facts to the new shape, by place.
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

// storedPath is the path of what a change of stored facts is about.
func storedPath(c stored.Change, now *schemaShape) string {
	word := strings.Split(c.Facts[0], " ")
	switch {
	case word[0] == "enum":
		return word[1] + "." + word[2]
	case word[0] == "name":
		return "messages." + word[1] + "." + now.facts[c.Facts[0]]
	case word[0] == "field":
		return "messages." + word[1] + "." + word[2]
	case word[0] == "inverse":
		return "families." + word[1] + ".inverse"
	case strings.HasPrefix(c.Rule, "ID_"):
		return "families." + word[1] + ".id"
	case strings.HasPrefix(c.Rule, "FAMILY_"):
		return "families." + word[1]
	}
	return "families." + word[1] + ".value"
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

// fact compares one fact of the old shape with the new one, as far as stores do
// not depend on it. What something bigger that is gone was made of is passed over.
func (c *comparer) fact(name string) {
	was := c.old[name]
	is, ok := c.now.facts[name]
	word := append(strings.Split(name, " "), "", "")
	kind, about := word[0], word[1]
	if ok && is == was || c.found[name] {
		return
	}
	change := func(rule, path, format string, args ...any) { c.add(rule, path, []string{name}, format, args...) }
	switch kind {
	case "package":
		f := c.add("PACKAGE_RENAMED", "package", []string{name}, "the package %s is now %s", was, is)
		f.Newer, f.Older = true, true
	case "retired-family":
		change("RETIREMENT_REMOVED", "families."+about, "the family %s is not retired any more", about)
	case "retired-field":
		change("RETIREMENT_REMOVED", "messages."+about+"."+word[2], "the field %s of %s is not retired any more", word[2], about)
	case "go-name":
		c.goName(name, about, was, is, ok)
	case "field-name":
		c.fieldName(name, about, word[2], was, is, ok)
	case "value":
		c.enumValue(name, about, word[2], was, is, ok)
	case "type":
		c.goType(name, about, was, is, ok)
	case "secret":
		if c.there("type", about) {
			change("SECRET_REMOVED", about, "%s is not secret any more", about)
		}
	default:
		c.familyFact(name, kind, about, word[2], was, is)
	}
}

// familyFact compares a fact of a family that both sides have.
func (c *comparer) familyFact(name, kind, family, part, was, is string) {
	if _, ok := c.now.facts["accessor "+family]; !ok {
		return
	}
	path := "families." + family
	switch kind {
	case "accessor":
		c.add("ACCESSOR_CHANGED", path, []string{name}, "the accessor %s is now %s", was, is)
	case "scan":
		c.add("SCAN_REMOVED", path+".scan."+part, []string{name}, "the method %s is gone", part)
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
	case !c.found["family "+owner]:
		c.add("FAMILY_REMOVED", path, []string{name}, "the family %s is gone", owner)
	}
}

// fieldName compares the name of a field, or finds it gone.
func (c *comparer) fieldName(name, message, number, was, is string, ok bool) {
	path := "messages." + message + "." + number
	moved := c.found["name "+message+" "+was] || c.found["name "+message+" "+is]
	switch {
	case !c.there("go-name", "messages."+message) || moved:
	case ok:
		c.add("FIELD_RENAMED", path, []string{name, "name " + message + " " + is}, "the field %s is now %s", was, is)
	case !c.found["field "+message+" "+number]:
		c.add("FIELD_REMOVED", path, []string{name}, "the field %s is gone", was)
	}
}

// enumValue compares the name of an enum's number, or finds it gone.
func (c *comparer) enumValue(name, owner, number, was, is string, ok bool) {
	fact := "enum " + owner + " "
	switch {
	case c.found[fact+was] || ok && c.found[fact+is] || !c.isEnum(owner):
	case ok:
		c.add("ENUM_VALUE_RENAMED", owner+"."+is, []string{name, fact + is}, "the value %s is now %s", was, is)
	default:
		c.add("ENUM_VALUE_REMOVED", owner+"."+was, []string{name}, "the value %s (%s) is gone", was, number)
	}
}

// isEnum reports whether a field or a value is still an enum or made of one.
func (c *comparer) isEnum(owner string) bool {
	return strings.Contains(c.now.facts["type "+owner]+c.now.facts["type "+owner+".value"], "enum")
}

// goType compares types that stores take for one.
func (c *comparer) goType(name, path, was, is string, ok bool) {
	if ok && !c.at(path) {
		c.add("GO_TYPE_CHANGED", path, []string{name}, "the type %s is now %s", was, is)
	}
}

// added finds breaks in what only the new shape has.
func (c *comparer) added(name string) {
	if _, known := c.old[name]; known {
		return
	}
	kind, path, _ := strings.Cut(name, " ")
	switch kind {
	case "name":
		c.fieldBack(name)
	case "enum":
		c.enumBack(name)
	}
	owner := path
	if strings.HasPrefix(path, "families.") {
		owner += ".value"
	}
	if _, known := c.old["type "+owner]; kind == "secret" && known {
		c.add("SECRET_ADDED", path, []string{name}, "%s is now secret", path)
	}
}

// fieldBack finds a field with the number of one that is gone and had another name.
func (c *comparer) fieldBack(name string) {
	word := strings.Split(name, " ")
	message, is, number := word[1], word[2], c.now.facts[name]
	_, released := c.old["field-name "+message+" "+number]
	_, retired := c.old["retired-field "+message+" "+number]
	_, typed := c.old["field "+message+" "+number]
	was := c.remembered("name "+message+" ", number)
	if released || retired || !typed && was == "" {
		return
	}
	c.add("FIELD_NUMBER_REUSED", "messages."+message+"."+number, []string{name, "field-name " + message + " " + number},
		"the number %s of %s, which %s had, is now %s", number, message, cmp.Or(was, "another field"), is)
}

// enumBack finds a value of an enum with the number of one that is gone.
func (c *comparer) enumBack(name string) {
	word := strings.Split(name, " ")
	owner, is, number := word[1], word[2], c.now.facts[name]
	_, released := c.old["value "+owner+" "+number]
	was := c.remembered("enum "+owner+" ", number)
	if released || was == "" {
		return
	}
	c.add("ENUM_NUMBER_REUSED", owner+"."+is, []string{name, "value " + owner + " " + number},
		"the number %s, which %s had, is now %s", number, was, is)
}

// remembered are the names that old facts of stores give to a number, empty if none does.
func (c *comparer) remembered(start, number string) string {
	var names []string
	for fact, n := range c.old {
		if name, ok := strings.CutPrefix(fact, start); ok && n == number {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// at reports whether stores know of a break at the path.
func (c *comparer) at(path string) bool {
	return slices.ContainsFunc(c.findings, func(f Finding) bool { return f.Path == path && f.Rule.in([]Category{Stored}) })
}

// there reports whether the new shape has a fact about the path.
func (c *comparer) there(kind, path string) bool {
	_, ok := c.now.facts[kind+" "+path]
	if kind == "type" && !ok {
		_, ok = c.now.facts[kind+" "+path+".value"]
	}
	return ok
}
