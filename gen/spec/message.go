package spec

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/keyfam/keyfam/gen/yaml"
)

// Field numbers as protobuf has them.
const (
	maxNumber      = 1<<29 - 1
	reservedNumber = 19000 // to 19999
)

// allMessages declares every message before it reads any field, because a
// field may name a message that comes later.
func (c *checker) allMessages(n *yaml.Node) {
	if n == nil || !c.is(n, yaml.Mapping, "messages") {
		return
	}
	first := map[string]Position{}
	bodies := map[*MessageType]*yaml.Node{}
	for _, e := range n.Entries {
		name := e.Key.Text
		if pos, ok := first[name]; ok {
			c.Again(e.Key.Pos, pos, "the message %s is declared twice", name)
			continue
		}
		first[name] = e.Key.Pos
		r := &MessageType{Name: name, Pos: e.Key.Pos}
		if c.kebab(e.Key, "the message") {
			c.messageGoName(r, e.Key)
		}
		c.messages[name], bodies[r] = r, e.Value
		c.messageNames = append(c.messageNames, name)
		c.schema.Messages = append(c.schema.Messages, r)
	}
	for _, r := range c.schema.Messages {
		c.message(r, bodies[r])
	}
}

// messageGoName sets the Go name of a message. It refuses the name of a type.
func (c *checker) messageGoName(r *MessageType, n *yaml.Node) {
	if slices.Contains(grammarWords, n.Text) {
		c.Fail(n.Pos, "%s is a word of the grammar and cannot name a message", n.Text).Hintf("choose another name")
		return
	}
	r.GoName = goName(n.Text)
}

func (c *checker) message(r *MessageType, n *yaml.Node) {
	what := "the message " + quoteShort(r.Name)
	m, ok := c.entries(n, what, messageKeys, "fields")
	if !ok {
		return
	}
	if name := m["name"]; name != nil {
		if _, ok := c.text(name, "the Go name"); ok && c.exported(name, "the Go name") {
			r.GoName = name.Text
		}
	}
	r.Doc = c.doc(m["doc"])
	c.fields(r, m["fields"])
}

func (c *checker) fields(r *MessageType, n *yaml.Node) {
	what := "the fields of " + quoteShort(r.Name)
	if n != nil && n.Shape == yaml.Sequence {
		c.Fail(n.Pos, "%s must be a mapping, not a list", what).Hintf("write each with its number: 1: name string")
		return
	}
	if !c.is(n, yaml.Mapping, what) {
		return
	}
	numbers, names := map[int]Position{}, map[string]Position{}
	goNames := map[string]*Field{}
	for _, e := range n.Entries {
		if c.unnumbered(n, e) {
			continue
		}
		number, ok := c.number(e.Key, numbers)
		f := c.field(r, e)
		if f == nil {
			continue
		}
		f.Number = number
		if first, twice := names[f.Name]; twice {
			c.Again(f.Pos, first, "%s has two fields %s", quoteShort(r.Name), f.Name)
			continue
		}
		names[f.Name] = f.Pos
		c.fieldGoName(f, goNames)
		if ok {
			r.Fields = append(r.Fields, f)
		}
	}
	slices.SortFunc(r.Fields, func(a, b *Field) int { return cmp.Compare(a.Number, b.Number) })
}

// unnumbered reports "name: type" where "number: name type" belongs.
func (c *checker) unnumbered(n *yaml.Node, e yaml.Entry) bool {
	if e.Key.Shape != yaml.Scalar || !snakeName.MatchString(e.Key.Text) || e.Value.Shape != yaml.Scalar || e.Value.Text == "" || strings.Contains(e.Value.Text, "\n") {
		return false
	}
	free := 1
	for slices.ContainsFunc(n.Entries, func(e yaml.Entry) bool { return e.Key.Text == strconv.Itoa(free) }) {
		free++
	}
	declaration := e.Key.Text + " " + e.Value.Text
	if len(declaration) > 60 {
		declaration = e.Key.Text + " …"
	}
	c.Fail(e.Key.Pos, "%s is not a field number", quoteShort(e.Key.Text)).Hintf("write %d: %s", free, declaration)
	return true
}

// fieldGoName reports fields that Go would call alike.
func (c *checker) fieldGoName(f *Field, seen map[string]*Field) {
	if other := seen[f.GoName]; other != nil {
		c.Again(f.Pos, other.Pos, "the fields %s and %s are both %s in Go", other.Name, f.Name, f.GoName)
		return
	}
	seen[f.GoName] = f
	if reservedFields[f.GoName] {
		c.Fail(f.Pos, "the field %s would be %s in Go, which is a method of messages", f.Name, f.GoName).Hintf("choose another name, or another Go name with go_name:; stored bytes only know the number")
	}
}

// number reads a field number. It returns false after a mistake.
func (c *checker) number(n *yaml.Node, seen map[int]Position) (int, bool) {
	number, err := strconv.Atoi(n.Text)
	switch {
	case n.Shape != yaml.Scalar || !fieldNumber.MatchString(n.Text) || err != nil:
		c.Fail(n.Pos, "%s is not a field number", quoteShort(n.Text)).Hintf("field numbers are 1, 2, 3, … in plain decimal digits")
	case number > maxNumber:
		c.Fail(n.Pos, "the field number %d is greater than %d", number, maxNumber)
	case number/1000 == reservedNumber/1000:
		c.Fail(n.Pos, "the field numbers 19000 to 19999 are reserved by protobuf")
	default:
		if first, twice := seen[number]; twice {
			c.Again(n.Pos, first, "the field number %d is used twice", number)
			return 0, false
		}
		seen[number] = n.Pos
		return number, true
	}
	return 0, false
}

// field reads "name type" or the mapping with name, type or go, and the rest. It
// returns nil if there is no name.
func (c *checker) field(r *MessageType, e yaml.Entry) *Field {
	if e.Value.Shape == yaml.Mapping {
		return c.longField(r, e)
	}
	if _, ok := c.text(e.Value, "the field"); !ok {
		return nil
	}
	if c.swapped(e) {
		return nil
	}
	name, rest, _ := strings.Cut(e.Value.Text, " ")
	f := c.newField(r, e, &yaml.Node{Shape: yaml.Scalar, Pos: c.within(e.Value, 0), Text: name})
	if f == nil {
		return nil
	}
	if strings.TrimSpace(rest) == "" {
		c.Fail(e.Value.Pos, "the field %s has no type", quoteShort(name)).Hintf("write the name and the type: %s uint32", name)
		return f
	}
	f.Type = c.readType(e.Value, len(name)+1, r.GoName+f.GoName)
	return f
}

func (c *checker) longField(r *MessageType, e yaml.Entry) *Field {
	m, _ := c.entries(e.Value, "the field", fieldKeys, "name")
	if _, ok := c.text(m["name"], "the field's name"); !ok {
		return nil
	}
	f := c.newField(r, e, m["name"])
	if f == nil {
		return nil
	}
	if n := m["go_name"]; n != nil {
		if _, ok := c.text(n, "the Go name"); ok && c.exported(n, "the Go name") {
			f.GoName, f.OwnGoName = n.Text, true
		}
	}
	f.Doc = c.doc(m["doc"])
	switch {
	case m["go"] != nil && m["type"] != nil:
		c.Fail(m["go"].Pos, "the field %s has both type and go", f.Name).Hintf("keep one of them")
	case m["go"] != nil:
		f.Type = c.goType(m["go"])
	case m["type"] == nil:
		c.Fail(e.Value.Pos, "the field %s has no type", f.Name).Hintf("add type: or go:")
	default:
		if _, ok := c.text(m["type"], "the type"); ok {
			f.Type = c.readType(m["type"], 0, r.GoName+f.GoName)
		}
	}
	return f
}

func (c *checker) newField(r *MessageType, e yaml.Entry, name *yaml.Node) *Field {
	if !c.snake(name, "the field") {
		return nil
	}
	return &Field{Name: name.Text, GoName: goName(name.Text), Pos: e.Key.Pos}
}

// cycles reports messages that hold themselves, directly or through others,
// because reading such a value could go on without end.
func (c *checker) cycles() {
	const (
		entered = 1
		done    = 2
	)
	state := map[*MessageType]int{}
	var path []string
	var visit func(r *MessageType, from Position)
	visit = func(r *MessageType, from Position) {
		switch state[r] {
		case done:
			return
		case entered:
			c.Fail(from, "the message %s holds itself: %s", r.Name, loop(path, r.Name)).
				Hintf("store the inner message in a family of its own and hold its id")
			return
		}
		state[r] = entered
		path = append(path, r.Name)
		for _, f := range r.Fields {
			if inner := f.Type.messageOf(); inner != nil {
				visit(inner, f.Type.Pos)
			}
		}
		path = path[:len(path)-1]
		state[r] = done
	}
	for _, r := range c.schema.Messages {
		visit(r, r.Pos)
	}
}

// loop shows the way from a message back to itself. Of a long way it shows
// both ends.
func loop(path []string, name string) string {
	way := append(path[slices.Index(path, name):len(path):len(path)], name)
	if len(way) > 8 {
		way = slices.Concat(way[:4], []string{"…"}, way[len(way)-3:])
	}
	return strings.Join(way, " → ")
}

// messageOf is the message that a type is or is made of, nil for other types.
func (t *Type) messageOf() *MessageType {
	if t == nil {
		return nil
	}
	return t.Base().Message
}
