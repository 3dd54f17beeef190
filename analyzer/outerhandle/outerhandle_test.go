package outerhandle_test

import (
	"testing"

	"github.com/keyfam/keyfam/analyzer/flow"
	"github.com/keyfam/keyfam/analyzer/internal/checktest"
	"github.com/keyfam/keyfam/analyzer/openers"
	"github.com/keyfam/keyfam/analyzer/outerhandle"
)

func TestOuterHandle(t *testing.T) {
	checktest.Run(t, outerhandle.New(flow.New(openers.Default())), "outerhandle")
}
