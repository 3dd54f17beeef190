package codec

import (
	"errors"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/keyfam/keyfam/internal/markers"
	"github.com/keyfam/keyfam/store"
)

// Errors of users' types quote what they were given, and so must not be
// quoted.
func TestErrorsOfTypesAreNotShown(t *testing.T) {
	quoting := func(b []byte) error {
		_, err := strconv.Atoi(string(b))
		return err
	}
	value := []byte(markers.Text("value"))
	marshal := func() ([]byte, error) { return nil, quoting(value) }
	d := NewDecoder(append([]byte{1<<3 | wireBytes, byte(len(value))}, value...))
	for d.Next() {
		d.Failed("field", quoting(d.Bytes("field")))
	}
	field, whole := &Encoder{}, &Encoder{}
	field.Marshaled(1, "field", marshal)
	EncodeMarshaled(whole, marshal)
	for sentinel, errs := range map[error][]error{
		store.ErrCorrupt: {d.Finish(), DecodeMarshaled(value, quoting)},
		store.ErrInvalid: {field.err, whole.err},
	} {
		for _, err := range errs {
			assert.ErrorIs(t, err, sentinel)
			assert.True(t, errors.Is(err, strconv.ErrSyntax), "the type's own error is wrapped")
			for _, s := range markers.Methods() {
				assert.Empty(t, markers.Find(s.Print(err)), s.Name)
			}
		}
	}
}
