// Package pebblestore keeps records in a directory, with the embedded engine
// Pebble. It is the store to use when one process owns its data.
//
//	st, err := pebblestore.Open(ctx, "/var/lib/gateway/keys", nil)
//
// # What is promised
//
// A commit is acknowledged after its flush to the disk. It survives kill -9 and
// the loss of power. Commits of many goroutines share flushes. A check-only
// commit, which ends a transaction that read more than once and wrote nothing,
// is acknowledged after the flush of everything applied before it.
//
// While a flush is under way, a plain read (Get, GetMany, Has, Scan, a View, and
// a transaction of one read and no write) may show what the flush is about: a
// power cut in that moment can take back what such a read has shown. Whatever a
// transaction makes of it is acknowledged only after that flush.
//
// # One owner
//
// One process at a time has a directory open for writing, or several for reading:
// others are refused at once with [ErrLocked]. The lock is on the directory itself,
// so it holds whatever becomes of the file LOCK. If the directory is moved,
// replaced or removed while it is open, the store fails and acknowledges nothing
// more. Windows locks the file, which nobody can remove there while it is open.
// Keep the directory on a local disk: Open refuses one that cannot be locked, but
// for reading.
//
// A new directory has mode 0700 and files 0600, whatever the umask. Open refuses a
// directory that its group or others can write, and one with a link where a file
// of the store should be.
//
// Open makes a store in a directory that is missing or empty. It refuses a
// directory that holds anything else (hidden files and lost+found apart), and
// makes at most one directory above it. Options.MustExist keeps it from making
// anything. Of files that others put beside those of a store, none is removed that
// has no name of the engine's, and no log (000123.log) with their content: if the
// engine comes to need its name, the store fails until it is moved away.
//
// # When the disk fails
//
// After a failed write or flush, on a full disk too, the store answers every
// call with an error that wraps [store.ErrUnavailable]: the process lives, but
// the engine does not know any more what is on the disk. Commits under way get
// an error that wraps [store.ErrUnknownOutcome] as well. Close the store and open
// it again: everything acknowledged is there, a commit that was under way is
// there whole or not at all. The failed engine is abandoned as it stands, which
// costs its memory (block cache and memtables) until the process ends.
//
// # When files are damaged
//
// Blocks are checksummed, and the file FILES holds the length and checksum of what
// was flushed of every log and manifest. Damage is answered with
// [store.ErrCorrupt], by Open or by the read that meets it. Damage is a changed or
// lost byte, a file that was cut, removed or put back in an older version, or one
// of another store. Background work that meets damage fails the store;
// Options.ReadOnly does no background work and reads what can still be read.
//
// After a process has ended, by Close, kill -9 or a crash, Open finds damage to
// any acknowledged commit. After the loss of power it finds damage to any commit
// that was acknowledged more than a second, and one flush of the disk, before. The
// second is how long FILES may wait to be flushed: damage to the last bytes of the
// newest log then looks like what a power cut leaves. Commits of that second,
// from the damaged one on, may be lost without a word, and no others.
//
// A directory of which all files are older is an older store: nothing can tell.
package pebblestore
