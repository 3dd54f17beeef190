package scanerr_test

import (
	"testing"

	"github.com/keyfam/keyfam/analyzer/internal/checktest"
	"github.com/keyfam/keyfam/analyzer/scanerr"
)

func TestScanErr(t *testing.T) {
	checktest.Run(t, scanerr.New(), "scanerr")
}
