package stored

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A Change makes code unable to use what other code stored.
type Change struct {
	Rule  string   // ID_TEXT_CHANGED; famgen explain knows them
	Facts []string // the facts that differ, of either side; the main one first
	Newer bool     // the newer code cannot use what the older stored
	Older bool     // the older code cannot use what the newer stored
	Text  string   // family session was … and is now …
}

// Diff returns the changes from old to mine, ascending by their main facts.
// Other differences stop neither side.
func Diff(old, mine Facts) []Change {
	d := &differ{old: old, mine: mine}
	names := maps.Clone(old)
	maps.Copy(names, mine)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		kind, rest, _ := strings.Cut(name, " ")
		switch kind {
		case "family":
			d.family(rest)
		case "field":
			d.field(rest)
		case "name":
			d.number(name, "FIELD_NUMBER_CHANGED", "field %[2]s of message %[1]s had the number %[3]s and now has %[4]s")
		case "enum":
			d.number(name, "ENUM_NUMBER_CHANGED", "the value %[2]s of the enum %[1]s had the number %[3]s and now has %[4]s")
		}
	}
	return d.changes
}

// Refusal returns the first reason why code with the facts mine cannot use
// what was stored with f, empty if it can.
func (f Facts) Refusal(mine Facts) string {
	for _, c := range Diff(f, mine) {
		if c.Newer {
			return c.Text
		}
	}
	return ""
}

// differ collects changes.
type differ struct {
	old, mine Facts
	changes   []Change
}

func (d *differ) add(c Change, format string, args ...any) {
	c.Text = fmt.Sprintf(format, args...)
	d.changes = append(d.changes, c)
}

// family compares a family that one or both sides have.
func (d *differ) family(name string) {
	fact, retired := "family "+name, "retired-family "+name
	old, known := d.old[fact]
	mine, has := d.mine[fact]
	d.retirement(Change{Facts: []string{fact, retired}}, known, has, "FAMILY", "family "+name)
	if !known || !has {
		return
	}
	oldType, oldID, _ := strings.Cut(old, " ")
	newType, newID, _ := strings.Cut(mine, " ")
	if oldID != newID {
		d.add(Change{Rule: idRule(oldID, newID), Facts: []string{fact}, Newer: true, Older: true},
			"the id of family %s was %s and is now %s", name, oldID, newID)
	}
	for _, c := range types(oldType, newType) {
		c.Facts = []string{fact}
		d.add(c, "the value of family %s was %s and is now %s", name, oldType, newType)
	}
	d.inverse(name)
}

// inverse compares the reverse rows of a family that both sides have.
func (d *differ) inverse(name string) {
	fact := "inverse " + name
	old, had := d.old[fact]
	mine, has := d.mine[fact]
	if old != mine || had != has {
		d.add(Change{Rule: "INVERSE_CHANGED", Facts: []string{fact}, Newer: true, Older: true},
			"family %s has other reverse rows now", name)
	}
}

// field compares a field that one or both sides have.
func (d *differ) field(rest string) {
	message, number, _ := strings.Cut(rest, " ")
	fact, retired := "field "+rest, "retired-field "+rest
	old, known := d.old[fact]
	mine, has := d.mine[fact]
	what := fmt.Sprintf("field %s of message %s", number, message)
	d.retirement(Change{Facts: []string{fact, retired}}, known, has, "FIELD", what)
	switch {
	case known && has:
		for _, c := range types(old, mine) {
			c.Facts = []string{fact}
			d.add(c, "%s was %s and is now %s", what, old, mine)
		}
	case known && d.mine.has("message "+message) && required(old):
		d.add(Change{Rule: "REQUIRED_FIELD_REMOVED", Facts: []string{fact}, Newer: true, Older: true},
			"%s (%s) is required and now missing", what, old)
	case has && d.old.has("message "+message) && required(mine):
		d.add(Change{Rule: "REQUIRED_FIELD_ADDED", Facts: []string{fact}, Newer: true, Older: true},
			"%s (%s) is required and was not there", what, mine)
	}
}

// retirement compares a name in use on one side with a retired one on the
// other.
func (d *differ) retirement(c Change, known, has bool, rule, what string) {
	retired := c.Facts[1]
	switch {
	case has && d.old.has(retired):
		c.Rule, c.Newer = rule+"_REUSED", true
		d.add(c, "%s was retired", what)
	case known && d.mine.has(retired) && !d.old.has(retired):
		c.Rule, c.Older = rule+"_RETIRED", true
		d.add(c, "%s is now retired", what)
	}
}

// number compares the number of a name that both sides have.
func (d *differ) number(fact, rule, format string) {
	old, known := d.old[fact]
	mine, has := d.mine[fact]
	if known && has && old != mine {
		word := strings.Split(fact, " ")
		d.add(Change{Rule: rule, Facts: []string{fact}, Newer: true, Older: true}, format, word[1], word[2], old, mine)
	}
}

func (f Facts) has(name string) bool {
	_, ok := f[name]
	return ok
}
