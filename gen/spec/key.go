package spec

import (
	"slices"
	"strings"
)

// keyTypes are the types that a key or a part of one can have.
var keyTypes = []string{"string", "int32", "int64", "uint32", "uint64"}

// reservedParts are the words that cannot name a part, because the mapping of
// a key needs them or will.
var reservedParts = []string{"text", "doc", "go", "value"}

// bareName is the name of the one part of a key that is just a type.
const bareName = "key"

// key reads a type, or the mapping with the text and its parts.
func (c *checker) key(f *Family, n *node) {
	if n == nil {
		return
	}
	f.Key.Pos = n.pos
	if n.shape == scalar {
		if p := c.partType(n, &Part{Name: bareName, GoName: "Key", Param: "key", Pos: n.pos}); p != nil {
			f.Key.Parts, f.Key.Template = []*Part{p}, []Segment{{Part: p}}
		}
		return
	}
	if !c.is(n, mapping, "the key") {
		return
	}
	m := c.distinctEntries(n, "the key")
	parts, whole := c.parts(n)
	text, ok := m["text"], true
	if text == nil {
		c.fail(n.pos, "the key has no text").hint(`add text: "{name}.{device}", the form in which keys are stored`)
		return
	}
	if _, ok = c.text(text, "the text of the key"); !ok {
		return
	}
	if segments := c.template(text, parts); segments != nil && whole {
		f.Key.Template = segments
		c.placed(f, parts)
	}
}

// parts reads the parts of a key by name; whole is false if one was reported.
func (c *checker) parts(n *node) (parts map[string]*Part, whole bool) {
	parts, whole = map[string]*Part{}, true
	goNames := map[string]*Part{}
	for _, e := range n.entries {
		name := e.key.text
		if name == "text" || parts[name] != nil {
			continue
		}
		p := c.part(e)
		if p == nil {
			whole = false
			p = &Part{Name: name, Pos: e.key.pos}
		} else if other := goNames[p.GoName]; other != nil {
			whole = false
			c.again(p.Pos, other.Pos, "the parts %s and %s are both %s in Go", other.Name, name, p.GoName)
		}
		parts[name], goNames[p.GoName] = p, p
	}
	return parts, whole
}

// part reads one "name: type"; nil was reported.
func (c *checker) part(e entry) *Part {
	name := e.key.text
	if slices.Contains(reservedParts, name) {
		c.fail(e.key.pos, "%s is a word of the grammar and cannot name a part of a key", name).hint("choose another name")
		return nil
	}
	if !c.snake(e.key, "the part") || c.keyword(e.key, "the part") {
		return nil
	}
	p := &Part{Name: name, GoName: goName(name), Param: paramName(name), Pos: e.key.pos}
	if reservedFields[p.GoName] {
		c.fail(p.Pos, "the part %s would be %s in Go, which is a method of keys", name, p.GoName).hint("choose another name")
		return nil
	}
	typ := e.value
	if typ.shape == mapping {
		m, _ := c.entries(typ, "the part "+name, partKeys, "type")
		p.Doc, typ = c.doc(m["doc"]), m["type"]
	}
	if _, ok := c.text(typ, "the type of the part "+name); !ok {
		return nil
	}
	return c.partType(typ, p)
}

// partType reads "uint32" or "uint32 ordered" into p.
func (c *checker) partType(n *node, p *Part) *Part {
	name, rest, _ := strings.Cut(n.text, " ")
	rest = strings.TrimSpace(rest)
	if !slices.Contains(keyTypes, name) {
		d := c.fail(n.pos, "a key cannot have the type %s", quoteShort(n.text))
		switch d.didYouMean(name, keyTypes); {
		case d.Hint != "":
		case foreign[name] != "" && strings.Contains(foreign[name], "int"):
			d.hint("%s", foreign[name])
		default:
			d.hint("the types of keys are %s; several of them make a key with text:", strings.Join(keyTypes, ", "))
		}
		return nil
	}
	p.Kind, p.Ordered = scalarKinds[name], rest == "ordered"
	switch {
	case rest != "" && rest != "ordered":
		c.fail(c.within(n, len(name)+1), "%s does not belong to the type of a key", quoteShort(rest)).didYouMean(rest, []string{"ordered"})
		return nil
	case p.Ordered && p.Kind != Uint32 && p.Kind != Uint64:
		c.fail(c.within(n, len(name)+1), "%s cannot be ordered", name).hint("only uint32 and uint64 have a fixed width in which byte order is number order; strings are ordered as they are")
		return nil
	}
	return p
}

// template reads the text of a key; nil was reported.
func (c *checker) template(n *node, parts map[string]*Part) []Segment {
	var segments []Segment
	for i := 0; i < len(n.text); {
		segment, size := c.segment(n, i, parts)
		if size == 0 {
			return nil
		}
		segments = append(segments, segment)
		i += size
	}
	return segments
}

// segment reads the literal or the part at offset i and answers its length in
// the text, 0 if it was reported.
func (c *checker) segment(n *node, i int, parts map[string]*Part) (Segment, int) {
	text := n.text[i:]
	if text[0] != '{' {
		size := strings.IndexByte(text, '{')
		if size < 0 {
			size = len(text)
		}
		return Segment{Literal: text[:size]}, c.literal(n, i, text[:size])
	}
	end := strings.IndexByte(text, '}')
	if end < 0 {
		c.fail(c.within(n, i), "this { has no }").hint("a part of a key is written {name}")
		return Segment{}, 0
	}
	name := text[1:end]
	if p := parts[name]; p != nil {
		return Segment{Part: p}, end + 1
	}
	d := c.fail(c.within(n, i+1), "the key has no part %s", quoteShort(name))
	names := make([]string, 0, len(parts))
	for name := range parts {
		names = append(names, name)
	}
	slices.Sort(names)
	if d.didYouMean(name, names); d.Hint == "" && snakeName.MatchString(name) {
		d.hint("add its type below text, like %s: string", name)
	}
	return Segment{}, 0
}

// literal checks the text between parts and answers its length.
func (c *checker) literal(n *node, i int, text string) int {
	for j := range len(text) {
		if text[j] < ' ' || text[j] > '~' || text[j] == '}' {
			what := "this is not printable ASCII"
			if text[j] == '}' {
				what = "this } has no {"
			}
			c.fail(c.within(n, i+j), "%s", what).hint("between the parts of a key stand printable ASCII characters other than { and }")
			return 0
		}
	}
	return len(text)
}

// placed proves that no two keys have one text: between two parts stands a
// literal, no string part can contain a byte of the literal that ends it, and
// no number can be longer than it is.
func (c *checker) placed(f *Family, parts map[string]*Part) {
	text := f.Key.Pos
	used := map[*Part]bool{}
	for i, s := range f.Key.Template {
		p := s.Part
		if p == nil {
			continue
		}
		if used[p] {
			c.fail(text, "the part %s stands twice in the text of the key", p.Name)
		}
		used[p] = true
		f.Key.Parts = append(f.Key.Parts, p)
		if i+1 < len(f.Key.Template) {
			c.ends(p, f.Key.Template[i+1])
		}
	}
	if len(parts) == 0 {
		c.fail(text, "the key has no parts, so it could hold one record").hint(`write a part into its text and its type below: text: "{name}"`)
	}
	for _, name := range sortedKeys(parts) {
		if p := parts[name]; !used[p] {
			c.fail(p.Pos, "the part %s is missing in the text of the key", name).hint("write {%s} where it belongs", name)
		}
	}
}

// ends checks that what follows a part shows where it ends.
func (c *checker) ends(p *Part, next Segment) {
	switch {
	case next.Part != nil:
		c.fail(p.Pos, "nothing stands between the parts %s and %s, so keys would be ambiguous", p.Name, next.Part.Name).
			hint("put a literal between them: {%s}.{%s}", p.Name, next.Part.Name)
	case p.Kind == String:
		p.Forbidden = next.Literal
	case p.Ordered:
	case strings.IndexByte("-0123456789", next.Literal[0]) >= 0 && (next.Literal[0] != '-' || p.Kind == Int32 || p.Kind == Int64):
		c.fail(p.Pos, "%s follows the number %s, so its end would not show", next.Literal[:1], p.Name).
			hint("begin the literal after {%s} with another character", p.Name)
	}
}

// scans reads the list of parts that records can be found by.
func (c *checker) scans(f *Family, n *node) {
	if n == nil || !c.is(n, sequence, "scan") {
		return
	}
	seen := map[string]Position{}
	for _, item := range n.items {
		name, ok := c.text(item, "an entry of scan")
		if !ok {
			continue
		}
		if first, twice := seen[name]; twice {
			c.again(item.pos, first, "scan names %s twice", quoteShort(name))
			continue
		}
		seen[name] = item.pos
		c.scan(f, item)
	}
}

func (c *checker) scan(f *Family, n *node) {
	parts := f.Key.Parts
	if len(parts) == 0 {
		return // the key was reported
	}
	at := slices.IndexFunc(parts, func(p *Part) bool { return p.Name == n.text })
	switch {
	case len(parts) == 1:
		c.fail(n.pos, "a key of one part has nothing to scan by").hint("leave scan out: All gives every record")
	case at < 0:
		names := make([]string, len(parts))
		for i, p := range parts {
			names[i] = p.Name
		}
		c.fail(n.pos, "the key has no part %s", quoteShort(n.text)).didYouMean(n.text, names)
	case at == len(parts)-1:
		c.fail(n.pos, "%s is the last part, so a scan by it finds one record", n.text).hint("leave it out: Get gives that record")
	default:
		f.Scans = append(f.Scans, Scan{
			GoName: "Of" + parts[at].GoName, Parts: parts[:at+1], Prefix: f.Key.prefix(parts[at]), Pos: n.pos,
		})
	}
}

// prefix is the template up to and with the literal after p.
func (k *Key) prefix(p *Part) []Segment {
	at := slices.IndexFunc(k.Template, func(s Segment) bool { return s.Part == p })
	return k.Template[:min(at+2, len(k.Template))]
}
