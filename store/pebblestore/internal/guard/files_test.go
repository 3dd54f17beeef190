package guard

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store/pebblestore/internal/fault"
)

// A panic in an operation on a file leaves no lock behind that Fence waits
// for.
func TestPanicInAFileOperation(t *testing.T) {
	g := &FS{mark: fault.NewMark(), dir: &Dir{lock: unlocked()}}
	require.PanicsWithValue(t, "engine", func() { g.do(func() error { panic("engine") }) })
	require.True(t, g.busy.TryLock())
}
