package codec

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// What an encoder wrote may be secret and does not stay in memory, however
// long.
func TestReleaseWipes(t *testing.T) {
	for _, size := range []int{1, 100, maxScratch, maxScratch + 1} {
		e := &Encoder{}
		e.Bytes(1, make([]byte, size))
		written := e.bytes
		for i := range written {
			written[i] = 7
		}
		e.Release()
		assert.NotContains(t, written, byte(7), "%d bytes", size)
	}
}
