package secrecy_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/internal/markers"
)

const panicVariable = "KEYFAM_MARKERS_PANIC"

// panics are what a process dies of.
var panics = map[string]func(t *testing.T, r *signalkeys.Repo){
	"repository": func(_ *testing.T, r *signalkeys.Repo) { panic(r) },
	"store":      func(_ *testing.T, r *signalkeys.Repo) { panic(*r.Store()) },
	"driver":     func(_ *testing.T, r *signalkeys.Repo) { panic(r.Store().Driver()) },
	"label":      func(*testing.T, *signalkeys.Repo) { panic(label()) },
	"error": func(t *testing.T, r *signalkeys.Repo) {
		panic(fmt.Errorf("around: %w", r.Transaction(t.Context(), badLabel(), nil)))
	},
	"transaction on a goroutine": func(t *testing.T, r *signalkeys.Repo) {
		inside(t, r, func(_ context.Context, tx *signalkeys.Tx) {
			ended := make(chan bool)
			go func() { panic(tx) }()
			<-ended
		})
	},
}

// TestPanicsShowNothing lets processes die with all their goroutines' traces.
func TestPanicsShowNothing(t *testing.T) {
	if name := os.Getenv(panicVariable); name != "" {
		panics[name](t, marked(t))
		return
	}
	for name := range panics {
		dying := exec.Command(os.Args[0], "-test.run", "^TestPanicsShowNothing$")
		dying.Env = append(os.Environ(), panicVariable+"="+name, "GOTRACEBACK=all")
		out, err := dying.CombinedOutput()
		require.Error(t, err, name)
		assert.Contains(t, string(out), "panic: ", name)
		assert.Empty(t, markers.Find(string(out)), name)
	}
}
