package format

import (
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/stretchr/testify/assert"
)

// An update of the engine that adds a format, or changes its own choice of
// one, fails here. Then read what is new, and decide whether new stores get
// it: raise Version, or only the number below. Stores that exist keep theirs.
func TestFormatOfTheEngine(t *testing.T) {
	assert.EqualValues(t, 24, Version, "the number is in the name of a marker in every store")
	assert.EqualValues(t, 24, pebble.FormatNewest, "the engine has a newer format")
	assert.EqualValues(t, 13, pebble.FormatMinSupported, "the engine reads no older format")
	var o pebble.Options
	o.EnsureDefaults()
	assert.EqualValues(t, 13, o.FormatMajorVersion, "the engine's default")
	assert.GreaterOrEqual(t, Version, pebble.FormatWALSyncChunks)
}
