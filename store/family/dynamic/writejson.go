package dynamic

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"time"

	"github.com/keyfam/keyfam/store/family"
	"github.com/keyfam/keyfam/store/family/codec"
)

// unknownMember is the member of a message that holds its unknown fields. No
// field can have that name.
const unknownMember = "(unknown)"

// appendJSON appends a value as JSON. Unless reveal is set, secrets are
// redacted.
func appendJSON(b []byte, t *Type, v any, reveal bool) []byte {
	if t != nil && t.Secret && !reveal && v != nil {
		return strconv.AppendQuote(b, family.Redacted)
	}
	switch v := v.(type) {
	case bool:
		return strconv.AppendBool(b, v)
	case int64:
		if t.enum != nil && t.enum.names[v] != "" {
			return appendText(b, t.enum.names[v])
		}
		return strconv.AppendInt(b, v, 10)
	case uint64:
		return strconv.AppendUint(b, v, 10)
	case float64:
		return strconv.AppendFloat(b, v, 'g', -1, 64)
	case time.Time:
		return append(v.AppendFormat(append(b, '"'), time.RFC3339Nano), '"')
	case string:
		return appendText(b, v)
	case []byte:
		return appendBytes(b, v)
	case []any:
		return appendList(b, t.Elem, v, reveal)
	case map[string]any:
		return appendMap(b, t.Elem, v, reveal)
	case *fields:
		return appendMessage(b, t.message, v, reveal)
	}
	return append(b, "null"...)
}

func appendBytes(b, v []byte) []byte {
	b = base64.StdEncoding.AppendEncode(append(b, '"'), v)
	return append(b, '"')
}

// appendText appends a JSON string. It does not escape <, > and &.
func appendText(b []byte, s string) []byte {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string has no error
	return append(b, bytes.TrimSuffix(out.Bytes(), []byte("\n"))...)
}

func appendList(b []byte, elem *Type, list []any, reveal bool) []byte {
	b = append(b, '[')
	for i, v := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendJSON(b, elem, v, reveal)
	}
	return append(b, ']')
}

func appendMap(b []byte, elem *Type, m map[string]any, reveal bool) []byte {
	b = append(b, '{')
	first := true
	for k, v := range codec.Sorted(m) {
		b = appendMember(b, &first, k)
		b = appendJSON(b, elem, v, reveal)
	}
	return append(b, '}')
}

// appendMessage appends the fields that are there. Unknown ones count as
// secret.
func appendMessage(b []byte, m *message, v *fields, reveal bool) []byte {
	b = append(b, '{')
	first := true
	for i, f := range m.fields {
		if v.values[i] != nil {
			b = appendMember(b, &first, f.name)
			b = appendJSON(b, f.typ, v.values[i], reveal)
		}
	}
	if unknown := v.unknown.Reveal(); len(unknown) > 0 {
		b = appendMember(b, &first, unknownMember)
		b = appendJSON(b, &Type{Kind: Bytes, Secret: true}, unknown, reveal)
	}
	return append(b, '}')
}

func appendMember(b []byte, first *bool, name string) []byte {
	if !*first {
		b = append(b, ',')
	}
	*first = false
	return append(appendText(b, name), ':')
}
