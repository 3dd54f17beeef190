package rerun_test

import (
	"testing"

	"github.com/keyfam/keyfam/analyzer/flow"
	"github.com/keyfam/keyfam/analyzer/internal/checktest"
	"github.com/keyfam/keyfam/analyzer/openers"
	"github.com/keyfam/keyfam/analyzer/rerun"
)

func TestRerun(t *testing.T) {
	checktest.Run(t, rerun.New(flow.New(openers.Default())), "rerun")
}
