package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"famgen": main})
}

// The scripts run famgen as a process; those of modules also run the go
// command, with what the module cache holds.
func TestScripts(t *testing.T) {
	root, err := filepath.Abs("../../..")
	require.NoError(t, err)
	testscript.Run(t, testscript.Params{
		Dir: "../../testdata/famgen",
		Setup: func(env *testscript.Env) error {
			for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPATH", "HOME"} {
				if v := os.Getenv(name); v != "" {
					env.Setenv(name, v)
				}
			}
			// A program with the race detector waits a second before it ends.
			env.Setenv("GORACE", "atexit_sleep_ms=10")
			// Without -trimpath nothing in a new directory is ever in the
			// build cache.
			env.Setenv("GOFLAGS", "-mod=mod -trimpath")
			env.Setenv("GOPROXY", "off")
			env.Setenv("GOWORK", "off")
			env.Setenv("KEYFAM", root)
			sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
			if err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(env.WorkDir, "go.sum"), sums, 0o644)
		},
	})
}
