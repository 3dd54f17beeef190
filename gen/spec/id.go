package spec

import (
	"slices"
	"strings"
)

// idTypes are the types that an id or a part of one can have.
var idTypes = []string{"string", "int32", "int64", "uint32", "uint64"}

// reservedParts are the words that cannot name a part, because the mapping of
// an id needs them or will.
var reservedParts = []string{"text", "doc", "go", "value"}

// bareName is the name of the one part of an id that is just a type.
const bareName = "id"

// id reads a type, or the mapping with the text and its parts.
func (c *checker) id(f *Family, n *node) {
	if n == nil {
		return
	}
	f.ID.Pos = n.pos
	if n.shape == scalar {
		if p := c.partType(n, &Part{Name: bareName, GoName: "ID", Param: "id", Pos: n.pos}); p != nil {
			f.ID.Parts, f.ID.Template = []*Part{p}, []Segment{{Part: p}}
		}
		return
	}
	if !c.is(n, mapping, "the id") {
		return
	}
	m := c.distinctEntries(n, "the id")
	parts, whole := c.parts(n)
	text, ok := m["text"], true
	if text == nil {
		c.fail(n.pos, "the id has no text").hint(`add text: "{name}.{device}", the form in which ids are stored`)
		return
	}
	if _, ok = c.text(text, "the text of the id"); !ok {
		return
	}
	if segments := c.template(text, parts); segments != nil && whole {
		f.ID.Template = segments
		c.placed(f, parts)
	}
}

// parts reads the parts of an id by name; whole is false if one was reported.
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
		c.fail(e.key.pos, "%s is a word of the grammar and cannot name a part of an id", name).hint("choose another name")
		return nil
	}
	if !c.snake(e.key, "the part") || c.keyword(e.key, "the part") {
		return nil
	}
	p := &Part{Name: name, GoName: goName(name), Param: paramName(name), Pos: e.key.pos}
	if reservedFields[p.GoName] {
		c.fail(p.Pos, "the part %s would be %s in Go, which is a method of ids", name, p.GoName).hint("choose another name")
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
	if !slices.Contains(idTypes, name) {
		d := c.fail(n.pos, "an id cannot have the type %s", quoteShort(n.text))
		switch d.didYouMean(name, idTypes); {
		case d.Hint != "":
		case foreign[name] != "" && strings.Contains(foreign[name], "int"):
			d.hint("%s", foreign[name])
		default:
			d.hint("the types of ids are %s; several of them make an id with text:", strings.Join(idTypes, ", "))
		}
		return nil
	}
	p.Kind, p.Ordered = scalarKinds[name], rest == "ordered"
	switch {
	case rest != "" && rest != "ordered":
		c.fail(c.within(n, len(name)+1), "%s does not belong to the type of an id", quoteShort(rest)).didYouMean(rest, []string{"ordered"})
		return nil
	case p.Ordered && p.Kind != Uint32 && p.Kind != Uint64:
		c.fail(c.within(n, len(name)+1), "%s cannot be ordered", name).hint("only uint32 and uint64 have a fixed width in which byte order is number order; strings are ordered as they are")
		return nil
	}
	return p
}

// template reads the text of an id; nil was reported.
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
		c.fail(c.within(n, i), "this { has no }").hint("a part of an id is written {name}")
		return Segment{}, 0
	}
	name := text[1:end]
	if p := parts[name]; p != nil {
		return Segment{Part: p}, end + 1
	}
	d := c.fail(c.within(n, i+1), "the id has no part %s", quoteShort(name))
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
			c.fail(c.within(n, i+j), "%s", what).hint("between the parts of an id stand printable ASCII characters other than { and }")
			return 0
		}
	}
	return len(text)
}

// placed proves that no two ids have one text: between two parts stands a
// literal, no string part can contain a byte of the literal that ends it, and
// no number can be longer than it is.
func (c *checker) placed(f *Family, parts map[string]*Part) {
	text := f.ID.Pos
	used := map[*Part]bool{}
	for i, s := range f.ID.Template {
		p := s.Part
		if p == nil {
			continue
		}
		if used[p] {
			c.fail(text, "the part %s stands twice in the text of the id", p.Name)
		}
		used[p] = true
		f.ID.Parts = append(f.ID.Parts, p)
		if i+1 < len(f.ID.Template) {
			c.ends(p, f.ID.Template[i+1])
		}
	}
	if len(parts) == 0 {
		c.fail(text, "the id has no parts, so it could hold one record").hint(`write a part into its text and its type below: text: "{name}"`)
	}
	for _, name := range sortedKeys(parts) {
		if p := parts[name]; !used[p] {
			c.fail(p.Pos, "the part %s is missing in the text of the id", name).hint("write {%s} where it belongs", name)
		}
	}
}

// ends checks that what follows a part shows where it ends.
func (c *checker) ends(p *Part, next Segment) {
	switch {
	case next.Part != nil:
		c.fail(p.Pos, "nothing stands between the parts %s and %s, so ids would be ambiguous", p.Name, next.Part.Name).
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
	parts := f.ID.Parts
	if len(parts) == 0 {
		return // the id was reported
	}
	at := slices.IndexFunc(parts, func(p *Part) bool { return p.Name == n.text })
	switch {
	case len(parts) == 1:
		c.fail(n.pos, "an id of one part has nothing to scan by").hint("leave scan out: All gives every record")
	case at < 0:
		names := make([]string, len(parts))
		for i, p := range parts {
			names[i] = p.Name
		}
		c.fail(n.pos, "the id has no part %s", quoteShort(n.text)).didYouMean(n.text, names)
	case at == len(parts)-1:
		c.fail(n.pos, "%s is the last part, so a scan by it finds one record", n.text).hint("leave it out: Get gives that record")
	default:
		f.Scans = append(f.Scans, Scan{
			GoName: "Of" + parts[at].GoName, Parts: parts[:at+1], Prefix: f.ID.prefix(parts[at]), Pos: n.pos,
		})
	}
}

// prefix is the template up to and with the literal after p.
func (k *ID) prefix(p *Part) []Segment {
	at := slices.IndexFunc(k.Template, func(s Segment) bool { return s.Part == p })
	return k.Template[:min(at+2, len(k.Template))]
}
