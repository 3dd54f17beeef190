package family

import (
	"fmt"
	"strings"

	"github.com/keyfam/keyfam/store"
)

// Key is what a family's keys can do: String is the text that is stored as the
// record's id.
type Key interface {
	comparable
	String() string
}

// Family says how the records of one family are stored. Generated code has one
// for each family.
type Family[K Key, V any] struct {
	// Name is the family's name in the store.
	Name string
	// CheckKey refuses keys whose text would be that of another key or of none.
	// Nil accepts every key.
	CheckKey func(K) error
	// ParseKey reads the text of a key.
	ParseKey func(text string) (K, error)
	// Encode writes a value.
	Encode func(*Encoder, V)
	// Decode reads a value. It may share the memory of the bytes, strings too, so
	// they must never change again.
	Decode func(value []byte) (V, error)
	// Inverse, if not empty, is what the ids of reverse rows end in: for each row
	// k→v there is a row v+Inverse→k. Keys and values are then strings.
	Inverse string
}

// Entry is one record of a family.
type Entry[K Key, V any] struct {
	Key   K
	Value V
}

// What is not exported are functions, not methods: the compiler makes wrappers for
// every method of each family, used or not, which take most of the time that
// a generated package needs to compile.

// idOf is the text of a key that may be stored.
func idOf[K Key, V any](f *Family[K, V], k K) (string, error) {
	if f.CheckKey != nil {
		if err := f.CheckKey(k); err != nil {
			return "", err
		}
	}
	id := k.String()
	if reversed(id, f.Inverse) {
		return "", fmt.Errorf("%w: the key ends like that of a reverse row", store.ErrInvalid)
	}
	return id, nil
}

// idsOf is the texts of several keys.
func idsOf[K Key, V any](f *Family[K, V], ks []K) (ids []string, err error) {
	ids = make([]string, len(ks))
	for i, k := range ks {
		if ids[i], err = idOf(f, k); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// reversed says whether an id is that of a reverse row of a family.
func reversed(id, inverse string) bool {
	return inverse != "" && strings.HasSuffix(id, inverse)
}

// encode writes a value. Without an error the encoder is the caller's to release.
func encode[K Key, V any](f *Family[K, V], v V) (*Encoder, error) {
	e := encoders.Get().(*Encoder)
	f.Encode(e, v)
	if err := e.err; err != nil {
		e.release()
		return nil, err
	}
	return e, nil
}

// Marshal returns the bytes that a value is stored as.
func (f *Family[K, V]) Marshal(v V) ([]byte, error) {
	e, err := encode(f, v)
	if err != nil {
		return nil, err
	}
	value := append([]byte{}, e.value()...)
	e.release()
	return value, nil
}

// Unmarshal reads a stored value. What it answers may share the memory of the
// bytes, strings too, so they must never change again.
func (f *Family[K, V]) Unmarshal(value []byte) (V, error) {
	v, err := f.Decode(value)
	if err != nil {
		var none V
		return none, err
	}
	return v, nil
}

// put adds a record to a data set.
func put[K Key, V any](f *Family[K, V], ds *store.DataSet, k K, v V) error {
	id, err := idOf(f, k)
	if err != nil {
		return err
	}
	e, err := encode(f, v)
	if err != nil {
		return err
	}
	ds.Put(f.Name, id, e.value())
	e.release()
	return nil
}

// fail names the family of an error.
func fail(op, family string, err error) error {
	if err == nil {
		return nil
	}
	return &store.Error{Op: op, Family: family, Err: err}
}
