package fault

import (
	"testing"

	"github.com/cockroachdb/redact"
	"github.com/stretchr/testify/assert"
)

// The engine marks some paths as safe that are the user's.
func TestCleanTextHoldsNoPath(t *testing.T) {
	for line, want := range map[string]string{
		"WAL in /home/ann/+49 151/db, 3 files":     "WAL in …, 3 files",
		"- 000004: {(/srv/a b/db,000004)}":         "- 000004: {(…,000004)}",
		`opened "C:\Users\Ann Lee\db": 2 of 5`:     `opened "…": 2 of 5`,
		`\\server\share\db is full`:                "…",
		"sst 1/3 at 2.5 MB/s, 4 / 5 levels, a/b.c": "sst 1/3 at 2.5 MB/s, 4 / 5 levels, a/b.c",
		"/var/lib/x": "…",
	} {
		assert.Equal(t, want, Clean(redact.RedactableString(line)), line)
	}
}
