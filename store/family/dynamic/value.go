package dynamic

import (
	"fmt"
	"log/slog"

	"github.com/keyfam/keyfam/internal/hidden"
	"github.com/keyfam/keyfam/store/family/codec"
)

// A Value is the value of a record. It prints and marshals as JSON without its
// secrets.
type Value struct {
	typ *Type
	is  hidden.Pointer[any]
}

// What a value is, by kind: bool; int64 of signed numbers and enums, uint64 of
// others; string; []byte; *fields; []any; map[string]any. Nil is absent.
func valueOf(t *Type, v any) Value { return Value{t, hidden.To(&v)} }

func (v Value) get() any {
	if v.is.Get() == nil {
		return nil
	}
	return *v.is.Get()
}

// fields is a message: the values of its type's fields, and what it has beside.
type fields struct {
	values  []any
	unknown codec.Unknown
}

// MarshalJSON is the value with [family.Redacted] in place of each secret.
func (v Value) MarshalJSON() ([]byte, error) { return appendJSON(nil, v.typ, v.get(), false), nil }

// Reveal is the value as JSON with its secrets, which [Family.FromJSON] reads.
func (v Value) Reveal() []byte { return appendJSON(nil, v.typ, v.get(), true) }

// Format prints what MarshalJSON answers, whatever the verb.
func (v Value) Format(f fmt.State, _ rune) { _, _ = f.Write(appendJSON(nil, v.typ, v.get(), false)) }

// LogValue is what MarshalJSON answers.
func (v Value) LogValue() slog.Value {
	//famvet:ignore secretleak appendJSON was told to leave the secrets out
	return slog.StringValue(string(appendJSON(nil, v.typ, v.get(), false)))
}
