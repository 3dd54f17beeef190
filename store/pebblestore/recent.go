package pebblestore

import (
	"hash/maphash"
	"sync/atomic"
)

// recent tells which commit was the last to touch a record, a family or, with
// all that it holds, a namespace. It knows the last commits only, so its size
// does not depend on the store's.
//
// Keys are known by a hash. Keys that share one share an entry, which holds the
// highest of their numbers. So a collision can make a key look touched that was
// not, and the engine is asked; it cannot hide a touch.
//
// Entries lie in two generations. When the young one is full it becomes the old
// one, and the old one is dropped. The applier alone uses them.
type recent struct {
	seed       maphash.Seed
	most       int // entries of a generation
	young, old generation
	// floor is the first commit since which everything is known. What is not in
	// the index was last touched before it.
	floor atomic.Uint64
}

// generation maps hashes to numbers of commits.
type generation struct {
	last  map[uint64]uint64
	until uint64 // the highest number in it
}

// recentEntries bounds a generation. Two full ones take 5 MB. A plain Set makes
// two entries, for its record and its family.
const recentEntries = 1 << 16

func newRecent(most int) *recent {
	x := &recent{seed: maphash.MakeSeed(), most: most}
	x.young.last, x.old.last = map[uint64]uint64{}, map[uint64]uint64{}
	x.floor.Store(1) // commits are numbered from 1
	return x
}

func (x *recent) hash(key []byte) uint64 { return maphash.Bytes(x.seed, key) }

// touched is at least the number of the last commit that touched what has that
// hash.
func (x *recent) touched(hash uint64) uint64 {
	if n, ok := x.young.last[hash]; ok {
		return n
	}
	if n, ok := x.old.last[hash]; ok {
		return n
	}
	return x.floor.Load() - 1
}

// touch notes that commit n, which has the highest number so far, touched what
// has that hash.
func (x *recent) touch(hash, n uint64) {
	if len(x.young.last) >= x.most {
		x.turn()
	}
	x.young.last[hash] = n
	x.young.until = n
}

// turn begins a generation in the memory of the oldest. Commits are noted in the
// order of their numbers, so all that is lost is of those up to until.
func (x *recent) turn() {
	x.floor.Store(x.old.until + 1)
	clear(x.old.last)
	x.young, x.old = x.old, x.young
}
