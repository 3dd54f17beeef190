package codec

import (
	"cmp"
	"encoding/binary"
	"iter"
	"slices"
)

// Sorted yields a map in the order of its keys, bytewise.
//
// What is sorted is small: the place of each entry with the first bytes of its
// key. Most keys differ there, so that the keys themselves are not looked at,
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

// place is where an entry is.
type place struct {
	prefix uint64
	at     int
}

// prefix is the first eight bytes of s, with zeros behind it if it is shorter:
// prefixes that differ are in the order of their strings.
func prefix(s string) uint64 {
	var b [8]byte
	copy(b[:], s)
	return binary.BigEndian.Uint64(b[:])
}
