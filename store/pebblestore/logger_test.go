package pebblestore

import (
	"log/slog"
	"testing"

	"github.com/cockroachdb/redact"
	"github.com/stretchr/testify/assert"
)

// The engine calls some paths safe that are the user's.
func TestLogLinesHoldNoPath(t *testing.T) {
	for line, want := range map[string]string{
		"WAL in /home/ann/+49 151/db, 3 files":     "WAL in …, 3 files",
		"- 000004: {(/srv/a b/db,000004)}":         "- 000004: {(…,000004)}",
		`opened "C:\Users\Ann Lee\db": 2 of 5`:     `opened "…": 2 of 5`,
		`\\server\share\db is full`:                "…",
		"sst 1/3 at 2.5 MB/s, 4 / 5 levels, a/b.c": "sst 1/3 at 2.5 MB/s, 4 / 5 levels, a/b.c",
		"/var/lib/x": "…",
	} {
		assert.Equal(t, want, clean(redact.RedactableString(line)), line)
	}
	l := engineLog{to: slog.Default(), dir: "/srv/a, (b): c/db"}
	assert.Equal(t, "- 4: {(…,000004)} …/000005.log",
		l.words("- 4: {(%s,000004)} %s/000005.log", []any{redact.SafeString(l.dir), redact.SafeString(l.dir)}))
}
