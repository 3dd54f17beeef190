package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What the README says of an eleventh family is true of this tree: pasted into
// families.yaml it generates, compiles, and breaks none of our own tests.
func TestREADMEsEleventhFamily(t *testing.T) {
	if testing.Short() && !strict() {
		t.Skip("it compiles a copy of the tree")
	}
	root, err := filepath.Abs("../../..")
	require.NoError(t, err)
	tree := t.TempDir()
	copyTree(t, root, tree)
	readme, err := os.ReadFile(filepath.Join(tree, "README.md"))
	require.NoError(t, err)
	block := regexp.MustCompile("(?s)```yaml\n(  note:\n.*?)```").FindSubmatch(readme)
	call := regexp.MustCompile("`(repo\\.Notes\\(\\)[^`]*)`").FindSubmatch(readme)
	require.NotNil(t, block, "the README has no eleventh family")
	require.NotNil(t, call, "the README does not use it")
	spec := filepath.Join(tree, "families.yaml")
	old, err := os.ReadFile(spec)
	require.NoError(t, err)
	pasted := strings.Replace(string(old), "\nfamilies:\n", "\nfamilies:\n"+string(block[1]), 1)
	require.NoError(t, os.WriteFile(spec, []byte(pasted), 0o644))
	out, err := goCommand(tree, "test", "-run", "TestGenerated", "./generated/signalkeys")
	require.Error(t, err, "go test passes although go generate was forgotten")
	require.Contains(t, out, "families.yaml has changed since this package was generated")
	require.NoError(t, os.WriteFile(filepath.Join(tree, "generated", "signalkeys", "note_test.go"), []byte(`package signalkeys_test

import "testing"

func TestNote(t *testing.T) {
	ctx, repo := t.Context(), open(t)
	if err := `+string(call[1])+`; err != nil {
		t.Fatal(err)
	}
}
`), 0o644))
	for _, args := range [][]string{
		{"generate", "."},
		{"vet", "./generated/...", "./interop/..."},
		{"test", "-short", "-vet=off", "./generated/...", "./gen/docs", "./gen/spec", "./interop/..."},
	} {
		out, err := goCommand(tree, args...)
		require.NoError(t, err, "go %s\n%s", strings.Join(args, " "), out)
	}
}

// goCommand runs the go command in a directory. The directory is another one
// in each run; with -trimpath the build cache helps all the same.
func goCommand(dir string, args ...string) (string, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-trimpath", "GOWORK=off", "KEYFAM_TEST_STRICT=")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// strict says that nothing may be skipped.
func strict() bool { return os.Getenv("KEYFAM_TEST_STRICT") == "1" }

// copyTree copies the files that belong to the project, as they stand now.
func copyTree(t *testing.T, from, to string) {
	t.Helper()
	cmd := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	cmd.Dir = from
	out, err := cmd.Output()
	if err != nil {
		if strict() {
			t.Fatalf("git ls-files: %v", err)
		}
		t.Skipf("this is no git checkout: %v", err)
	}
	for name := range strings.SplitSeq(strings.TrimRight(string(out), "\x00"), "\x00") {
		b, err := os.ReadFile(filepath.Join(from, filepath.FromSlash(name)))
		if os.IsNotExist(err) {
			continue // deleted, and not committed yet
		}
		require.NoError(t, err)
		file := filepath.Join(to, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o777))
		require.NoError(t, os.WriteFile(file, b, 0o644))
	}
}
