package pebblestore

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store/pebblestore/internal/format"
	"github.com/keyfam/keyfam/store/pebblestore/internal/ledger"
	"github.com/keyfam/keyfam/store/pebblestore/internal/trial"
)

const page = 4 << 10

// rearranged returns contents that a file may have after damage to more than a
// byte: cut, with pages lost, and with parts of itself in other places.
func rearranged(r *rand.Rand, text []byte, content int) map[string][]byte {
	all := map[string][]byte{"emptied": {}}
	for range trial.Soak(2, 200) {
		at := r.IntN(content)
		all[fmt.Sprintf("cut at %d", at)] = text[:at]
		all[fmt.Sprintf("zeros from %d", at)] = replaced(text, at, make([]byte, len(text)-at)...)
		start := at / page * page
		all[fmt.Sprintf("page at %d lost", start)] = replaced(text, start, make([]byte, min(page, len(text)-start))...)
		for _, size := range []int{512, page, format.LogBlock} {
			a, b := r.IntN(content)/size*size, r.IntN(content)/size*size
			one, other := text[a:min(a+size, len(text))], text[b:min(b+size, len(text))]
			all[fmt.Sprintf("%d bytes at %d over %d", size, a, b)] = replaced(text, b, one[:min(len(one), len(other))]...)
			if len(one) == len(other) {
				all[fmt.Sprintf("%d bytes at %d and %d swapped", size, a, b)] = replaced(replaced(text, b, one...), a, other...)
			}
		}
	}
	return all
}

// rearrange damages every file of the image in these ways, and judges each.
func (im image) rearrange(t *testing.T, r *rand.Rand) (tried, found int) {
	t.Helper()
	for _, name := range im.names(func(name string) bool { return im.content(name) > 0 }) {
		for how, text := range rearranged(r, im.files[name], im.content(name)) {
			damaged := im.judge(t, im.with(name, text).disk(t), false, func() string { return name + ": " + how })
			if tried++; damaged {
				found++
			}
		}
	}
	return tried, found
}

// TestRearranged cuts and rearranges files after a kill and after Close.
func TestRearranged(t *testing.T) {
	t.Parallel()
	r := trial.Rand(t)
	for _, closed := range []bool{false, true} {
		t.Run(fmt.Sprintf("closed=%v", closed), func(t *testing.T) {
			disk, b, records := written(t, r.Uint64(), sizes["several in a block"]())
			if closed {
				require.NoError(t, b.Close())
			}
			im := imageOf(t, disk)
			im.holds = exactly("n", records)
			tried, found := im.rearrange(t, r)
			tell(t, "%d times damaged, %d found, the rest harmless", tried, found)
			require.Greater(t, found, tried/4)
			if !closed {
				abandon(t, b)
			}
		})
	}
}

// TestForeignFile replaces a file by an older copy, and by the file of the
// same name of another store that had commits of the same sizes.
func TestForeignFile(t *testing.T) {
	t.Parallel()
	for _, closed := range []bool{false, true} {
		t.Run(fmt.Sprintf("closed=%v", closed), func(t *testing.T) {
			sizes := sizes["small behind large"]()
			disk, b, records := written(t, 1, sizes)
			early := imageOf(t, disk)
			for id, value := range write(t, b, 2, sizes) {
				records[id] = value
			}
			otherDisk, other, _ := written(t, 3, sizes)
			write(t, other, 4, append(slices.Clone(sizes), 300, 300))
			if closed {
				require.NoError(t, b.Close())
				require.NoError(t, other.Close())
			} else {
				defer abandon(t, b)
				defer abandon(t, other)
			}
			im := imageOf(t, disk)
			im.holds = exactly("n", records)
			for from, source := range map[string]image{"an older copy": early, "another store": imageOf(t, otherDisk)} {
				found := 0
				for _, name := range im.names(func(name string) bool { return source.files[name] != nil && ledger.Lists(name) }) {
					if im.judge(t, im.with(name, source.files[name]).disk(t), false, func() string { return name + " of " + from }) {
						found++
					}
				}
				require.Positive(t, found, from)
			}
		})
	}
}

// TestRemovedFile removes each file after a kill and after Close.
func TestRemovedFile(t *testing.T) {
	t.Parallel()
	for _, closed := range []bool{false, true} {
		disk, b, records := written(t, 1, sizes["tiny"]())
		if closed {
			require.NoError(t, b.Close())
		}
		im := imageOf(t, disk)
		im.holds = exactly("n", records)
		found := 0
		for name := range im.files {
			if im.judge(t, im.with(name, nil).disk(t), false, func() string { return name + " removed" }) {
				found++
			}
		}
		require.Greater(t, found, 4)
		if !closed {
			abandon(t, b)
		}
	}
}
