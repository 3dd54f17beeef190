package spec

import (
	"slices"
	"strings"
)

// A Scalar is a type with a word of its own, and all that the generator knows
// of it. The rows of scalars have every column, so a column that is added here
// does not compile until each type has it; a Kind without a row fails a test.
type Scalar struct {
	Kind   Kind
	Word   string  // as families.yaml and the facts spell it
	Import string  // of the type in Go, empty if it is a word of Go
	Go     string  // the type in Go; for bytes, the one without a fixed size
	Method string  // of family.Encoder, family.Decoder and family.Text
	Zero   string  // the value, in Go, that a field does not store
	Proto  string  // the type in protobuf
	Checks bool    // the encoder refuses some values, so it takes the field's name
	None   bool    // the zero value means that there is none: it is never optional
	Packed bool    // a list is one packed field; a family wraps its value in a message
	Sized  bool    // [N] and [..N] may bound its length in bytes
	Secret bool    // it may be secret
	ID     *IDForm // how it is written in an id; nil if no id can have it
}

// An IDForm is how a scalar is written in the text of an id.
type IDForm struct {
	Format  string // of package family; empty if the value is the text
	Number  bool   // decimal digits; else text that ends at the next literal
	Signed  bool   // a - may come first
	Ordered *OrderedForm
}

// An OrderedForm is a number with leading zeros, so that the order of the
// bytes is the order of the numbers.
type OrderedForm struct {
	Digits int
	Format string // of package family
	Method string // of family.Text
}

var (
	textID   = &IDForm{}
	signedID = &IDForm{Format: "FormatInt", Number: true, Signed: true}
	uint32ID = &IDForm{Format: "FormatUint", Number: true, Ordered: &OrderedForm{10, "FormatOrdered32", "Ordered32"}}
	uint64ID = &IDForm{Format: "FormatUint", Number: true, Ordered: &OrderedForm{20, "FormatOrdered64", "Ordered64"}}
)

// scalars holds the scalar types in the order in which messages list them.
var scalars = []Scalar{
	// Kind, Word, Import, Go, Method, Zero, Proto, Checks, None, Packed, Sized, Secret, ID
	{Bool, "bool", "", "bool", "Bool", "false", "bool", false, false, true, false, false, nil},
	{Int32, "int32", "", "int32", "Int32", "0", "int32", false, false, true, false, false, signedID},
	{Int64, "int64", "", "int64", "Int64", "0", "int64", false, false, true, false, false, signedID},
	{Uint32, "uint32", "", "uint32", "Uint32", "0", "uint32", false, false, true, false, false, uint32ID},
	{Uint64, "uint64", "", "uint64", "Uint64", "0", "uint64", false, false, true, false, false, uint64ID},
	{Float64, "float64", "", "float64", "Float64", "0", "double", true, false, true, false, false, nil},
	{Time, "time", "time", "Time", "Millis", "time.Time{}", "int64", true, true, true, false, false, nil},
	{TimeNanos, "time nanos", "time", "Time", "Nanos", "time.Time{}", "int64", true, true, true, false, false, nil},
	{String, "string", "", "string", "String", `""`, "string", true, false, false, false, true, textID},
	{Bytes, "bytes", "", "[]byte", "Bytes", "nil", "bytes", false, false, false, true, true, nil},
}

// Fact is the type in the words of the facts, in which a type is one word.
func (s *Scalar) Fact() string { return strings.ReplaceAll(s.Word, " ", "-") }

// Scalars returns the scalar types.
func Scalars() []Scalar { return slices.Clone(scalars) }

// Scalar returns the row of a scalar kind. It panics for other kinds: a caller
// has to tell those apart first.
func (k Kind) Scalar() *Scalar {
	if s := k.scalar(); s != nil {
		return s
	}
	panic("spec: not a scalar kind: " + k.String())
}

// IsScalar reports whether the kind is a type with a word of its own.
func (k Kind) IsScalar() bool { return k.scalar() != nil }

func (k Kind) scalar() *Scalar {
	for i := range scalars {
		if scalars[i].Kind == k {
			return &scalars[i]
		}
	}
	return nil
}

// scalarNamed returns the scalar type with that word, or nil.
func scalarNamed(word string) *Scalar {
	for i := range scalars {
		if scalars[i].Word == word {
			return &scalars[i]
		}
	}
	return nil
}

// words returns the words of the scalar types that have a property.
func words(has func(*Scalar) bool) (all []string) {
	for i := range scalars {
		if has(&scalars[i]) {
			all = append(all, scalars[i].Word)
		}
	}
	return all
}

func isAny(*Scalar) bool           { return true }
func isSecret(s *Scalar) bool      { return s.Secret }
func isSized(s *Scalar) bool       { return s.Sized }
func isTextID(s *Scalar) bool      { return s.ID != nil && !s.ID.Number }
func isNumberID(s *Scalar) bool    { return s.ID != nil && s.ID.Number }
func isOrdered(s *Scalar) bool     { return s.ID != nil && s.ID.Ordered != nil }
func isPlainNumber(s *Scalar) bool { return isNumberID(s) && s.ID.Ordered == nil }

// Words that are not types.
const (
	optionalWord = "optional"
	secretWord   = "secret"
	orderedWord  = "ordered"
)

var (
	// idTypes are the types that an id, or a part of one, can have.
	idTypes = append(words(isTextID), words(isNumberID)...)
	// builtins are the words that a hint can propose beside the messages.
	builtins = append(words(isAny), optionalWord, secretWord)
	// grammarWords cannot name messages.
	grammarWords = append([]string{"enum", "list", "map", orderedWord}, builtins...)
)

// orList joins words as a sentence does: a, b or c.
func orList(all []string) string {
	last := len(all) - 1
	if last < 1 {
		return strings.Join(all, "")
	}
	return strings.Join(all[:last], ", ") + " or " + all[last]
}
