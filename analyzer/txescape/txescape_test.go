package txescape_test

import (
	"testing"

	"github.com/keyfam/keyfam/analyzer/flow"
	"github.com/keyfam/keyfam/analyzer/internal/checktest"
	"github.com/keyfam/keyfam/analyzer/openers"
	"github.com/keyfam/keyfam/analyzer/txescape"
)

func TestTxEscape(t *testing.T) {
	checktest.Run(t, txescape.New(flow.New(openers.Default())), "txescape")
}
