package dynamic

import (
	"fmt"
	"log/slog"

	"github.com/keyfam/keyfam/internal/hidden"
	"github.com/keyfam/keyfam/store/family/codec"
)

// A Value is the value of one record. It prints and marshals as JSON, with
// [family.Redacted] in place of each secret.
type Value struct {
	typ *Type
	is  hidden.Pointer[any]
}

// valueOf returns v as a Value of type t. v is, by kind, a bool, an int64
// (signed numbers and enums), a uint64, a float64, a [time.Time], a string, a []byte, a *fields, a []any
// or a map[string]any; nil if the value is absent.
func valueOf(t *Type, v any) Value { return Value{t, hidden.To(&v)} }

func (v Value) get() any {
	if v.is.Get() == nil {
		return nil
	}
	return *v.is.Get()
}

// fields is a message: the values of the fields of its type, and unknown
// fields.
type fields struct {
	values  []any
	unknown codec.Unknown
}

// MarshalJSON returns the value with [family.Redacted] in place of each
// secret.
func (v Value) MarshalJSON() ([]byte, error) { return appendJSON(nil, v.typ, v.get(), false), nil }

// Reveal returns the value as JSON with its secrets. [Family.FromJSON] reads
// it.
func (v Value) Reveal() []byte { return appendJSON(nil, v.typ, v.get(), true) }

// Format prints what MarshalJSON returns, for every verb.
func (v Value) Format(f fmt.State, _ rune) { _, _ = f.Write(appendJSON(nil, v.typ, v.get(), false)) }

// LogValue returns what MarshalJSON returns.
func (v Value) LogValue() slog.Value {
	//famvet:ignore secretleak appendJSON leaves the secrets out
	return slog.StringValue(string(appendJSON(nil, v.typ, v.get(), false)))
}
