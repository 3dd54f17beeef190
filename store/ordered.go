package store

import (
	"slices"

	"github.com/keyfam/keyfam/store/driver"
)

// placed is what an [ordered] holds: a value with a key as its place.
type placed interface{ place() driver.Key }

// ordered is a set of values in the order of their places, each place once. To
// find, add or remove a value takes about logarithmic time. It is a sorted
// slice in blocks, so that an insertion moves few values.
type ordered[T placed] struct {
	blocks  [][]T // none is empty
	changes int   // adds and removals so far; a cursor from before the last one is stale
	steps   int   // values looked at or passed, for tests of the work done
}

const blockLen = 256

// cursor is where a value is, or would be.
type cursor struct{ block, at int }

// seek finds the first value at or behind k.
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

// at returns the value at a cursor. ok is false at the end.
func (o *ordered[T]) at(c cursor) (v T, ok bool) {
	if c.block >= len(o.blocks) {
		return v, false
	}
	o.steps++
	return o.blocks[c.block][c.at], true
}

// next returns the cursor behind c.
func (o *ordered[T]) next(c cursor) cursor {
	if c.at++; c.at >= len(o.blocks[c.block]) {
		return cursor{c.block + 1, 0}
	}
	return c
}

// before returns the cursor in front of c, if there is a value.
func (o *ordered[T]) before(c cursor) (cursor, bool) {
	if c.at > 0 {
		return cursor{c.block, c.at - 1}, true
	}
	if c.block == 0 {
		return c, false
	}
	return cursor{c.block - 1, len(o.blocks[c.block-1]) - 1}, true
}

// find returns the value at k.
func (o *ordered[T]) find(k driver.Key) (v T, ok bool) {
	if v, ok = o.at(o.seek(k)); ok && v.place() == k {
		return v, true
	}
	return v, false
}

// add puts a value in. It replaces the value at the same place, if there is
// one.
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

// remove takes out the value at a cursor, and returns the cursor of the next
// one.
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
