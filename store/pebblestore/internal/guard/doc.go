// Package guard stands between the engine and a store's directory. It decides
// who owns the directory, which files in it are the store's, and whether these
// are whole. And it stops a failing engine.
//
// # One owner
//
// [Claim] locks the directory itself, for one writer or several readers, and
// the file LOCK for programs that use the bare engine. A lock on the file
// alone would not do: the file can be removed and made anew, and then two
// processes hold a lock of that name. Before each operation on a file, the
// path must still lead to the directory that is locked. Windows locks the
// file, which nobody can remove there while it is open.
//
// # Which files are the store's
//
//	KEYFAM      there is a complete store (the mark)
//	KEYFAM.new  a store was begun and is not complete
//	FILES       what was flushed of each log, manifest and marker
//	LOCK        locked while the store is open
//
// and all files with exact names of the engine ([format.OfEngine]). KEYFAM.new
// is durable before the engine makes its first file, and becomes KEYFAM before
// anything is acknowledged. Files of the engine beside neither of them are
// damage, never a new store. A store that was begun is begun anew: FILES lists
// what it had made, and only that is removed.
//
// The engine sees its own names only. A log that FILES does not list and that
// does not start like a log of the engine belongs to somebody else: the engine
// neither sees it nor makes a log in its place.
//
// # Whether they are whole
//
// [Dir.Files] compares every listed file with FILES, and the newest log with
// what its own chunks promise: see packages ledger and format. FILES has a
// note of every flushed log before the commit is acknowledged. So after the
// end of a process, damage to any acknowledged commit is found. The note
// itself is flushed within a second ([FS.Lag]): after a power cut, damage to
// what was acknowledged longer before is found. The engine checks the blocks
// of tables itself.
//
// # A failing engine
//
// [FS] never shows the engine a failed write, flush, create, rename or close
// in the store's directory. The first failure sets the mark of the store
// ([fault.Mark]), and from then on every goroutine of the engine that touches
// a file is blocked for good. So no byte reaches the directory any more, and
// the store can be opened again in the same process.
package guard
