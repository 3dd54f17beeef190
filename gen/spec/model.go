package spec

import (
	"github.com/keyfam/keyfam/gen/diag"
)

// A Schema is one checked families.yaml. Every reference is a pointer and
// every Go name is final: the renderer, the lock and the docs decide nothing.
type Schema struct {
	Version  int            // 1
	Package  string         // the name of the generated Go package
	Doc      string         // what the package is for; may be empty
	Messages []*MessageType // in the order of the file
	Families []*Family      // in the order of the file
	Retired  Retired
	Places   map[string]Position // of the entries of the file: package, messages, families, retired
}

// A Family is one kind of record, addressed by an id.
type Family struct {
	Name     string // as stored: [a-z][a-z0-9-]{0,63}
	GoName   string // TCToken, LIDMapping: what <Name>ID and <Name>Label start with
	Accessor string // the method of Repo, Tx, ReadTx and Batch: TCTokens
	Doc      string // may be empty, may have several lines
	ID       ID
	Value    *Type
	Secret   bool // its values are redacted wherever they are shown
	Scans    []Scan
	Inverse  *Inverse // nil if the family keeps no reverse rows
	Pos      Position // of the name
}

// An ID is the typed form of a family's ids and the text they are stored as.
type ID struct {
	Template Template // literals and parts; two parts never stand side by side
	Parts    []*Part  // in the order of the template; at least one
	Pos      Position
}

// A Template is the text of an id, or the beginning of one.
type Template []Segment

// A Segment is one piece of an id's text: a literal, or a part when Part is
// set.
type Segment struct {
	Literal string
	Part    *Part
}

// A Part is one typed piece of an id.
type Part struct {
	Name    string // name, device; "id" when the id is a bare type
	GoName  string // Name, Device
	Param   string // name, device: as a Go parameter, never a Go keyword
	Doc     string // may be empty
	Kind    Kind   // String, Int32, Int64, Uint32 or Uint64
	Ordered bool   // Uint32 as 10 and Uint64 as 20 decimal digits, so that byte order is number order
	// Forbidden holds the bytes a String part must not contain: those of the
	// literal that follows it. It is empty for the last part and for numbers.
	Forbidden string
	Pos       Position
}

// A Scan is one Of<Part> method: all records whose ids begin with Parts.
type Scan struct {
	GoName string   // OfName
	Parts  []*Part  // the leading parts, the named one last; never all of the id's
	Prefix Template // the template up to and with the literal that follows the last of Parts
	Pos    Position
}

// An Inverse says that a family keeps a row v+Suffix→k for each record k→v. Id
// and value of such a family are strings.
type Inverse struct {
	Suffix string // never empty; no forward id ends in it
	Pos    Position
}

// A Kind is the kind of a type.
type Kind uint8

// The kinds. The scalars come first; Bool to Bytes and Enum have no parts.
const (
	Bool      Kind = iota + 1
	Int32          // varint, two's complement, as protobuf's int32
	Int64          // varint, two's complement, as protobuf's int64
	Uint32         // varint
	Uint64         // varint
	Float64        // 8 bytes, finite
	Time           // varint, milliseconds since 1970; the zero time is absent
	TimeNanos      // varint, nanoseconds since 1970; the zero time is absent
	String         // UTF-8 text
	Bytes          // Size or Max may bound it
	Enum           // varint; Type.Enum lists the values
	Message        // Type.Message
	List           // of Type.Elem
	Map            // from string to Type.Elem
	Go             // the user's own type: Type.Go, stored as the bytes it marshals to

	kinds // one more than the last
)

// A Type is the type of a value, of a field or of an element.
type Type struct {
	Kind     Kind
	Size     int          // Bytes: the exact length in bytes, 0 if not fixed
	Max      int          // Bytes: the greatest length in bytes, 0 if not limited
	Elem     *Type        // List, Map: never List, Map, Go, Optional or Secret
	Message  *MessageType // Message
	Enum     *EnumType
	Go       *GoType
	Optional bool // a field that may be absent; never List, Map or Go, never a family's value
	Secret   bool // String and Bytes only; set for such a value of a secret family too
	Pos      Position
}

// An EnumType is the Go type of one enum(…).
type EnumType struct {
	GoName string // DeviceListPlatform: the message's or the family's name and the field's or "Value"
	Values []EnumValue
}

// An EnumValue is one name of an enum.
type EnumValue struct {
	Name   string // android
	GoName string // DeviceListPlatformAndroid
	Number int32  // 0 or more; distinct in its enum
	Pos    Position
}

// A GoType names a type of the user's. Parse checks only its spelling: famgen,
// which loads packages, checks that it exists and marshals.
type GoType struct {
	Import    string   // example.com/chat/peer
	Name      string   // State
	Pos       Position // of the name
	ImportPos Position
}

// A MessageType is a struct with numbered fields.
type MessageType struct {
	Name   string // key-pair
	GoName string // KeyPair
	Doc    string
	Fields []*Field // ascending by number
	Pos    Position
}

// A Field is one field of a message.
type Field struct {
	Number int    // 1 to 536870911, not 19000 to 19999
	Name   string // raw_id
	GoName string // RawID
	Doc    string
	Type   *Type
	Pos    Position // of the number

	OwnGoName bool // go_name says it
}

// Retired lists names and numbers that must not come back, because old records
// may still have them.
type Retired struct {
	Families []string         // in the order of the file
	Fields   map[string][]int // message name to field numbers, ascending
}

// The types of places and mistakes.
type (
	Position    = diag.Position
	Diagnostic  = diag.Diagnostic
	Diagnostics = diag.Diagnostics
)

// IDType is the name of the type of the family's ids in Go: SessionID.
func (f *Family) IDType() string { return f.GoName + "ID" }

// LabelFunc is the name of the function that makes the family's labels:
// SessionLabel.
func (f *Family) LabelFunc() string { return f.GoName + "Label" }

// ParseFunc is the name of the function that reads the text of an id:
// ParseSessionID.
func (f *Family) ParseFunc() string { return "Parse" + f.IDType() }
