package dynamic

import (
	"strconv"
	"strings"
)

// A Kind is the kind of a type.
type Kind uint8

// The kinds.
const (
	Bool Kind = iota + 1
	Int32
	Int64
	Uint32
	Uint64
	Float64
	Time      // in milliseconds
	TimeNanos // in nanoseconds
	String
	Bytes
	Go // a Go type of the program; only its bytes are known
	Message
	List
	Map
)

var scalars = map[string]Kind{
	"bool": Bool, "int32": Int32, "int64": Int64, "uint32": Uint32, "uint64": Uint64,
	"string": String, "bytes": Bytes, "go{}": Go, "float64": Float64, "time": Time, "time-nanos": TimeNanos,
}

// A Type is the type of a value, a field or an element.
type Type struct {
	Kind     Kind
	Size     int    // Bytes: the exact length in bytes, 0 if it is not fixed
	Max      int    // Bytes: the greatest length in bytes, 0 if there is no limit
	Elem     *Type  // List, Map
	GoType   string // Go: example.com/chat/peer.State; may be empty
	Optional bool
	Secret   bool

	message *message
	enum    *enum // Int32: the names of the numbers, nil if it is no enum
}

// bound parses the end of bytes[32] or bytes[..32]: 32] or ..32].
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

// wrapped reports whether a value of this type is stored as the only field of
// a message.
func (t *Type) wrapped() bool {
	switch t.Kind {
	case String, Bytes, Message, Go:
		return false
	}
	return true
}

// packed reports whether a list of the type is stored in one field.
func (t *Type) packed() bool { return t.Kind < String }

// hides reports whether the type is or contains a secret.
func (t *Type) hides() bool {
	switch {
	case t.Secret:
		return true
	case t.Elem != nil:
		return t.Elem.hides()
	}
	return t.message != nil && t.message.hides
}
