package lock_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Tools that compare locks need no generator of Go.
func TestImportsNoRenderer(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "github.com/keyfam/keyfam/gen/lock").Output()
	require.NoError(t, err)
	deps := strings.Fields(string(out))
	require.Contains(t, deps, "github.com/keyfam/keyfam/gen/spec")
	for _, dep := range deps {
		assert.NotContains(t, dep, "jennifer")
		assert.NotEqual(t, "github.com/keyfam/keyfam/gen/render", dep)
	}
}
