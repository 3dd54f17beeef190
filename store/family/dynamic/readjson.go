package dynamic

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family"
	"github.com/keyfam/keyfam/store/family/codec"
)

// FromJSON reads a value from the JSON that [Value.Reveal] returns. Fields
// that have a default may be left out.
//
// Errors: [store.ErrInvalid], with the path of the field and nothing of the
// value; [family.ErrRedacted] if [family.Redacted] stands in place of a
// secret.
func (f *Family) FromJSON(data []byte) (Value, error) {
	if !utf8.Valid(data) {
		return Value{}, fmt.Errorf("%w: the value is not UTF-8", store.ErrInvalid)
	}
	r := reader{json.NewDecoder(bytes.NewReader(data))}
	r.d.UseNumber()
	v, err := r.value(f.value, "the value")
	if err == nil {
		if _, end := r.d.Token(); !errors.Is(end, io.EOF) {
			err = r.syntax()
		}
	}
	if err != nil {
		return Value{}, err
	}
	return valueOf(f.value, v), nil
}

// reader reads values from JSON.
type reader struct{ d *json.Decoder }

func wrong(path, format string, args ...any) error {
	return fmt.Errorf("%w: %s %s", store.ErrInvalid, path, fmt.Sprintf(format, args...))
}

func (r reader) syntax() error {
	return fmt.Errorf("%w: this is not JSON of one value: byte %d", store.ErrInvalid, r.d.InputOffset())
}

func (r reader) value(t *Type, path string) (any, error) {
	token, err := r.d.Token()
	if err != nil {
		return nil, r.syntax()
	}
	switch {
	case token == json.Delim('{') && t.Kind == Message:
		return r.message(t.message, path)
	case token == json.Delim('{') && t.Kind == Map:
		return r.entries(t.Elem, path)
	case token == json.Delim('[') && t.Kind == List:
		return r.list(t.Elem, path)
	}
	redacted := token == family.Redacted
	if v := plain(t, token); v != nil && !(redacted && t.Secret) {
		return v, t.fits(v, path)
	}
	if redacted {
		return nil, fmt.Errorf("%w: %s", family.ErrRedacted, path)
	}
	return nil, wrong(path, "must be %s", t.words())
}

// plain returns the value of a token, nil if the type has no such value.
func plain(t *Type, token json.Token) any {
	switch v := token.(type) {
	case bool:
		if t.Kind == Bool {
			return v
		}
	case json.Number:
		return number(t.Kind, string(v))
	case string:
		return text(t, v)
	}
	return nil
}

func number(kind Kind, text string) any {
	size := 64
	if kind == Int32 || kind == Uint32 {
		size = 32
	}
	switch kind {
	case Int32, Int64:
		if n, err := strconv.ParseInt(text, 10, size); err == nil {
			return n
		}
	case Uint32, Uint64:
		if n, err := strconv.ParseUint(text, 10, size); err == nil {
			return n
		}
	case Float64:
		if n, err := strconv.ParseFloat(text, 64); err == nil {
			return n
		}
	}
	return nil
}

// timeOf returns the time of a text, nil if the type has no such time.
func timeOf(kind Kind, text string) any {
	v, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || kind == Time && v.Nanosecond()%1e6 != 0 {
		return nil
	}
	return v.UTC()
}

func text(t *Type, s string) any {
	switch {
	case t.Kind == String:
		return s
	case t.Kind == Time || t.Kind == TimeNanos:
		return timeOf(t.Kind, s)
	case t.enum != nil:
		if n, ok := t.enum.numbers[s]; ok {
			return n
		}
	case t.Kind == Bytes || t.Kind == Go:
		if b, err := base64.StdEncoding.Strict().DecodeString(s); err == nil && !strings.ContainsAny(s, "\r\n") {
			return b
		}
	}
	return nil
}

// fits returns an error if bytes have a length that the type does not allow.
func (t *Type) fits(v any, path string) error {
	b, ok := v.([]byte)
	switch {
	case ok && t.Size > 0 && len(b) != t.Size:
		return wrong(path, "has %d bytes, not %d", len(b), t.Size)
	case ok && t.Max > 0 && len(b) > t.Max:
		return wrong(path, "has %d bytes, the limit is %d", len(b), t.Max)
	}
	return nil
}

// words describes the JSON of a type.
func (t *Type) words() string {
	switch t.Kind {
	case Bool:
		return "true or false"
	case String:
		return "a string"
	case Time:
		return "a time of RFC 3339 with at most three digits behind the seconds"
	case TimeNanos:
		return "a time of RFC 3339"
	case Bytes, Go:
		return "a string of standard base64"
	case Message, Map:
		return "an object"
	case List:
		return "an array"
	}
	if t.enum != nil {
		return "the name or the number of an enum's value"
	}
	return "a number of the type " + t.scalar()
}

func (t *Type) scalar() string {
	for name, kind := range scalars {
		if kind == t.Kind {
			return name
		}
	}
	return ""
}

func (r reader) list(elem *Type, path string) (any, error) {
	list := []any{}
	for r.d.More() {
		v, err := r.value(elem, fmt.Sprintf("%s[%d]", path, len(list)))
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, r.close()
}

func (r reader) close() error {
	if _, err := r.d.Token(); err != nil {
		return r.syntax()
	}
	return nil
}

// entries reads a map. Errors give the position of an entry: its key is a
// stored value.
func (r reader) entries(elem *Type, path string) (any, error) {
	m := map[string]any{}
	for r.d.More() {
		at := fmt.Sprintf("%s{%d}", path, len(m))
		k, err := r.key()
		if err != nil {
			return nil, err
		}
		if _, twice := m[k]; twice {
			return nil, wrong(at, "has the key of an earlier entry")
		}
		if m[k], err = r.value(elem, at); err != nil {
			return nil, err
		}
	}
	return m, r.close()
}

func (r reader) key() (string, error) {
	token, err := r.d.Token()
	name, ok := token.(string)
	if err != nil || !ok {
		return "", r.syntax()
	}
	return name, nil
}

func (r reader) message(m *message, path string) (any, error) {
	v := &fields{values: make([]any, len(m.fields))}
	for r.d.More() {
		name, err := r.key()
		if err != nil {
			return nil, err
		}
		if name == unknownMember {
			err = r.unknown(m, v, path)
		} else {
			err = r.field(m, v, name, path)
		}
		if err != nil {
			return nil, err
		}
	}
	for i, f := range m.fields {
		switch {
		case v.values[i] != nil:
		case f.typ.required():
			return nil, wrong(path+"."+f.name, "is missing")
		default:
			v.values[i] = absent(f.typ)
		}
	}
	return v, r.close()
}

func (r reader) field(m *message, v *fields, name, path string) (err error) {
	i, known := m.byName[name]
	switch {
	case !known:
		return wrong(path, "has a member that is no field of the message %s", m.name)
	case v.values[i] != nil:
		return wrong(path+"."+name, "is there twice")
	}
	v.values[i], err = r.value(m.fields[i].typ, path+"."+name)
	return err
}

// unknown reads the unknown fields of a message.
func (r reader) unknown(m *message, v *fields, path string) error {
	path += "." + unknownMember
	b, err := r.value(&Type{Kind: Bytes}, path)
	if err != nil {
		return err
	}
	v.unknown = codec.Unknown{}
	d := codec.NewDecoder(b.([]byte))
	for d.Next() {
		if _, known := m.byNumber[d.Number()]; known {
			d.Refuse()
			continue
		}
		d.Unknown(&v.unknown)
	}
	if d.Finish() != nil {
		return wrong(path, "holds no unknown fields")
	}
	return nil
}
