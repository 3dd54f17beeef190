package dynamic

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/keyfam/keyfam/internal/stored"
)

func byName(a, b *Family) int { return cmp.Compare(a.Name, b.Name) }

var (
	errType    = errors.New("a type that does not exist")
	errID      = errors.New("a malformed form of an id")
	errNumber  = errors.New("a number out of range")
	errTwice   = errors.New("two fields of one name")
	errHolds   = errors.New("a message that holds itself")
	errOrphan  = errors.New("a field of a message that does not exist")
	errInverse = errors.New("an inverse without a suffix or of values that are no strings")
)

// build returns the schema of a package.
func build(pkg string, facts stored.Facts) (*Schema, error) {
	b := &builder{facts: facts, messages: map[string]*message{}, enums: map[string]*enum{}}
	b.collect()
	if err := b.fields(); err != nil {
		return nil, err
	}
	s := &Schema{Package: pkg, facts: facts, families: map[string]*Family{}}
	for fact := range facts.All() {
		if fact.Kind != "family" {
			continue
		}
		f, err := b.family(pkg, fact.About[0], fact.Content)
		if err != nil {
			return nil, err
		}
		s.families[f.Name] = f
	}
	return s, nil
}

// builder makes families from facts.
type builder struct {
	facts    stored.Facts
	messages map[string]*message
	enums    map[string]*enum // by the path of their use
}

// collect finds the messages and the enums.
func (b *builder) collect() {
	for fact := range b.facts.All() {
		switch fact.Kind {
		case "message":
			b.messages[fact.About[0]] = &message{name: fact.About[0]}
		case "enum":
			b.enumAt(fact.About[0]).remember(fact.About[1], fact.Content)
		case "+enum-name":
			b.enumAt(fact.About[0]).name(fact.About[1], fact.Content)
		}
	}
}

func (b *builder) enumAt(path string) *enum {
	if b.enums[path] == nil {
		b.enums[path] = &enum{names: map[int64]string{}, numbers: map[string]int64{}}
	}
	return b.enums[path]
}

func (b *builder) has(fact string) bool {
	_, ok := b.facts[fact]
	return ok
}

// fields gives all messages their fields.
func (b *builder) fields() error {
	for fact := range b.facts.All() {
		if fact.Kind != "field" {
			continue
		}
		m, number := b.messages[fact.About[0]], fact.About[1]
		if m == nil {
			return errOrphan
		}
		f, err := b.field(m.name, number, fact.Content)
		if err != nil {
			return err
		}
		m.fields = append(m.fields, f)
	}
	for _, m := range b.messages {
		slices.SortFunc(m.fields, func(a, b *field) int { return cmp.Compare(a.number, b.number) })
		if err := m.index(); err != nil {
			return err
		}
	}
	for _, m := range b.messages {
		if !m.settle() {
			return errHolds
		}
	}
	return nil
}

func (b *builder) field(message, number, class string) (*field, error) {
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > 1<<29-1 || strconv.Itoa(n) != number {
		return nil, errNumber
	}
	t, err := b.typ(class, fmt.Sprintf("messages.%s.%d", message, n))
	if err != nil {
		return nil, err
	}
	f := &field{number: n, name: b.facts[fmt.Sprintf("+field-name %s %d", message, n)], typ: t}
	if f.name == "" {
		f.name = "field " + number
	}
	return f, nil
}

func (b *builder) family(pkg, name, content string) (*Family, error) {
	class, id, _ := strings.Cut(content, " ")
	path := "families." + name
	t, err := b.typ(class, path)
	if err != nil {
		return nil, err
	}
	if t.Optional {
		return nil, errType
	}
	f := &Family{Name: name, Package: pkg, Secret: b.has("+secret " + path), Inverse: b.facts["inverse "+name], value: t}
	t.Secret = false
	t.Secret = f.Secret && !t.hides() // if fields are secret, only they are redacted
	t.GoType = b.facts["+go-type "+path+".value"]
	if b.has("inverse "+name) && (f.Inverse == "" || t.Kind != String) {
		return nil, errInverse
	}
	if f.segments, err = segments(id, strings.Fields(b.facts["+id "+name])); err != nil {
		return nil, err
	}
	f.init()
	return f, nil
}

// typ parses the type of a fact. Facts about its enum and secrecy name path.
func (b *builder) typ(class, path string) (*Type, error) {
	class, optional := strings.CutSuffix(class, " optional")
	t := &Type{Optional: optional, Secret: b.has("+secret " + path), GoType: b.facts["+go-type "+path]}
	for prefix, kind := range map[string]Kind{"[]": List, "map[string]": Map} {
		elem, ok := strings.CutPrefix(class, prefix)
		if !ok {
			continue
		}
		t.Kind = kind
		err := error(nil)
		if t.Elem, err = b.plain(elem, path); err == nil && optional {
			err = errType
		}
		return t, err
	}
	plain, err := b.plain(class, path)
	if err != nil {
		return nil, err
	}
	t.Kind, t.Size, t.Max, t.message, t.enum = plain.Kind, plain.Size, plain.Max, plain.message, plain.enum
	return t, nil
}

// plain parses a type that is no list and no map.
func (b *builder) plain(class, path string) (*Type, error) {
	t := &Type{Kind: scalars[class]}
	switch {
	case t.Kind == Int32:
		t.enum = b.enums[path]
	case t.Kind != 0:
	case strings.HasPrefix(class, "bytes["):
		return t, t.bound(strings.TrimPrefix(class, "bytes["))
	case b.messages[class] != nil:
		t.Kind, t.message = Message, b.messages[class]
	default:
		return nil, errType
	}
	return t, nil
}
