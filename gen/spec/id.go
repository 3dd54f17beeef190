package spec

import (
	"slices"
	"strings"

	"github.com/keyfam/keyfam/gen/yaml"
)

// reservedParts are the words that cannot name a part, because the mapping of
// an id needs them or will.
var reservedParts = []string{"text", "doc", "go", "value"}

// bareName is the name of the one part of an id that is just a type.
const bareName = "id"

// id reads a type, or the mapping with the text and its parts.
func (c *checker) id(f *Family, n *yaml.Node) {
	if n == nil {
		return
	}
	f.ID.Pos = n.Pos
	if n.Shape == yaml.Scalar {
		if p := c.partType(n, &Part{Name: bareName, GoName: "ID", Param: "id", Pos: n.Pos}); p != nil {
			f.ID.Parts, f.ID.Template = []*Part{p}, Template{{Part: p}}
		}
		return
	}
	if !c.is(n, yaml.Mapping, "the id") {
		return
	}
	m := c.distinctEntries(n, "the id")
	parts, whole := c.parts(n)
	text, ok := m["text"], true
	if text == nil {
		c.Fail(n.Pos, "the id has no text").Hintf(`add text: "{name}.{device}", the form in which ids are stored`)
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

// parts reads the parts of an id by name. whole is false after a mistake.
func (c *checker) parts(n *yaml.Node) (parts map[string]*Part, whole bool) {
	parts, whole = map[string]*Part{}, true
	goNames := map[string]*Part{}
	for _, e := range n.Entries {
		name := e.Key.Text
		if name == "text" || parts[name] != nil {
			continue
		}
		p := c.part(e)
		if p == nil {
			whole = false
			p = &Part{Name: name, Pos: e.Key.Pos}
		} else if other := goNames[p.GoName]; other != nil {
			whole = false
			c.Again(p.Pos, other.Pos, "the parts %s and %s are both %s in Go", other.Name, name, p.GoName)
		}
		parts[name], goNames[p.GoName] = p, p
	}
	return parts, whole
}

// part reads one "name: type". It returns nil after a mistake.
func (c *checker) part(e yaml.Entry) *Part {
	name := e.Key.Text
	if slices.Contains(reservedParts, name) {
		c.Fail(e.Key.Pos, "%s is a word of the grammar and cannot name a part of an id", name).Hintf("choose another name")
		return nil
	}
	if !c.snake(e.Key, "the part") || c.keyword(e.Key, "the part") {
		return nil
	}
	p := &Part{Name: name, GoName: goName(name), Param: paramName(name), Pos: e.Key.Pos}
	if reservedFields[p.GoName] {
		c.Fail(p.Pos, "the part %s would be %s in Go, which is a method of ids", name, p.GoName).Hintf("choose another name")
		return nil
	}
	typ := e.Value
	if typ.Shape == yaml.Mapping {
		m, _ := c.entries(typ, "the part "+name, partKeys, "type")
		p.Doc, typ = c.doc(m["doc"]), m["type"]
	}
	if _, ok := c.text(typ, "the type of the part "+name); !ok {
		return nil
	}
	return c.partType(typ, p)
}

// partType reads "uint32" or "uint32 ordered" into p.
func (c *checker) partType(n *yaml.Node, p *Part) *Part {
	name, rest, _ := strings.Cut(n.Text, " ")
	rest = strings.TrimSpace(rest)
	if !slices.Contains(idTypes, name) {
		d := c.Fail(n.Pos, "an id cannot have the type %s", quoteShort(n.Text))
		if !c.isType(name) && name != "uuid" {
			d.DidYouMean(name, idTypes)
		}
		switch {
		case d.Hint != "":
		case foreign[name] != "" && strings.Contains(foreign[name], "int"):
			d.Hintf("%s", foreign[name])
		case c.isType(name) || name == "uuid":
			d.Hintf("store its text: write string")
		default:
			d.Hintf("the types of ids are %s; several of them make an id with text:", strings.Join(idTypes, ", "))
		}
		return nil
	}
	scalar := scalarNamed(name)
	p.Kind, p.Ordered = scalar.Kind, rest == orderedWord
	switch {
	case rest != "" && !p.Ordered:
		c.Fail(c.within(n, len(name)+1), "%s does not belong to the type of an id", quoteShort(rest)).DidYouMean(rest, []string{orderedWord})
		return nil
	case p.Ordered && !isOrdered(scalar):
		c.Fail(c.within(n, len(name)+1), "%s cannot be ordered", name).Hintf("only uint32 and uint64 have a fixed width in which byte order is number order; strings are ordered as they are")
		return nil
	}
	return p
}

// template reads the text of an id. It returns nil after a mistake.
func (c *checker) template(n *yaml.Node, parts map[string]*Part) Template {
	var segments Template
	for i := 0; i < len(n.Text); {
		segment, size := c.segment(n, i, parts)
		if size == 0 {
			return nil
		}
		segments = append(segments, segment)
		i += size
	}
	return segments
}

// segment reads the literal or the part at offset i and returns its length in
// the text, or 0 after a mistake.
func (c *checker) segment(n *yaml.Node, i int, parts map[string]*Part) (Segment, int) {
	text := n.Text[i:]
	if text[0] != '{' {
		size := strings.IndexByte(text, '{')
		if size < 0 {
			size = len(text)
		}
		return Segment{Literal: text[:size]}, c.literal(n, i, text[:size])
	}
	end := strings.IndexByte(text, '}')
	if end < 0 {
		c.Fail(c.within(n, i), "this { has no }").Hintf("a part of an id is written {name}")
		return Segment{}, 0
	}
	name := text[1:end]
	if p := parts[name]; p != nil {
		return Segment{Part: p}, end + 1
	}
	d := c.Fail(c.within(n, i+1), "the id has no part %s", quoteShort(name))
	names := make([]string, 0, len(parts))
	for name := range parts {
		names = append(names, name)
	}
	slices.Sort(names)
	if d.DidYouMean(name, names); d.Hint == "" && snakeName.MatchString(name) {
		d.Hintf("add its type below text, like %s: string", name)
	}
	return Segment{}, 0
}

// literal checks the text between parts and returns its length.
func (c *checker) literal(n *yaml.Node, i int, text string) int {
	for j := range len(text) {
		if text[j] < ' ' || text[j] > '~' || text[j] == '}' {
			what := "this is not printable ASCII"
			if text[j] == '}' {
				what = "this } has no {"
			}
			c.Fail(c.within(n, i+j), "%s", what).Hintf("between the parts of an id stand printable ASCII characters other than { and }")
			return 0
		}
	}
	return len(text)
}

// placed proves that no two ids have one text: there is a literal between two
// parts, a string part has no byte of the literal behind it, and that literal
// cannot continue a number.
func (c *checker) placed(f *Family, parts map[string]*Part) {
	text := f.ID.Pos
	used := map[*Part]bool{}
	for i, s := range f.ID.Template {
		p := s.Part
		if p == nil {
			continue
		}
		if used[p] {
			c.Fail(text, "the part %s stands twice in the text of the id", p.Name)
		}
		used[p] = true
		f.ID.Parts = append(f.ID.Parts, p)
		if i+1 < len(f.ID.Template) {
			c.ends(p, f.ID.Template[i+1])
		}
	}
	if len(parts) == 0 {
		c.Fail(text, "the id has no parts, so the family could have only one record").Hintf(`write a part into its text and its type below: text: "{name}"`)
	}
	for _, name := range sortedKeys(parts) {
		if p := parts[name]; !used[p] {
			c.Fail(p.Pos, "the part %s is missing in the text of the id", name).Hintf("write {%s} where it belongs", name)
		}
	}
}

// ends checks that the text after a part shows where the part ends.
func (c *checker) ends(p *Part, next Segment) {
	switch {
	case next.Part != nil:
		c.Fail(p.Pos, "nothing stands between the parts %s and %s, so ids would be ambiguous", p.Name, next.Part.Name).
			Hintf("put a literal between them: {%s}.{%s}", p.Name, next.Part.Name)
	case !p.Form().Number:
		p.Forbidden = next.Literal
	case p.Ordered:
	case strings.IndexByte("-0123456789", next.Literal[0]) >= 0 && (next.Literal[0] != '-' || p.Form().Signed):
		c.Fail(p.Pos, "%s after the number %s could be a part of it", next.Literal[:1], p.Name).
			Hintf("begin the literal after {%s} with another character", p.Name)
	}
}

// scans reads the list of parts that records can be found by.
func (c *checker) scans(f *Family, n *yaml.Node) {
	if n == nil || !c.is(n, yaml.Sequence, "scan") {
		return
	}
	seen := map[string]Position{}
	for _, item := range n.Items {
		name, ok := c.text(item, "an entry of scan")
		if !ok {
			continue
		}
		if first, twice := seen[name]; twice {
			c.Again(item.Pos, first, "scan names %s twice", quoteShort(name))
			continue
		}
		seen[name] = item.Pos
		c.scan(f, item)
	}
}

func (c *checker) scan(f *Family, n *yaml.Node) {
	parts := f.ID.Parts
	if len(parts) == 0 {
		return // the id was reported
	}
	at := slices.IndexFunc(parts, func(p *Part) bool { return p.Name == n.Text })
	switch {
	case len(parts) == 1:
		c.Fail(n.Pos, "an id of one part has nothing to scan by").Hintf("leave scan out: All gives every record")
	case at < 0:
		names := make([]string, len(parts))
		for i, p := range parts {
			names[i] = p.Name
		}
		c.Fail(n.Pos, "the id has no part %s", quoteShort(n.Text)).DidYouMean(n.Text, names)
	case at == len(parts)-1:
		c.Fail(n.Pos, "%s is the last part, so a scan by it finds one record", n.Text).Hintf("leave it out: Get gives that record")
	default:
		f.Scans = append(f.Scans, Scan{
			GoName: "Of" + parts[at].GoName, Parts: parts[:at+1], Prefix: f.ID.prefix(parts[at]), Pos: n.Pos,
		})
	}
}

// prefix returns the template up to the literal after p, which it includes.
func (id *ID) prefix(p *Part) Template {
	at := slices.IndexFunc(id.Template, func(s Segment) bool { return s.Part == p })
	return id.Template[:min(at+2, len(id.Template))]
}
