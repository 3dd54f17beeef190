package codec

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Strings are parts of the value's memory, and so are the bytes, which their
// reader may change: no byte may be part of both.
func TestChangedBytesLeaveStringsAlone(t *testing.T) {
	const before, between, after = "before", "between", "after"
	e := &Encoder{}
	e.String(1, "text", before)
	e.Bytes(2, []byte("any"))
	e.String(3, "text", between)
	e.Bytes(4, []byte("size"))
	e.BytesMax(5, "bytes", []byte("most"), 10)
	e.String(6, "text", after)

	d := NewDecoder(e.bytes)
	var texts []string
	var slices [][]byte
	for d.Next() {
		switch d.Number() {
		case 2:
			slices = append(slices, d.Bytes("bytes"))
		case 4:
			slices = append(slices, d.BytesOf("bytes", 4))
		case 5:
			slices = append(slices, d.BytesMax("bytes", 10))
		default:
			texts = append(texts, d.String("text"))
		}
	}
	require.NoError(t, d.Finish())
	for _, b := range slices {
		clear(append(b, "and more"...))
		clear(b)
	}
	assert.Equal(t, []string{before, between, after}, texts)
}
