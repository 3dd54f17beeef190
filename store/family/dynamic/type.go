package dynamic

import (
	"maps"
	"strconv"
	"strings"
)

// A Kind is what a type is made of.
type Kind uint8

// The kinds.
const (
	Bool Kind = iota + 1
	Int32
	Int64
	Uint32
	Uint64
	String
	Bytes
	Go // a Go type of the user's, of which only the bytes are known
	Message
	List
	Map
)

var scalars = map[string]Kind{
	"bool": Bool, "int32": Int32, "int64": Int64, "uint32": Uint32, "uint64": Uint64,
	"string": String, "bytes": Bytes, "go{}": Go,
}

// A Type is the type of a value, a field or an element.
type Type struct {
	Kind     Kind
	Size     int    // Bytes: the exact length, 0 if not fixed
	Max      int    // Bytes: the greatest length, 0 if not limited
	Elem     *Type  // List, Map
	GoType   string // Go: example.com/chat/peer.State; may be empty
	Optional bool
	Secret   bool

	message *message
	enum    *enum // Int32 whose numbers have names
}

// bound reads 32] or ..32] of bytes[32].
func (t *Type) bound(text string) error {
	t.Kind = Bytes
	text, most := strings.CutPrefix(text, "..")
	number, ok := strings.CutSuffix(text, "]")
	n, err := strconv.Atoi(number)
	switch {
	case !ok || err != nil || n < 1 || n > 1<<31-1 || !most && n > 1<<16:
		return errType
	case most:
		t.Max = n
	default:
		t.Size = n
	}
	return nil
}

// required reports whether a field of the type is always stored.
func (t *Type) required() bool {
	return !t.Optional && (t.Kind == Message || t.Kind == Bytes && t.Size > 0)
}

// wrapped reports whether a family of this type stores messages of one field.
func (t *Type) wrapped() bool {
	switch t.Kind {
	case String, Bytes, Message, Go:
		return false
	}
	return true
}

// packed reports whether lists of the type are one field.
func (t *Type) packed() bool { return t.Kind < String }

// hides reports whether the type is secret or has a secret in it.
func (t *Type) hides() bool {
	switch {
	case t.Secret:
		return true
	case t.Elem != nil:
		return t.Elem.hides()
	}
	return t.message != nil && t.message.hides
}

// message is a message type.
type message struct {
	name     string
	fields   []*field // ascending by number
	byNumber map[int]int
	byName   map[string]int
	settled  settled
	hides    bool // a field is secret or has a secret in it
}

// settled is how far settle is with a message.
type settled uint8

const (
	begun settled = iota + 1
	done
)

type field struct {
	number int
	name   string
	typ    *Type
}

func (m *message) index() error {
	m.byNumber, m.byName = map[int]int{}, map[string]int{}
	for i, f := range m.fields {
		if _, twice := m.byName[f.name]; twice {
			return errTwice
		}
		m.byNumber[f.number], m.byName[f.name] = i, i
	}
	return nil
}

// settle finds out whether the message hides anything; false if it holds itself.
func (m *message) settle() bool {
	if m.settled != 0 {
		return m.settled == done
	}
	m.settled = begun
	for _, f := range m.fields {
		inner := f.typ.message
		if f.typ.Elem != nil {
			inner = f.typ.Elem.message
		}
		if inner != nil && !inner.settle() {
			return false
		}
		m.hides = m.hides || f.typ.hides()
	}
	m.settled = done
	return true
}

// enum is the names of numbers.
type enum struct {
	names   map[int64]string // the last ones
	numbers map[string]int64 // of all names there ever were
}

func (e *enum) remember(name, number string) {
	if n, err := strconv.ParseInt(number, 10, 32); err == nil {
		e.numbers[name] = n
	}
}

func (e *enum) name(number, name string) {
	if n, err := strconv.ParseInt(number, 10, 32); err == nil {
		e.names[n], e.numbers[name] = name, n
	}
}

// A Field is one numbered piece of a message.
type Field struct {
	Number int
	Name   string
	Type   *Type
}

// Fields are the fields of a message, ascending by number.
func (t *Type) Fields() (all []Field) {
	if t.message == nil {
		return nil
	}
	for _, f := range t.message.fields {
		all = append(all, Field{f.number, f.name, f.typ})
	}
	return all
}

// Names are the names of the numbers of an enum; nil if the type is none.
func (t *Type) Names() map[int64]string {
	if t.enum == nil {
		return nil
	}
	return maps.Clone(t.enum.names)
}
