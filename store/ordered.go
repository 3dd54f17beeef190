package store

import (
	"slices"

	"github.com/keyfam/keyfam/store/driver"
)

// placed is what an [ordered] holds: a value with a place among keys.
type placed interface{ place() driver.Key }

// ordered is a set of values in the order of their places, each place once. A
// value is found, added and removed in about logarithmic time in any order. It
// is a sorted slice in blocks, so that what moves is short.
type ordered[T placed] struct {
	blocks  [][]T // none is empty
	changes int   // adds and removals so far: a cursor of another count is stale
	steps   int   // values looked at or passed, for tests of the work done
}

const blockLen = 256

// cursor is where a value is, or would be.
type cursor struct{ block, at int }

// seek finds the first value at k or behind.
func (o *ordered[T]) seek(k driver.Key) cursor {
	search := func(n int, key func(int) driver.Key) int {
		low, high := 0, n
		for low < high {
			o.steps++
			if mid := (low + high) / 2; key(mid).Compare(k) < 0 {
				low = mid + 1
			} else {
				high = mid
			}
		}
		return low
	}
	n := len(o.blocks)
	if n == 0 || o.last(n-1).Compare(k) < 0 {
		return cursor{n, 0} // most values come in order, behind all others
	}
	b := search(n, o.last)
	block := o.blocks[b]
	return cursor{b, search(len(block), func(i int) driver.Key { return block[i].place() })}
}

func (o *ordered[T]) last(block int) driver.Key {
	b := o.blocks[block]
	return b[len(b)-1].place()
}

// at answers the value at a cursor, if it is not the end.
func (o *ordered[T]) at(c cursor) (v T, ok bool) {
	if c.block >= len(o.blocks) {
		return v, false
	}
	o.steps++
	return o.blocks[c.block][c.at], true
}

// next is the cursor behind c.
func (o *ordered[T]) next(c cursor) cursor {
	if c.at++; c.at >= len(o.blocks[c.block]) {
		return cursor{c.block + 1, 0}
	}
	return c
}

// before is the cursor in front of c, if there is a value.
func (o *ordered[T]) before(c cursor) (cursor, bool) {
	if c.at > 0 {
		return cursor{c.block, c.at - 1}, true
	}
	if c.block == 0 {
		return c, false
	}
	return cursor{c.block - 1, len(o.blocks[c.block-1]) - 1}, true
}

// find answers the value at k.
func (o *ordered[T]) find(k driver.Key) (v T, ok bool) {
	if v, ok = o.at(o.seek(k)); ok && v.place() == k {
		return v, true
	}
	return v, false
}

// add puts a value in, in the stead of the one at its place if there is one.
func (o *ordered[T]) add(v T) {
	c := o.seek(v.place())
	if old, ok := o.at(c); ok && old.place() == v.place() {
		o.blocks[c.block][c.at] = v
		return
	}
	o.changes++
	if c.block == len(o.blocks) { // behind all others
		if c.block == 0 {
			o.blocks = append(o.blocks, nil)
		} else {
			c.block--
		}
		c.at = len(o.blocks[c.block])
	}
	o.blocks[c.block] = slices.Insert(o.blocks[c.block], c.at, v)
	if full := o.blocks[c.block]; len(full) >= blockLen {
		// Filled in order, a block stays nearly full; otherwise it is halved.
		half := blockLen / 2
		if c.at == len(full)-1 {
			half = c.at
		}
		o.blocks[c.block] = full[:half:half]
		o.blocks = slices.Insert(o.blocks, c.block+1, slices.Clone(full[half:]))
	}
}

// remove takes the value at a cursor out. The cursor is then at the next value.
func (o *ordered[T]) remove(c cursor) cursor {
	o.changes++
	b := slices.Delete(o.blocks[c.block], c.at, c.at+1)
	if len(b) == 0 {
		o.blocks = slices.Delete(o.blocks, c.block, c.block+1)
		return cursor{c.block, 0}
	}
	o.blocks[c.block] = b
	if c.at == len(b) {
		return cursor{c.block + 1, 0}
	}
	return c
}
