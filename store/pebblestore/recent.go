package pebblestore

import (
	"hash/maphash"
	"sync/atomic"
)

// recent is the index of recent commits. It tells which commit was the last to
// touch a record, a family, or a whole namespace. It knows only the last
// commits, so its size does not depend on the size of the store.
//
// It stores hashes of keys. Keys with the same hash share an entry, which
// holds the highest of their commits. So a collision can make an untouched key
// look touched, and then the engine is asked. It cannot hide a touch.
//
// There are two generations of entries. When the young one is full it becomes
// the old one, and the former old one is dropped. Only the applier uses them.
type recent struct {
	seed       maphash.Seed
	most       int // entries of a generation
	young, old generation
	// floor is the first commit from which on every touch is known. What
	// is not in the index was last touched before it.
	floor atomic.Uint64
}

// generation maps hashes to numbers of commits.
type generation struct {
	last  map[uint64]uint64
	until uint64 // the highest number in it
}

// recentEntries is the most entries of a generation. Two full generations take
// 5 MB. A plain Set makes two entries: for its record and for its family.
const recentEntries = 1 << 16

func newRecent(most int) *recent {
	x := &recent{seed: maphash.MakeSeed(), most: most}
	x.young.last, x.old.last = map[uint64]uint64{}, map[uint64]uint64{}
	x.floor.Store(1) // commits are numbered from 1
	return x
}

func (x *recent) hash(key []byte) uint64 { return maphash.Bytes(x.seed, key) }

// touched returns the last commit that touched a key with that hash, or a
// later one.
func (x *recent) touched(hash uint64) uint64 {
	if n, ok := x.young.last[hash]; ok {
		return n
	}
	if n, ok := x.old.last[hash]; ok {
		return n
	}
	return x.floor.Load() - 1
}

// touch notes that commit n touched a key with that hash. n is the highest
// number so far.
func (x *recent) touch(hash, n uint64) {
	if len(x.young.last) >= x.most {
		x.turn()
	}
	x.young.last[hash] = n
	x.young.until = n
}

// turn begins a generation in the memory of the old one. Commits are noted in
// the order of their numbers, so only touches by commits up to until are lost.
func (x *recent) turn() {
	x.floor.Store(x.old.until + 1)
	clear(x.old.last)
	x.young, x.old = x.old, x.young
}
