package main

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/memstore"
)

// TestProgram runs the program: each message is heard once and in order, that in
// which the process was killed after it.
func TestProgram(t *testing.T) {
	program := filepath.Join(t.TempDir(), "conversation")
	out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput()
	require.NoError(t, err, "%s", out)
	out, err = exec.Command(program).CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Equal(t, `alice says 00
bob says 01
alice says 02
bob says 03
alice says 04
-- killed --
bob says 05
alice says 06
bob says 07
alice says 08
bob says 09
`, string(out))
}

// TestGoesOn ends the conversation after each message and starts it again.
func TestGoesOn(t *testing.T) {
	st, err := memstore.Open(t.Context(), nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, st.Close()) }()
	var heard []string
	for n := range 6 {
		c := conversation{n, func(text string) { heard = append(heard, text) }, func(string) {}}
		require.NoError(t, c.talk(t.Context(), st))
	}
	require.Equal(t, []string{"alice says 00", "bob says 01", "alice says 02", "bob says 03", "alice says 04"}, heard)
	require.Len(t, inbox(t, st.Namespace("bob")), 3)
	require.Len(t, inbox(t, st.Namespace("alice")), 2)
}

func inbox(t *testing.T, st *store.Store) (texts []string) {
	for r, err := range st.Scan(t.Context(), "inbox", "") {
		require.NoError(t, err)
		texts = append(texts, string(r.Value))
	}
	return texts
}
