// Package pebblestore keeps records in a directory, with the embedded engine
// Pebble. It is the store to use when one process owns its data.
//
//	st, err := pebblestore.Open(ctx, "/var/lib/gateway/keys", nil)
//
// # What is promised
//
// A commit is acknowledged after its flush to the disk. It survives kill -9
// and the loss of power. The commits of many goroutines share flushes. A
// transaction that read more than once and wrote nothing ends with a
// check-only commit. It is acknowledged after the flush of everything that was
// applied before it.
//
// A plain read (Get, GetMany, Has, Scan, a View, and a transaction of one read
// and no write) may show a commit whose flush is still under way. A power cut
// in that moment can take back what such a read has shown. A transaction that
// depends on it is acknowledged only after that flush.
//
// # One owner
//
// A directory is open in one process for writing, or in several for reading.
// Others are refused at once with [ErrLocked]. The lock is on the directory
// itself, so it holds even if the file LOCK is removed. If the directory is
// moved, replaced or removed while it is open, the store fails and
// acknowledges nothing more. On Windows the lock is on the file, which nobody
// can remove there while it is open. Keep the directory on a local disk: Open
// refuses a directory that cannot be locked, except for reading.
//
// A new directory has mode 0700 and its files 0600, whatever the umask is.
// Open refuses a directory that its group or others can write, and one that
// has a link where a file of the store should be.
//
// Open makes a store in a directory that is missing or empty, and makes at
// most one directory above it. It refuses a directory that holds anything else
// (hidden files and lost+found apart). Options.MustExist keeps it from making
// anything.
//
// Other files beside those of a store stay, unless they have an exact name of
// the engine's. A log (000123.log) stays also then, if its content is not the
// engine's: if the engine comes to need the name, the store fails until the
// file is moved away.
//
// # When the disk fails
//
// After a failed write or flush, also on a full disk, the store answers every
// call with an error that wraps [store.ErrUnavailable]. The process lives, but
// the engine no longer knows what is on the disk. Commits under way get an
// error that wraps [store.ErrUnknownOutcome] as well. Close the store and open
// it again: everything acknowledged is there, and a commit that was under way
// is there whole or not at all. The failed engine is abandoned. Its memory
// (block cache and memtables) is lost until the process ends.
//
// # When files are damaged
//
// Blocks are checksummed, and the file FILES holds the length and checksum of
// what was flushed of every log and manifest. Open, or the read that finds the
// damage, answers [store.ErrCorrupt]. Damage is a changed or lost byte, a file
// that was cut, removed or put back in an older version, or a file of another
// store. If background work finds damage, the store fails; Options.ReadOnly
// does no background work and reads what can still be read.
//
// After a process has ended, by Close, kill -9 or a crash, Open finds damage
// to any acknowledged commit. After the loss of power it finds damage to any
// commit that was acknowledged more than a second, and one flush of the disk,
// before. The second is how long FILES may wait for its own flush. Within it,
// damage to the last bytes of the newest log looks like what a power cut
// leaves: commits of that second, from the damaged one on, may be lost without
// an error.
//
// If all files of a directory are older, it is an older store. Nothing shows
// that.
//
// # Formats
//
// A store keeps the engine's format that it was made with. Neither an update
// of the engine nor Open moves a store to a newer one.
package pebblestore
