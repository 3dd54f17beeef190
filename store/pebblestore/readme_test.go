package pebblestore_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// block returns the fenced code of README.md that follows a marker comment.
func block(t *testing.T, marker string) string {
	t.Helper()
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	m := regexp.MustCompile("(?s)<!-- " + regexp.QuoteMeta(marker) + " -->\n```\\w+\n(.*?)```").FindSubmatch(readme)
	require.NotNil(t, m, "README.md has no <!-- %s -->", marker)
	return string(m[1])
}

// goIn runs the go command in a module that takes what is in the module cache.
func goIn(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GONOSUMDB=*", "GOFLAGS=-buildvcs=false", "GOWORK=off", "PWD="+dir)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "go %s\n%s", strings.Join(args, " "), out)
	return string(out)
}

// What README.md tells an outside user to type before there is a release ends,
// in an empty folder, with a program that runs.
func TestFirstSteps(t *testing.T) {
	tree, err := filepath.Abs("../..")
	require.NoError(t, err)
	above := t.TempDir()
	app := filepath.Join(above, "app")
	save := func(file, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(app, file), []byte(text), 0o644))
	}
	var printed string
	for line := range strings.Lines(block(t, "try: before")) {
		line = strings.TrimSpace(strings.ReplaceAll(line, "../keyfam", tree))
		file, saves := strings.CutPrefix(line, "# save ")
		switch args := strings.Fields(line); {
		case strings.HasPrefix(line, "mkdir app && cd app && "):
			require.NoError(t, os.Mkdir(app, 0o777))
			goIn(t, app, strings.Fields(line)[7:]...)
		case saves:
			file = strings.TrimSuffix(file, " here")
			save(file, block(t, "file: "+file))
		case args[0] == "go":
			printed = goIn(t, app, args[1:]...)
		default:
			t.Fatalf("README.md: no such step is known: %s", line)
		}
	}
	assert.Equal(t, "alice.7 after 1 steps: [redacted]\n", printed)
	assert.Equal(t, "alice.7 after 2 steps: [redacted]\n", goIn(t, app, "run", "."), "a second run")
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	assert.Contains(t, string(readme), "`alice.7 after 1 steps: [redacted]`, then `alice.7 after 2 steps: [redacted]`")

	// The other domain, and the call that demands a store.
	save("feeds.yaml", block(t, "file: feeds.yaml"))
	goIn(t, app, "tool", "famgen", "generate", "-out", "feeds", "feeds.yaml")
	save("feeds.go", `package main

import (
	"context"

	"example.com/app/feeds"
	"github.com/keyfam/keyfam/store/pebblestore"
)

`+block(t, "file: feeds.go")+`
func reopen(ctx context.Context, dir string) error {
	`+block(t, "file: reopen")+`
	if err != nil {
		return err
	}
	return st.Close()
}
`)
	save("feeds_test.go", `package main

import (
	"path/filepath"
	"testing"

	"example.com/app/feeds"
	"github.com/keyfam/keyfam/store/pebblestore"
)

func TestMarkRead(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	st, err := pebblestore.Open(ctx, dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	repo, err := feeds.Open(ctx, st)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []feeds.ArticleID{{Feed: "go", Number: 1}, {Feed: "go", Number: 20}, {Feed: "other", Number: 1}} {
		if err := repo.Articles().Put(ctx, id, feeds.Article{Title: "news"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := markRead(ctx, repo, "go"); err != nil {
		t.Fatal(err)
	}
	for article, err := range repo.Articles().All(ctx) {
		if err != nil || article.Value.Read != (article.ID.Feed == "go") {
			t.Error(article, err)
		}
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	if err := reopen(ctx, dir); err != nil {
		t.Fatal(err)
	}
	if reopen(ctx, filepath.Join(dir, "slip")) == nil {
		t.Fatal("a slip in the path made a store")
	}
}
`)
	goIn(t, app, "test", "./...")
}
