package spec

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Field numbers as protobuf has them.
const (
	maxNumber      = 1<<29 - 1
	reservedNumber = 19000 // to 19999
)

// allMessages declares every message before it reads any field, because a field
// may name a message that comes later.
func (c *checker) allMessages(n *node) {
	if n == nil || !c.is(n, mapping, "messages") {
		return
	}
	first := map[string]Position{}
	bodies := map[*MessageType]*node{}
	for _, e := range n.entries {
		name := e.key.text
		if pos, ok := first[name]; ok {
			c.again(e.key.pos, pos, "the message %s is declared twice", name)
			continue
		}
		first[name] = e.key.pos
		r := &MessageType{Name: name, Pos: e.key.pos}
		if c.kebab(e.key, "the message") {
			c.messageGoName(r, e.key)
		}
		c.messages[name], bodies[r] = r, e.value
		c.messageNames = append(c.messageNames, name)
		c.schema.Messages = append(c.schema.Messages, r)
	}
	for _, r := range c.schema.Messages {
		c.message(r, bodies[r])
	}
}

// messageGoName names a message, if it is not called like a type.
func (c *checker) messageGoName(r *MessageType, n *node) {
	if slices.Contains(grammarWords, n.text) {
		c.fail(n.pos, "%s is a word of the grammar and cannot name a message", n.text).hint("choose another name")
		return
	}
	r.GoName = goName(n.text)
}

func (c *checker) message(r *MessageType, n *node) {
	what := "the message " + quoteShort(r.Name)
	m, ok := c.entries(n, what, messageKeys, "fields")
	if !ok {
		return
	}
	if name := m["name"]; name != nil {
		if _, ok := c.text(name, "the Go name"); ok && c.exported(name, "the Go name") {
			r.GoName = name.text
		}
	}
	r.Doc = c.doc(m["doc"])
	c.fields(r, m["fields"])
}

func (c *checker) fields(r *MessageType, n *node) {
	if !c.is(n, mapping, "the fields of "+quoteShort(r.Name)) {
		return
	}
	numbers, names := map[int]Position{}, map[string]Position{}
	goNames := map[string]*Field{}
	for _, e := range n.entries {
		if c.unnumbered(n, e) {
			continue
		}
		number, ok := c.number(e.key, numbers)
		f := c.field(r, e)
		if f == nil {
			continue
		}
		f.Number = number
		if first, twice := names[f.Name]; twice {
			c.again(f.Pos, first, "%s has two fields %s", quoteShort(r.Name), f.Name)
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
func (c *checker) unnumbered(n *node, e entry) bool {
	if e.key.shape != scalar || !snakeName.MatchString(e.key.text) || e.value.shape != scalar || e.value.text == "" || strings.Contains(e.value.text, "\n") {
		return false
	}
	free := 1
	for slices.ContainsFunc(n.entries, func(e entry) bool { return e.key.text == strconv.Itoa(free) }) {
		free++
	}
	declaration := e.key.text + " " + e.value.text
	if len(declaration) > 60 {
		declaration = e.key.text + " …"
	}
	c.fail(e.key.pos, "%s is not a field number", quoteShort(e.key.text)).hint("write %d: %s", free, declaration)
	return true
}

// fieldGoName reports fields that Go would call alike.
func (c *checker) fieldGoName(f *Field, seen map[string]*Field) {
	if other := seen[f.GoName]; other != nil {
		c.again(f.Pos, other.Pos, "the fields %s and %s are both %s in Go", other.Name, f.Name, f.GoName)
		return
	}
	seen[f.GoName] = f
	if reservedFields[f.GoName] {
		c.fail(f.Pos, "the field %s would be %s in Go, which is a method of messages", f.Name, f.GoName).hint("choose another name; stored bytes only know the number")
	}
}

// number reads a field number; 0 and false were reported.
func (c *checker) number(n *node, seen map[int]Position) (int, bool) {
	number, err := strconv.Atoi(n.text)
	switch {
	case n.shape != scalar || !fieldNumber.MatchString(n.text) || err != nil:
		c.fail(n.pos, "%s is not a field number", quoteShort(n.text)).hint("field numbers are 1, 2, 3, … in plain decimal digits")
	case number > maxNumber:
		c.fail(n.pos, "the field number %d is greater than %d", number, maxNumber)
	case number/1000 == reservedNumber/1000:
		c.fail(n.pos, "the field numbers 19000 to 19999 belong to protobuf")
	default:
		if first, twice := seen[number]; twice {
			c.again(n.pos, first, "the field number %d is used twice", number)
			return 0, false
		}
		seen[number] = n.pos
		return number, true
	}
	return 0, false
}

// field reads "name type" or the mapping with name, type or go, and doc. It
// answers nil when there is not even a name.
func (c *checker) field(r *MessageType, e entry) *Field {
	if e.value.shape == mapping {
		return c.longField(r, e)
	}
	if _, ok := c.text(e.value, "the field"); !ok {
		return nil
	}
	name, rest, _ := strings.Cut(e.value.text, " ")
	f := c.newField(r, e, &node{shape: scalar, pos: c.within(e.value, 0), text: name})
	if f == nil {
		return nil
	}
	if strings.TrimSpace(rest) == "" {
		c.fail(e.value.pos, "the field %s has no type", quoteShort(name)).hint("write the name and the type: %s uint32", name)
		return f
	}
	f.Type = c.readType(e.value, len(name)+1, r.GoName+f.GoName)
	return f
}

func (c *checker) longField(r *MessageType, e entry) *Field {
	m, _ := c.entries(e.value, "the field", fieldKeys, "name")
	if _, ok := c.text(m["name"], "the field's name"); !ok {
		return nil
	}
	f := c.newField(r, e, m["name"])
	if f == nil {
		return nil
	}
	f.Doc = c.doc(m["doc"])
	switch {
	case m["go"] != nil && m["type"] != nil:
		c.fail(m["go"].pos, "the field %s has both type and go", f.Name).hint("keep one of them")
	case m["go"] != nil:
		f.Type = c.goType(m["go"])
	case m["type"] == nil:
		c.fail(e.value.pos, "the field %s has no type", f.Name).hint("add type: or go:")
	default:
		if _, ok := c.text(m["type"], "the type"); ok {
			f.Type = c.readType(m["type"], 0, r.GoName+f.GoName)
		}
	}
	return f
}

func (c *checker) newField(r *MessageType, e entry, name *node) *Field {
	if !c.snake(name, "the field") {
		return nil
	}
	return &Field{Name: name.text, GoName: goName(name.text), Pos: e.key.pos}
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
			c.fail(from, "the message %s holds itself: %s", r.Name, loop(path, r.Name)).
				hint("store the inner message in a family of its own and hold its id")
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

// loop shows the way from a message back to it; of a long one, its ends.
func loop(path []string, name string) string {
	way := append(path[slices.Index(path, name):len(path):len(path)], name)
	if len(way) > 8 {
		way = slices.Concat(way[:4], []string{"…"}, way[len(way)-3:])
	}
	return strings.Join(way, " → ")
}

// messageOf is the message that a type is or is made of, nil for other types.
func (t *Type) messageOf() *MessageType {
	switch {
	case t == nil:
		return nil
	case t.Elem != nil:
		return t.Elem.Message
	}
	return t.Message
}
