package spec

import (
	"maps"
	"slices"
	"strings"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func (c *checker) allFamilies(n *node) {
	if !c.is(n, mapping, "families") {
		return
	}
	if len(n.entries) == 0 {
		c.fail(n.pos, "families is empty")
	}
	first := map[string]Position{}
	for _, e := range n.entries {
		name := e.key.text
		if pos, ok := first[name]; ok {
			c.again(e.key.pos, pos, "the family %s is declared twice", quoteShort(name))
			continue
		}
		first[name] = e.key.pos
		c.schema.Families = append(c.schema.Families, c.family(e))
	}
}

func (c *checker) family(e entry) *Family {
	f := &Family{Name: e.key.text, Pos: e.key.pos}
	if strings.HasPrefix(f.Name, "_") {
		c.fail(f.Pos, "families that begin with _ are the store's own").hint("choose another name")
	} else if c.kebab(e.key, "the family") {
		f.GoName = goName(f.Name)
	}
	m, ok := c.entries(e.value, "the family "+quoteShort(f.Name), familyKeys, "accessor", "id", "value")
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

func (c *checker) familyNames(f *Family, m map[string]*node) {
	if n := m["name"]; n != nil {
		if _, ok := c.text(n, "the Go name"); ok && c.exported(n, "the Go name") {
			f.GoName = n.text
		}
	}
	n := m["accessor"]
	if _, ok := c.text(n, "the accessor"); !ok || !c.exported(n, "the accessor") {
		return
	}
	if f.Accessor = n.text; reservedMethods[f.Accessor] {
		c.fail(n.pos, "the accessor %s is a method that every repository has", f.Accessor).hint("choose another name, like %sRecords", f.GoName)
		f.Accessor = ""
	}
}

// value reads the type of a family's values.
func (c *checker) value(f *Family, n *node) {
	if n == nil {
		return
	}
	if n.shape == mapping {
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
		c.fail(n.pos, "a family's value is never optional: what is absent is not in the family").hint("leave optional out")
	case t.Secret:
		c.fail(n.pos, "the secrecy of a whole value is a matter of the family").hint("write secret: true below the family")
	}
	t.Secret = f.Secret && t.Kind == Bytes
}

// secrecy reports families whose values would be printed although they are
// secret, and secret bytes in families that are not. It runs when all messages
// are known.
func (c *checker) secrecy() {
	memo := map[*MessageType]bool{}
	for _, f := range c.schema.Families {
		if f.Value == nil || f.Value.Kind == Go {
			continue
		}
		switch hidden := f.Value.hides(memo); {
		case f.Secret && !hidden:
			c.fail(f.Pos, "the family %s is secret, but its values would be printed in clear", f.Name).
				hint("its value must be bytes, or hold a message with a secret field")
		case !f.Secret && hidden:
			c.fail(f.Pos, "the family %s holds secret bytes and is not secret", f.Name).hint("add secret: true")
		}
	}
}

// hides reports whether a type is or holds secret bytes.
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
func (c *checker) inverse(f *Family, n *node) {
	if n == nil {
		return
	}
	text, ok := c.text(n, "the inverse")
	if !ok {
		return
	}
	suffix, ok := strings.CutPrefix(text, "{value}")
	if !ok || suffix == "" || strings.ContainsAny(suffix, "{}") || c.literal(n, len("{value}"), suffix) == 0 {
		c.fail(n.pos, "%s is not the text of an inverse row", quoteShort(text)).hint(`write "{value}" and an ending that no id has: "{value}_reverse"`)
		return
	}
	f.Inverse = &Inverse{Suffix: suffix, Pos: n.pos}
	if k := f.ID; len(k.Parts) > 0 && (k.Parts[0].Name != bareName || k.Parts[0].Kind != String) {
		c.fail(n.pos, "a family with an inverse needs an id that is just a string").hint("write id: string")
	}
	if f.Value != nil && f.Value.Kind != String {
		c.fail(n.pos, "a family with an inverse needs a value that is a string").hint("write value: string")
	}
}
