package lock_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/gen/lock"
)

// Any text is a lock that is written as it was read, or is refused.
func FuzzParse(f *testing.F) {
	for _, p := range []string{"", lock.Header, lock.Header + "\naccessor note Notes\r\nfamily note string {string} \n", "<<<<<<< x"} {
		f.Add(p)
		f.Add(p + "\nwaive FIELD_RENAMED messages.note.1 because\npackage notes\n")
	}
	f.Fuzz(func(t *testing.T, src string) {
		l, err := lock.Parse("families.lock", []byte(src))
		if err != nil {
			return
		}
		again, err := lock.Parse("families.lock", l.Text())
		require.NoError(t, err)
		require.Equal(t, l.Facts, again.Facts)
		require.Equal(t, string(l.Text()), string(again.Text()))
	})
}
