package yaml

import (
	"cmp"
	"slices"
)

// A Role is the order of a mapping, which depends on where it is.
type Role struct {
	Keys  []string                           // come first, in this order
	Apart []string                           // have a blank line above
	In    func(key string) *Role             // the role of the mapping below a key; may be nil
	Less  func(n *Node) func(a, b Entry) int // the order of the other entries of n; nil keeps the file's
}

// sorted returns the entries of n in the order of r.
func (r *Role) sorted(n *Node) []Entry {
	entries := slices.Clone(n.Entries)
	if r == nil {
		return entries
	}
	rank := func(e Entry) int {
		if i := slices.Index(r.Keys, e.Key.Text); i >= 0 {
			return i
		}
		return len(r.Keys)
	}
	rest := func(Entry, Entry) int { return 0 }
	if r.Less != nil {
		rest = r.Less(n)
	}
	slices.SortStableFunc(entries, func(a, b Entry) int {
		if c := cmp.Compare(rank(a), rank(b)); c != 0 || rank(a) < len(r.Keys) {
			return c
		}
		return rest(a, b)
	})
	return entries
}

func (r *Role) child(key string) *Role {
	if r == nil || r.In == nil {
		return nil
	}
	return r.In(key)
}
