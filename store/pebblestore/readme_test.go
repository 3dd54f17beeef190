package pebblestore_test

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/store/family"
	"github.com/keyfam/keyfam/store/pebblestore"
)

// advance is the program of README.md; its body is compared with it.
func advance(ctx context.Context, dir string, ratchet func([]byte) []byte) error {
	st, err := pebblestore.Open(ctx, dir, nil) // a directory; one process at a time
	if err != nil {
		return err
	}
	defer st.Close()
	repo, err := signalkeys.Open(ctx, st.Namespace("+12025550123")) // a namespace is an account
	if err != nil {
		return err
	}
	alice := signalkeys.SessionID{Name: "alice", Device: 7}
	return repo.Transaction(ctx, signalkeys.SessionLabel(alice), func(ctx context.Context, tx *signalkeys.Tx) error {
		session, ok, err := tx.Sessions().Get(ctx, alice)
		if err != nil || !ok {
			return err // nothing was written
		}
		next := ratchet(session.Reveal()) // your cryptography; it may run again after a conflict
		if err := tx.PreKeys().Delete(ctx, 17); err != nil {
			return err
		}
		return tx.Sessions().Put(ctx, alice, family.NewSecret(next)) // both or neither
	})
}

func TestProgramOfReadme(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	alice := signalkeys.SessionID{Name: "alice", Device: 7}
	inspect := func(fn func(repo *signalkeys.Repo)) {
		st, err := pebblestore.Open(ctx, dir, nil)
		require.NoError(t, err)
		defer st.Close()
		repo, err := signalkeys.Open(ctx, st.Namespace("+12025550123"))
		require.NoError(t, err)
		fn(repo)
	}
	inspect(func(repo *signalkeys.Repo) {
		require.NoError(t, repo.Sessions().Put(ctx, alice, family.NewSecret([]byte("one"))))
		require.NoError(t, repo.PreKeys().Put(ctx, 17, signalkeys.KeyPair{}))
	})
	require.NoError(t, advance(ctx, dir, func(b []byte) []byte { return append(bytes.Clone(b), " two"...) }))
	inspect(func(repo *signalkeys.Repo) {
		session, ok, err := repo.Sessions().Get(ctx, alice)
		require.NoError(t, err)
		assert.True(t, ok)
		assert.Equal(t, "one two", string(session.Reveal()))
		ok, err = repo.PreKeys().Has(ctx, 17)
		require.NoError(t, err)
		assert.False(t, ok)
	})
}

func TestReadmeShowsTheProgramThatIsTested(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	source, err := os.ReadFile("readme_test.go")
	require.NoError(t, err)
	_, shown, ok := strings.Cut(string(readme), "```go\n")
	require.True(t, ok)
	shown, _, ok = strings.Cut(shown, "```\n")
	require.True(t, ok)
	_, body, ok := strings.Cut(string(source), "ratchet func([]byte) []byte) error {\n")
	require.True(t, ok)
	body, _, ok = strings.Cut(body, "\n}\n")
	require.True(t, ok)
	for i, line := range strings.Split(strings.TrimSuffix(shown, "\n"), "\n") {
		assert.Equal(t, strings.TrimPrefix(strings.Split(body, "\n")[i], "\t"), line)
	}
	assert.Equal(t, strings.Count(shown, "\n"), strings.Count(body, "\n")+1)
}
