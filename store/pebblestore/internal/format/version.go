package format

import (
	"github.com/cockroachdb/pebble/v2"
)

// Version is the engine's format of a new store. A store keeps the format that
// it was made with.
//
// It is a constant, and not the engine's newest format, because the engine
// moves a store only to newer formats and an older program cannot open it any
// more. An update of the engine alone must not do that to anybody's store.
//
// It must be at least [pebble.FormatWALSyncChunks]: since then the chunks of a
// log say what was flushed, and [ScanLog] tells damage from a power cut.
const Version = pebble.FormatValueSeparation
