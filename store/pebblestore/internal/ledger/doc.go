// Package ledger keeps the file FILES of a store. It lists the logs, manifests
// and markers of the engine, with the length and the checksum of what was
// flushed of each.
//
// # Why the engine needs it
//
// The engine replays the logs that it finds, up to the first bad byte of the
// newest one. It takes a bad manifest for one that a crash left, and goes back
// to an older state of the store. It cannot tell damage from what a power cut
// leaves. With the list, [Check] can.
//
// # Lines
//
// The file grows by lines. Each line is a complete list with a checksum; the
// last good line holds. Three events write a durable line: the engine is about
// to rely on a new file, a listed file is about to be removed or reused, and a
// manifest was flushed.
//
// Commits do not wait for a second flush. After the flush of a log, and before
// the commit is acknowledged, [Ledger.Note] writes a line but does not flush
// it, in the place of the next durable line. That line survives the end of the
// process. [Ledger.Settle] makes it durable later, for a power cut.
//
// A line is written after the flush that it describes, so it never says more
// than the disk holds. If a power cut tears a line, the line before it holds.
//
// While a new store is made, a line lists every file before the file is made.
// Files that are not listed then belong to somebody else.
package ledger
