package codec

import (
	"cmp"
	"encoding/binary"
	"iter"
	"slices"
)

// Sorted yields the entries of a map in the bytewise order of their keys.
//
// It sorts the positions of the entries by the first eight bytes of their
// keys. Most keys differ there, so that few comparisons need the whole key,
// and no value is looked up twice.
func Sorted[T any](m map[string]T) iter.Seq2[string, T] {
	return func(yield func(string, T) bool) {
		if len(m) == 0 {
			return
		}
		type entry struct {
			key   string
			value T
		}
		entries := make([]entry, 0, len(m))
		order := make([]place, 0, len(m))
		for k, v := range m {
			order = append(order, place{prefix(k), len(entries)})
			entries = append(entries, entry{k, v})
		}
		slices.SortFunc(order, func(a, b place) int {
			if a.prefix != b.prefix {
				return cmp.Compare(a.prefix, b.prefix)
			}
			return cmp.Compare(entries[a.at].key, entries[b.at].key)
		})
		for _, p := range order {
			if !yield(entries[p.at].key, entries[p.at].value) {
				return
			}
		}
	}
}

// place is the position of an entry, and the prefix of its key.
type place struct {
	prefix uint64
	at     int
}

// prefix returns the first eight bytes of s, padded with zeros, as a number.
// If two prefixes differ, their order is that of the strings.
func prefix(s string) uint64 {
	var b [8]byte
	copy(b[:], s)
	return binary.BigEndian.Uint64(b[:])
}
