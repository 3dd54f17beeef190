package family

import (
	"fmt"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family/codec"
)

// ID is the constraint of the id types of families. String returns the text
// that the record is stored under.
type ID interface {
	comparable
	String() string
}

// Family describes how the records of one family are stored. Generated code
// has a variable of it for each family.
type Family[I ID, V any] struct {
	// Name is the name of the family in the store.
	Name string
	// CheckID returns an error for an id whose text would not parse, or would
	// parse as another id. Nil accepts every id.
	CheckID func(I) error
	// ParseID parses the text of an id.
	ParseID func(text string) (I, error)
	// Encode writes a value.
	Encode func(*codec.Encoder, V)
	// Decode reads a value. The result, strings too, may share the memory of
	// the bytes, so nobody may change these afterwards.
	Decode func(value []byte) (V, error)
	// Inverse, if not empty, is the end of the ids of reverse rows: a record
	// id→v has the row v+Inverse→id. Ids and values are then strings.
	Inverse string
}

// Entry is one record of a family, as scans yield it.
type Entry[I ID, V any] struct {
	ID    I
	Value V
}

// The unexported code below is functions, not methods. The compiler makes
// wrappers of every method for every family, used or not. They would take most
// of the time that a generated package needs to compile.

// formatID returns the text of an id, or an error if it cannot be stored.
func formatID[I ID, V any](f *Family[I, V], id I) (string, error) {
	if f.CheckID != nil {
		if err := f.CheckID(id); err != nil {
			return "", err
		}
	}
	text := id.String()
	if f.Inverse != "" && hides(rulesOf(f), text) {
		return "", fmt.Errorf("%w: the id is that of a derived row", store.ErrInvalid)
	}
	return text, nil
}

// formatIDs is formatID for several ids.
func formatIDs[I ID, V any](f *Family[I, V], ids []I) (texts []string, err error) {
	texts = make([]string, len(ids))
	for i, id := range ids {
		if texts[i], err = formatID(f, id); err != nil {
			return nil, err
		}
	}
	return texts, nil
}

// encode returns an encoder that has written a value. Without an error the
// caller must release it.
func encode[I ID, V any](f *Family[I, V], v V) (e *codec.Encoder, value []byte, err error) {
	e = codec.NewEncoder()
	f.Encode(e, v)
	if value, err = e.Finish(); err != nil {
		e.Release()
	}
	return e, value, err
}

// Marshal returns the bytes that a value is stored as.
func (f *Family[I, V]) Marshal(v V) ([]byte, error) {
	e, value, err := encode(f, v)
	if err != nil {
		return nil, err
	}
	value = append([]byte{}, value...)
	e.Release()
	return value, nil
}

// Unmarshal reads a stored value.
//
// Bytes: the result, strings too, may share the memory of value, so nobody may
// change value afterwards.
func (f *Family[I, V]) Unmarshal(value []byte) (V, error) {
	v, err := f.Decode(value)
	if err != nil {
		var none V
		return none, err
	}
	return v, nil
}

// put adds a record to a data set.
func put[I ID, V any](f *Family[I, V], ds *store.DataSet, id I, v V) error {
	text, err := formatID(f, id)
	if err != nil {
		return err
	}
	e, value, err := encode(f, v)
	if err != nil {
		return err
	}
	ds.Put(f.Name, text, value)
	e.Release()
	return nil
}

// fail returns err with the name of the verb and the family, nil if err is
// nil.
func fail(op, family string, err error) error {
	if err == nil {
		return nil
	}
	return &store.Error{Op: op, Family: family, Err: err}
}
