package ignore_test

import (
	"testing"

	"github.com/keyfam/keyfam/analyzer/ignore"
	"github.com/keyfam/keyfam/analyzer/internal/checktest"
)

func TestMarker(t *testing.T) {
	checktest.Run(t, ignore.New([]string{"outerhandle", "scanerr"}), "marker")
}
