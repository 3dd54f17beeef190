package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family/dynamic"
)

// An export is JSON Lines: the head, then a line for each stored row, in the
// order of families and ids.

// linesFormat is the form of exports.
const linesFormat = "json lines 1"

// linesHead is the first line of an export.
type linesHead struct {
	Keyfam  string            `json:"keyfam"` // linesFormat
	Records int               `json:"records"`
	Schemas map[string]string `json:"schemas"` // facts, by package
}

// linesRecord is one row. It has a value if its family's schema gives that the
// same bytes again, else the bytes.
type linesRecord struct {
	Family string `json:"family"`
	named
	Value json.RawMessage `json:"value,omitempty"`
	Bytes *[]byte         `json:"bytes,omitempty"`
}

var errHoldsSecrets = errors.New("the namespace holds secrets, or values that no schema knows: give --reveal to export them")

// lineOf is the line of a stored row.
//
// Errors: errHoldsSecrets if that would show a secret that may not show.
func lineOf(f *dynamic.Family, r store.Record, name string, reveal bool) (linesRecord, error) {
	line := linesRecord{Family: name, named: nameOf(r.ID)}
	secret := true
	line.Value, secret = exact(f, r)
	if line.Value == nil {
		line.Bytes = new(append([]byte{}, r.Value...))
	}
	if secret && !reveal {
		return line, errHoldsSecrets
	}
	return line, nil
}

// exact is the JSON of a row, nil if its bytes are not just what the JSON gives,
// and whether it shows a secret.
func exact(f *dynamic.Family, r store.Record) (data json.RawMessage, secret bool) {
	if f == nil {
		return nil, true
	}
	if f.Derived(r.ID) {
		if !utf8.Valid(r.Value) {
			return nil, false
		}
		data, _ := json.Marshal(string(r.Value))
		return data, false
	}
	v, err := f.Codec().Unmarshal(r.Value)
	if err != nil {
		return nil, true
	}
	data = v.Reveal()
	redacted, err := v.MarshalJSON()
	secret = err != nil || !bytes.Equal(data, redacted)
	if back, err := f.FromJSON(data); err == nil {
		if again, err := f.Codec().Marshal(back); err == nil && bytes.Equal(again, r.Value) {
			return data, secret
		}
	}
	return nil, true
}

// parseLine reads one line into v, strictly.
func parseLine(line []byte, v any) error {
	if !utf8.Valid(line) {
		return fmt.Errorf("%w: not UTF-8", store.ErrInvalid)
	}
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil || len(bytes.TrimSpace(line[d.InputOffset():])) > 0 {
		return fmt.Errorf("%w: not the JSON of a line: byte %d", store.ErrInvalid, d.InputOffset())
	}
	return nil
}

// row is a line as it is to be stored.
type row struct {
	family *dynamic.Family // nil if no schema has it, or if the row is stored as bytes
	name   string
	id     string
	value  []byte
	typed  dynamic.Value // of a family with derived rows
}

// derived reports whether the row is written behind all records.
func (r *row) derived() bool { return r.family != nil && r.family.Derived(r.id) }

// rowOf reads a line with the schemas of the head.
func rowOf(line []byte, schemas *dynamic.Schemas) (*row, error) {
	var l linesRecord
	if err := parseLine(line, &l); err != nil {
		return nil, err
	}
	f, err := schemas.Family(l.Family)
	if err != nil {
		return nil, err
	}
	if (l.ID == nil) == (l.Base64 == nil) || (l.Value == nil) == (l.Bytes == nil) || l.Bytes == nil && f == nil {
		return nil, fmt.Errorf("%w: a record has a family, an id or id_base64, and a value or bytes", store.ErrInvalid)
	}
	r := &row{family: f, name: l.Family, id: l.text()}
	switch {
	case l.Bytes != nil:
		r.value = *l.Bytes
		if !r.derived() {
			r.family = nil
		}
	case r.derived():
		var id string
		err = json.Unmarshal(l.Value, &id)
		r.value = []byte(id)
	default:
		err = r.read(l.Value)
	}
	return r, err
}

// read reads a value of the row's family.
func (r *row) read(data []byte) (err error) {
	if _, err = r.family.ParseID(r.id); err != nil {
		return err
	}
	if r.typed, err = valueOf(r.family, data, false); err != nil {
		return err
	}
	r.value, err = r.family.Codec().Marshal(r.typed)
	return err
}
