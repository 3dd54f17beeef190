package dynamic

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family/codec"
)

// An ID is the text of an id.
type ID string

// String is the text that the record is stored under.
func (id ID) String() string { return string(id) }

// A Part is one typed piece of an id.
type Part struct {
	Name string
	Type string // string, int32, int64, uint32 or uint64, with " ordered" if it has a fixed width
}

// A segment is a literal or a part.
type segment struct {
	literal string
	part    *Part
	ends    string // the literal behind a string part, which the part cannot contain
}

// segments parses the form of an id in a fact: {string}.{uint32}.
func segments(text string, names []string) (all []segment, err error) {
	parts := 0
	for text != "" {
		literal, rest, more := strings.Cut(text, "{")
		if literal != "" {
			all = append(all, segment{literal: literal})
		}
		if !more {
			break
		}
		typ, behind, closed := strings.Cut(rest, "}")
		if _, known := readers[typ]; !closed || !known {
			return nil, errID
		}
		parts++
		p := &Part{Name: "part " + strconv.Itoa(parts), Type: typ}
		if parts <= len(names) {
			p.Name = names[parts-1]
		}
		end, _, _ := strings.Cut(behind, "{")
		all, text = append(all, segment{part: p, ends: end}), behind
	}
	if parts == 0 {
		return nil, errID
	}
	return all, nil
}

// readers read parts of an id, by type, and return them without leading zeros.
var readers = map[string]func(t *codec.Text, s segment) string{
	"string": func(t *codec.Text, s segment) string { return t.String(s.part.Name, s.ends) },
	"int32":  func(t *codec.Text, s segment) string { return codec.FormatInt(t.Int32(s.part.Name)) },
	"int64":  func(t *codec.Text, s segment) string { return codec.FormatInt(t.Int64(s.part.Name)) },
	"uint32": func(t *codec.Text, s segment) string { return codec.FormatUint(t.Uint32(s.part.Name)) },
	"uint64": func(t *codec.Text, s segment) string { return codec.FormatUint(t.Uint64(s.part.Name)) },
	"uint32 ordered": func(t *codec.Text, s segment) string {
		return codec.FormatUint(t.Ordered32(s.part.Name))
	},
	"uint64 ordered": func(t *codec.Text, s segment) string {
		return codec.FormatUint(t.Ordered64(s.part.Name))
	},
}

// Parts returns the parts of the ids.
func (f *Family) Parts() (parts []Part) {
	for _, s := range f.segments {
		if s.part != nil {
			parts = append(parts, *s.part)
		}
	}
	return parts
}

// ParseID parses the text of an id.
//
// Errors: [store.ErrInvalid], without the text.
func (f *Family) ParseID(text string) (ID, error) {
	_, err := f.Split(text)
	return ID(text), err
}

// Split returns the parts of an id as text, in their order.
//
// Errors: as of [Family.ParseID].
func (f *Family) Split(text string) (parts []string, err error) {
	t := codec.ParseText(text)
	for _, s := range f.segments {
		if s.part == nil {
			t.Literal(s.literal)
			continue
		}
		parts = append(parts, readers[s.part.Type](t, s))
	}
	return parts, t.End()
}

// Join returns the id of these parts, which have the form that [Family.Split]
// returns.
//
// Errors: [store.ErrInvalid] if they make no id.
func (f *Family) Join(parts ...string) (ID, error) {
	var b strings.Builder
	want := f.Parts()
	if len(parts) != len(want) {
		return "", fmt.Errorf("%w: the id has %d parts, not %d", store.ErrInvalid, len(want), len(parts))
	}
	i := 0
	for _, s := range f.segments {
		b.WriteString(s.literal)
		if s.part != nil {
			b.WriteString(spelt(parts[i], s.part.Type))
			i++
		}
	}
	text := b.String()
	if back, err := f.Split(text); err != nil || strings.Join(back, "\x00") != strings.Join(parts, "\x00") {
		return "", fmt.Errorf("%w: the parts make no id of the family", store.ErrInvalid)
	}
	return ID(text), nil
}

// spelt returns a part as the text of the id has it.
func spelt(part, typ string) string {
	n, err := strconv.ParseUint(part, 10, 64)
	switch {
	case err != nil:
	case typ == "uint32 ordered" && n < 1<<32:
		return codec.FormatOrdered32(uint32(n))
	case typ == "uint64 ordered":
		return codec.FormatOrdered64(n)
	}
	return part
}
