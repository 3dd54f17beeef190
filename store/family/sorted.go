package family

import (
	"iter"
	"slices"
	"strings"
)

// Sorted yields a map in the order of its keys, bytewise.
func Sorted[T any](m map[string]T) iter.Seq2[string, T] {
	return func(yield func(string, T) bool) {
		keys := make([]string, 0, len(m))
		for k := range m {
			keys = append(keys, k)
		}
		slices.SortFunc(keys, strings.Compare)
		for _, k := range keys {
			if !yield(k, m[k]) {
				return
			}
		}
	}
}
