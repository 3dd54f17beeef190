package spec

import (
	"math"
	"strconv"
	"strings"

	"github.com/keyfam/keyfam/gen/yaml"
)

// foreign are names that other languages use, and what to write instead.
var foreign = map[string]string{
	"int": "write int64 or int32", "uint": "write uint64 or uint32", "int8": "write int32", "int16": "write int32",
	"uint8": "write uint32", "uint16": "write uint32", "byte": "write bytes[1] or uint32",
	"float": "write float64", "float32": "write float64", "double": "write float64", "decimal": "write a string, or an int64 of the smallest unit",
	"uuid": "store its text: write string", "boolean": "write bool", "text": "write string", "str": "write string", "[]byte": "write bytes", "integer": "write int64",
	"timestamp": "write time", "datetime": "write time", "date": "write time", "time.time": "write time, or time nanos",
	"any": `name a message, or the user's own type with "go:"`, "json": "write bytes",
}

// Limits of a type, in bytes.
const (
	maxFixed = 1 << 16 // bytes[N] is a Go array
	maxBound = math.MaxInt32
)

// A typeReader reads one type expression.
type typeReader struct {
	c    *checker
	n    *yaml.Node
	base int    // where text begins in n.Text
	text string // the expression
	i    int
	name string // the Go name for an enum found here
	bad  bool
}

// readType reads the type in n.Text from base on. It reports every mistake and
// then answers nil. goName names the enum, if the type is one.
func (c *checker) readType(n *yaml.Node, base int, goName string) *Type {
	t := &typeReader{c: c, n: n, base: base, text: n.Text[base:], name: goName}
	typ := t.element()
	if !t.bad {
		t.modifiers(typ)
	}
	if t.bad {
		return nil
	}
	return typ
}

func (t *typeReader) fail(offset int, format string, args ...any) *Diagnostic {
	t.bad = true
	return t.c.Fail(t.c.within(t.n, t.base+offset), format, args...)
}

func (t *typeReader) rest() string { return t.text[t.i:] }

func (t *typeReader) skip() {
	t.i += len(t.rest()) - len(strings.TrimLeft(t.rest(), " "))
}

func (t *typeReader) eat(s string) bool {
	if strings.HasPrefix(t.rest(), s) {
		t.i += len(s)
		return true
	}
	return false
}

// word eats letters, digits and what names are made of.
func (t *typeReader) word() string {
	start := t.i
	for t.i < len(t.text) && strings.IndexByte(" []()=,", t.text[t.i]) < 0 {
		t.i++
	}
	return t.text[start:t.i]
}

// element reads a type without its modifiers.
func (t *typeReader) element() *Type {
	t.skip()
	typ := &Type{Pos: t.c.within(t.n, t.base+t.i)}
	switch {
	case t.rest() == "":
		t.fail(0, "the type is missing")
	case t.eat("[]"):
		t.collection(typ, List, "list")
	case t.eat("map["):
		t.mapOf(typ)
	case t.eat("enum(") || t.eat("enum ("):
		typ.Kind, typ.Enum = Enum, &EnumType{GoName: t.name}
		t.enum(typ.Enum)
	default:
		t.named(typ)
	}
	return typ
}

func (t *typeReader) mapOf(typ *Type) {
	start := t.i
	key := t.word()
	if !t.eat("]") {
		t.fail(start, "the ] of the map's key type is missing").Hintf("write map[string]T")
		return
	}
	if key != "string" {
		t.fail(start, "the key of a map is always a string, not %s", quoteShort(key)).Hintf("write map[string]T")
		return
	}
	t.collection(typ, Map, "map")
}

// collection reads the element type of a list or map.
func (t *typeReader) collection(typ *Type, kind Kind, what string) {
	start := t.i
	if kind == List && strings.HasPrefix(t.rest(), "byte") && !strings.HasPrefix(t.rest(), "bytes") {
		t.fail(start, "there is no type []byte").Hintf("write bytes")
		return
	}
	typ.Kind, typ.Elem = kind, t.element()
	if t.bad {
		return
	}
	switch typ.Elem.Kind {
	case List, Map:
		t.fail(start, "a %s cannot hold lists or maps", what).Hintf("make a message with that one field and hold the message")
	}
}

// named reads a scalar, bytes with a bound, or the name of a message.
func (t *typeReader) named(typ *Type) {
	start := t.i
	name := t.word()
	if scalar := scalarNamed(name); scalar != nil {
		if longer := scalarNamed(name + " " + t.nextWord()); longer != nil {
			scalar = longer
			t.skip()
			t.word()
		}
		typ.Kind = scalar.Kind
		if strings.HasPrefix(t.rest(), "[") {
			t.bound(typ)
		}
		return
	}
	if message := t.c.messages[name]; message != nil {
		typ.Kind, typ.Message = Message, message
		return
	}
	if strings.HasPrefix(t.text[start:], `"`) || strings.HasPrefix(t.text[start:], "'") {
		t.fail(start, "a quote inside of text is part of it").Hintf("leave the quotes out, or put the whole into quotes")
		return
	}
	d := t.fail(start, "there is no type or message %s", quoteShort(name))
	if hint, ok := foreign[strings.ToLower(name)]; ok {
		d.Hintf("%s", hint)
		return
	}
	d.DidYouMean(name, append(builtins[:len(builtins):len(builtins)], t.c.messageNames...))
}

// nextWord returns the word behind the spaces here, without eating it.
func (t *typeReader) nextWord() string {
	ahead := *t
	ahead.skip()
	return ahead.word()
}

// bound reads [N] or [..N] after bytes.
func (t *typeReader) bound(typ *Type) {
	start := t.i
	t.i++
	limit := maxFixed
	most := t.eat("..")
	if most {
		limit = maxBound
	}
	number := t.word()
	n, err := strconv.Atoi(number)
	switch {
	case !typ.Kind.Scalar().Sized:
		t.fail(start, "only %s can have a length", orList(words(isSized)))
	case !t.eat("]") || err != nil || strconv.Itoa(n) != number:
		t.fail(start, "this is not a length").Hintf("write bytes[32] for exactly 32 bytes, bytes[..32] for at most 32")
	case n < 1 || n > limit:
		t.fail(start, "the length must be 1 to %d", limit)
	case most:
		typ.Max = n
	default:
		typ.Size = n
	}
}

// enum reads the names and numbers between the parentheses.
func (t *typeReader) enum(e *EnumType) {
	names, numbers := map[string]Position{}, map[int32]Position{}
	for {
		t.skip()
		start := t.i
		name := t.word()
		pos := t.c.within(t.n, t.base+start)
		t.skip()
		if !snakeName.MatchString(name) || len(name) > maxName || !t.eat("=") {
			t.fail(start, "an enum value is missing here").Hintf("write enum(android=1, ios=2)")
			return
		}
		number, ok := t.enumNumber()
		if !ok {
			return
		}
		t.distinct(pos, name, number, names, numbers)
		e.Values = append(e.Values, EnumValue{Name: name, GoName: e.GoName + goName(name), Number: number, Pos: pos})
		t.skip()
		if t.eat(")") {
			return
		}
		if !t.eat(",") {
			t.fail(t.i, "a comma or ) is missing here").Hintf("write enum(android=1, ios=2)")
			return
		}
	}
}

func (t *typeReader) enumNumber() (int32, bool) {
	t.skip()
	start := t.i
	text := t.word()
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != text {
		t.fail(start, "the number of an enum value must be 0 to %d", math.MaxInt32)
		return 0, false
	}
	return int32(n), true
}

func (t *typeReader) distinct(pos Position, name string, number int32, names map[string]Position, numbers map[int32]Position) {
	if first, ok := names[name]; ok {
		t.bad = true
		t.c.Again(pos, first, "the enum has two values %s", name)
	}
	if first, ok := numbers[number]; ok {
		t.bad = true
		t.c.Again(pos, first, "the enum has two values with the number %d", number)
	}
	names[name], numbers[number] = pos, pos
}

// modifiers reads optional and secret. It refuses them where they mean
// nothing.
func (t *typeReader) modifiers(typ *Type) {
	for {
		end := t.i
		t.skip()
		start := t.i
		switch word := t.word(); {
		case word == "" && t.rest() == "":
			return
		case start == end:
			t.fail(start, "a space is missing here")
			return
		case word == optionalWord && !typ.Optional:
			typ.Optional = true
			if typ.Kind == List || typ.Kind == Map {
				t.fail(start, "a list or map is never optional: it is absent when it is empty").Hintf("leave optional out")
			}
			if typ.Kind.IsScalar() && typ.Kind.Scalar().None {
				t.fail(start, "a %s is never optional: the zero value means that there is none", typ.Kind).Hintf("leave optional out")
			}
		case word == secretWord && !typ.Secret:
			typ.Secret = true
			if !typ.Kind.IsScalar() || !typ.Kind.Scalar().Secret {
				t.fail(start, "only %s can be secret", orList(words(isSecret))).Hintf("store it as a string or bytes, or make the fields of a message secret")
			}
		case word == optionalWord || word == secretWord:
			t.fail(start, "%s is written twice", word)
		case word == orderedWord:
			t.fail(start, "only parts of ids are ordered")
		default:
			t.fail(start, "this does not belong to a type").Hintf(`after the type there can only be "optional" and "secret"`)
			return
		}
	}
}
