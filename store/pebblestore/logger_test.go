package pebblestore

import (
	"log/slog"
	"testing"

	"github.com/cockroachdb/redact"
	"github.com/stretchr/testify/assert"
)

// A message does not contain the directory's path, though the engine marks it
// as safe and it has white space and brackets in it.
func TestLogLinesHoldNoPath(t *testing.T) {
	l := engineLog{to: slog.Default(), dir: "/srv/a, (b): c/db"}
	assert.Equal(t, "- 4: {(…,000004)} …/000005.log",
		l.words("- 4: {(%s,000004)} %s/000005.log", []any{redact.SafeString(l.dir), redact.SafeString(l.dir)}))
}
