package spec

import (
	"maps"
	"slices"
	"strings"

	"github.com/keyfam/keyfam/gen/yaml"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func (c *checker) allFamilies(n *yaml.Node) {
	if !c.is(n, yaml.Mapping, "families") {
		return
	}
	if len(n.Entries) == 0 {
		c.Fail(n.Pos, "families is empty")
	}
	first := map[string]Position{}
	for _, e := range n.Entries {
		name := e.Key.Text
		if pos, ok := first[name]; ok {
			c.Again(e.Key.Pos, pos, "the family %s is declared twice", quoteShort(name))
			continue
		}
		first[name] = e.Key.Pos
		c.schema.Families = append(c.schema.Families, c.family(e))
	}
}

func (c *checker) family(e yaml.Entry) *Family {
	f := &Family{Name: e.Key.Text, Pos: e.Key.Pos}
	if strings.HasPrefix(f.Name, "_") {
		c.Fail(f.Pos, "families that begin with _ are the store's own").Hintf("choose another name")
	} else if c.kebab(e.Key, "the family") {
		f.GoName = goName(f.Name)
	}
	m, ok := c.entries(e.Value, "the family "+quoteShort(f.Name), familyKeys, "accessor", "id", "value")
	if !ok {
		return f
	}
	c.familyNames(f, m)
	f.Doc = c.doc(m["doc"])
	f.Secret = c.flag(m["secret"], "secret")
	c.id(f, m["id"])
	c.value(f, m["value"])
	c.scans(f, m["scan"])
	c.inverse(f, m["inverse"])
	return f
}

func (c *checker) familyNames(f *Family, m map[string]*yaml.Node) {
	if n := m["name"]; n != nil {
		if _, ok := c.text(n, "the Go name"); ok && c.exported(n, "the Go name") {
			f.GoName = n.Text
		}
	}
	n := m["accessor"]
	if _, ok := c.text(n, "the accessor"); !ok || !c.exported(n, "the accessor") {
		return
	}
	if f.Accessor = n.Text; reservedMethods[f.Accessor] {
		c.Fail(n.Pos, "the accessor %s is a method that every repository has", f.Accessor).Hintf("choose another name, like %sRecords", f.GoName)
		f.Accessor = ""
	}
}

// value reads the type of a family's values.
func (c *checker) value(f *Family, n *yaml.Node) {
	if n == nil {
		return
	}
	if n.Shape == yaml.Mapping {
		if i := slices.IndexFunc(n.Entries, func(e yaml.Entry) bool { return e.Key.Text == "fields" }); i >= 0 {
			c.Fail(n.Entries[i].Key.Pos, "a value has no fields of its own").Hintf("declare a message under messages: and write its name here")
			return
		}
		if m, ok := c.entries(n, "the value", []string{"go"}, "go"); ok && m["go"] != nil {
			f.Value = c.goType(m["go"])
		}
		return
	}
	if _, ok := c.text(n, "the value"); !ok {
		return
	}
	t := c.readType(n, 0, f.GoName+"Value")
	if t == nil {
		return
	}
	f.Value = t
	switch {
	case t.Optional:
		c.Fail(n.Pos, "a family's value is never optional: an absent record is not in the family").Hintf("leave optional out")
	case t.Secret:
		c.Fail(n.Pos, "only the family makes its values secret").Hintf("write secret: true below the family")
	}
	t.Secret = f.Secret && t.Kind.IsScalar() && t.Kind.Scalar().Secret
}

// secrecy reports secret families whose values would be printed, and other
// families with secrets. It runs when all messages are known.
func (c *checker) secrecy() {
	memo := map[*MessageType]bool{}
	for _, f := range c.schema.Families {
		if f.Value == nil || f.Value.Kind == Go {
			continue
		}
		switch hidden := f.Value.hides(memo); {
		case f.Secret && !hidden:
			c.Fail(f.Pos, "the family %s is secret, but its values would be printed in clear", f.Name).
				Hintf("its value must be a string or bytes, or hold a message with a secret field")
		case !f.Secret && hidden:
			c.Fail(f.Pos, "the family %s holds secrets and is not secret", f.Name).Hintf("add secret: true")
		}
	}
}

// hides reports whether a type is or holds a secret.
func (t *Type) hides(memo map[*MessageType]bool) bool {
	if t == nil || t.Secret {
		return t != nil
	}
	r := t.messageOf()
	if r == nil {
		return false
	}
	known, seen := memo[r]
	if seen {
		return known
	}
	memo[r] = false // ends the walk in cyclic messages, which are reported elsewhere
	for _, f := range r.Fields {
		if f.Type.hides(memo) {
			memo[r] = true
			break
		}
	}
	return memo[r]
}

// inverse reads "{value}_reverse".
func (c *checker) inverse(f *Family, n *yaml.Node) {
	if n == nil {
		return
	}
	text, ok := c.text(n, "the inverse")
	if !ok {
		return
	}
	suffix, ok := strings.CutPrefix(text, "{value}")
	if !ok || suffix == "" || strings.ContainsAny(suffix, "{}") || c.literal(n, len("{value}"), suffix) == 0 {
		c.Fail(n.Pos, "%s is not the text of an inverse row", quoteShort(text)).Hintf(`write "{value}" and an ending that no id has: "{value}_reverse"`)
		return
	}
	f.Inverse = &Inverse{Suffix: suffix, Pos: n.Pos}
	if k := f.ID; len(k.Parts) > 0 && (k.Parts[0].Name != bareName || k.Parts[0].Kind != String) {
		c.Fail(n.Pos, "a family with an inverse needs an id that is just a string").Hintf("write id: string")
	}
	if f.Secret {
		c.Fail(n.Pos, "a secret family cannot have an inverse: its values would be in ids, which are printed").Hintf("leave one of them out")
	}
	if f.Value != nil && f.Value.Kind != String {
		c.Fail(n.Pos, "a family with an inverse needs a value that is a string").Hintf("write value: string")
	}
}
