package secretleak_test

import (
	"testing"

	"github.com/keyfam/keyfam/analyzer/flow"
	"github.com/keyfam/keyfam/analyzer/internal/checktest"
	"github.com/keyfam/keyfam/analyzer/openers"
	"github.com/keyfam/keyfam/analyzer/secretleak"
)

func TestSecretLeak(t *testing.T) {
	checktest.Run(t, secretleak.New(flow.New(openers.Default())), "secretleak")
}
