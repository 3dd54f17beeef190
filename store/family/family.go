package family

import (
	"fmt"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family/codec"
)

// ID is what the ids of a family can do: String is the text that the record is
// stored under.
type ID interface {
	comparable
	String() string
}

// Family says how the records of one family are stored. Generated code has one
// for each family.
type Family[I ID, V any] struct {
	// Name is the family's name in the store.
	Name string
	// CheckID refuses ids whose text would be that of another id or of none.
	// Nil accepts every id.
	CheckID func(I) error
	// ParseID reads the text of an id.
	ParseID func(text string) (I, error)
	// Encode writes a value.
	Encode func(*codec.Encoder, V)
	// Decode reads a value. It may share the memory of the bytes, strings too, so
	// they must never change again.
	Decode func(value []byte) (V, error)
	// Inverse, if not empty, is what the ids of reverse rows end in: for each row
	// id→v there is a row v+Inverse→id. Ids and values are then strings.
	Inverse string
}

// Entry is one record of a family.
type Entry[I ID, V any] struct {
	ID    I
	Value V
}

// What is not exported are functions, not methods: the compiler makes wrappers for
// every method of each family, used or not, which take most of the time that
// a generated package needs to compile.

// formatID is the text of an id that may be stored.
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

// formatIDs is the texts of several ids.
func formatIDs[I ID, V any](f *Family[I, V], ids []I) (texts []string, err error) {
	texts = make([]string, len(ids))
	for i, id := range ids {
		if texts[i], err = formatID(f, id); err != nil {
			return nil, err
		}
	}
	return texts, nil
}

// encode returns an encoder that has written a value. Without an error the caller
// must release it.
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

// Unmarshal reads a stored value. What it answers may share the memory of the
// bytes, strings too, so they must never change again.
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

// fail names the family of an error.
func fail(op, family string, err error) error {
	if err == nil {
		return nil
	}
	return &store.Error{Op: op, Family: family, Err: err}
}
