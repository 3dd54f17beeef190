package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/analyzer/internal/checktest"
)

// build builds famvet and returns its path.
func build(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "famvet.exe")
	out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput()
	require.NoError(t, err, string(out))
	return bin
}

// run runs a command in dir and returns what it printed; a finding is no error.
func run(t *testing.T, dir, name string, args ...string) (stdout, stderr string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	var out, errs bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &errs
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	if err := cmd.Run(); err != nil {
		require.ErrorAs(t, err, new(*exec.ExitError))
	}
	return out.String(), errs.String()
}

var (
	wantComment = regexp.MustCompile("// want `(.*)`")
	finding     = regexp.MustCompile(`(?m)^(?:vet: )?(\S+\.go):(\d+):\d+: (.*)$`)
)

// TestSeeded runs go vet with famvet over 25 mistakes and 25 look-alikes: every mistake is found at its line with the right
// advice, and nothing else.
func TestSeeded(t *testing.T) {
	bin, dir := build(t), checktest.Seeded(t)
	_, out := run(t, dir, "go", "vet", "-vettool="+bin, "./...")

	found := map[string][]string{}
	for _, m := range finding.FindAllStringSubmatch(out, -1) {
		at := filepath.ToSlash(m[1]) + ":" + m[2]
		found[at] = append(found[at], m[3])
	}
	mistakes, right := 0, 0
	files, err := filepath.Glob(filepath.Join(dir, "seeded/*/*.go"))
	require.NoError(t, err)
	for _, file := range files {
		rel, err := filepath.Rel(dir, file)
		require.NoError(t, err)
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		wants := 0
		for i, line := range strings.Split(string(text), "\n") {
			at := filepath.ToSlash(rel) + ":" + strconv.Itoa(i+1)
			if want := wantComment.FindStringSubmatch(line); want != nil {
				wants++
				assert.NotEmpty(t, found[at], "%s is not reported", at)
				for _, msg := range found[at] {
					assert.Regexp(t, want[1], msg, at)
					assert.Regexp(t, `\[[a-z]+\]$`, msg, at)
				}
				delete(found, at)
			}
		}
		if filepath.Base(file) == "mistake.go" {
			mistakes++
			assert.Equal(t, 1, wants, rel)
		} else {
			right++
			assert.Zero(t, wants, rel)
		}
	}
	assert.Empty(t, found, "these are right")
	assert.Equal(t, 25, mistakes)
	assert.Equal(t, 25, right)
}

// TestStandAlone runs famvet itself: findings as JSON, one check alone, and fixes that leave code which compiles.
func TestStandAlone(t *testing.T) {
	bin, dir := build(t), checktest.Seeded(t)

	stdout, stderr := run(t, dir, bin, "-json", "./seeded/outer-read")
	got := map[string]map[string][]struct{ Posn, Message string }{}
	dec := json.NewDecoder(strings.NewReader(jsonOnly(stdout + stderr)))
	for {
		part := map[string]map[string][]struct{ Posn, Message string }{}
		err := dec.Decode(&part)
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
		for pkg, checks := range part {
			got[pkg] = checks
		}
	}
	require.Len(t, got["example.org/vetted/seeded/outer-read"]["outerhandle"], 1)
	assert.Contains(t, got["example.org/vetted/seeded/outer-read"]["outerhandle"][0].Message, " [outerhandle]")

	_, stderr = run(t, dir, bin, "-scanerr", "./seeded/outer-read", "./seeded/dropped-error")
	assert.Contains(t, stderr, "dropped-error")
	assert.NotContains(t, stderr, "outer-read/mistake.go")

	run(t, dir, bin, "-fix", "./seeded/outer-read", "./seeded/misspelt-family", "./seeded/logged-secret")
	_, stderr = run(t, dir, bin, "./seeded/outer-read", "./seeded/misspelt-family", "./seeded/logged-secret")
	assert.Empty(t, stderr, "fixed code compiles and has no findings")
}

// TestOpeners points the checks at another library by a file, and notices that the file changed.
func TestOpeners(t *testing.T) {
	bin, dir := build(t), t.TempDir()
	write := func(name, text string) {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	write("go.mod", "module example.org/shop\n\ngo 1.26.0\n")
	write("kv/kv.go", `package kv

type DB struct{}
type Tx struct{}

func (*DB) Update(fn func(*Tx) error) error { return fn(new(Tx)) }
func (db *DB) Path() string {
	_ = db.Update(func(*Tx) error { return nil })
	return ""
}
`)
	write("shop.go", `package shop

import "example.org/shop/kv"

func f(db *kv.DB) error {
	return db.Update(func(tx *kv.Tx) error {
		_ = db.Path()
		return db.Update(func(*kv.Tx) error { return nil })
	})
}
`)
	const entry = `{"libraries":[{"package":"example.org/shop/kv","openers":[{"receiver":"DB","func":"Update","callback":0,"handle":0}]`
	write("openers.json", entry+`}]}`)
	_, stderr := run(t, dir, bin, "-openers", "openers.json", ".")
	assert.Contains(t, stderr, "shop.go:7:7: db.Path uses the outer handle inside Update")
	assert.Contains(t, stderr, "shop.go:8:10: db.Update opens a second transaction")

	write("openers.json", entry+`,"harmless":["DB.Path"]}]}`)
	_, stderr = run(t, dir, bin, "-openers=openers.json", ".")
	assert.NotContains(t, stderr, "Path", "what a harmless method does inside does not count")
	assert.Contains(t, stderr, "shop.go:8:10: db.Update opens a second transaction")

	write("openers.json", `{"libraries":[{"pkg":"x"}]}`)
	_, stderr = run(t, dir, bin, "-openers=openers.json", ".")
	assert.Contains(t, stderr, `unknown field "pkg"`)
}

// jsonOnly drops the lines that go vet prints between the packages.
func jsonOnly(s string) string {
	var out []string
	for line := range strings.Lines(s) {
		if !strings.HasPrefix(line, "#") {
			out = append(out, line)
		}
	}
	return strings.Join(out, "")
}

// TestFixKeepsLineEnds fixes a file with CRLF and one without: no line changes but those of the findings.
func TestFixKeepsLineEnds(t *testing.T) {
	bin, dir := build(t), checktest.Seeded(t)
	want := map[string]string{}
	for _, check := range []string{"outer-read", "misspelt-family", "logged-secret"} {
		file := filepath.Join(dir, "seeded", check, "mistake.go")
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		crlf := filepath.Join(dir, "crlf", check, "mistake.go")
		require.NoError(t, os.MkdirAll(filepath.Dir(crlf), 0o700))
		require.NoError(t, os.WriteFile(crlf, bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n")), 0o600))
		want[crlf] = file
	}
	run(t, dir, bin, "-fix", "./...")
	for crlf, file := range want {
		got, err := os.ReadFile(crlf)
		require.NoError(t, err)
		fixed, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.NotContains(t, string(fixed), "\r")
		assert.Equal(t, strings.ReplaceAll(string(fixed), "\n", "\r\n"), string(got))
	}
	_, stderr := run(t, dir, bin, "./crlf/...")
	assert.Empty(t, stderr)
}

// TestVersion asks as people do and as the go command does.
func TestVersion(t *testing.T) {
	bin := build(t)
	for _, flag := range []string{"--version", "-version"} {
		stdout, _ := run(t, ".", bin, flag)
		assert.Regexp(t, `^famvet \S+\n$`, stdout)
	}
	stdout, _ := run(t, ".", bin, "-V=full")
	assert.Regexp(t, `version \S+ .*buildID=`, stdout)
}
