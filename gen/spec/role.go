package spec

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// A role says where in the grammar a mapping is, and so how it is ordered.
type role struct {
	keys []string                           // what stands first, in this order
	in   func(key string) *role             // the role of the mapping below a key
	less func(n *node) func(a, b entry) int // the order of the rest of n; nil keeps the file's
}

func always(r *role) func(string) *role { return func(string) *role { return r } }

func below(roles map[string]*role) func(string) *role {
	return func(key string) *role { return roles[key] }
}

var (
	goTypeRole  = &role{keys: goTypeKeys}
	fieldRole   = &role{keys: fieldKeys, in: below(map[string]*role{"go": goTypeRole})}
	fieldsRole  = &role{in: always(fieldRole), less: byNumber}
	messageRole = &role{keys: messageKeys, in: below(map[string]*role{"fields": fieldsRole})}
	idRole      = &role{keys: []string{"text"}, in: always(&role{keys: partKeys}), less: byTemplate}
	valueRole   = &role{in: below(map[string]*role{"go": goTypeRole})}
	familyRole  = &role{keys: familyKeys, in: below(map[string]*role{"id": idRole, "value": valueRole})}
	fileRole    = &role{keys: fileKeys, in: below(map[string]*role{
		"messages": {in: always(messageRole)}, "families": {in: always(familyRole)}, "retired": {keys: retiredKeys},
	})}
)

// byNumber orders fields; what is no number comes last.
func byNumber(*node) func(a, b entry) int {
	number := func(e entry) int {
		if n, err := strconv.Atoi(e.key.text); err == nil && fieldNumber.MatchString(e.key.text) {
			return n
		}
		return maxNumber + 1
	}
	return func(a, b entry) int { return cmp.Compare(number(a), number(b)) }
}

// byTemplate orders the parts of an id as its text names them.
func byTemplate(n *node) func(a, b entry) int {
	text := ""
	for _, e := range n.entries {
		if e.key.text == "text" && e.value.shape == scalar {
			text = e.value.text
			break
		}
	}
	places := map[string]int{}
	for _, e := range n.entries {
		places[e.key.text] = len(text)
		if i := strings.Index(text, "{"+e.key.text+"}"); i >= 0 {
			places[e.key.text] = i
		}
	}
	return func(a, b entry) int { return cmp.Compare(places[a.key.text], places[b.key.text]) }
}

// sorted is the entries of n in the order of r.
func (r *role) sorted(n *node) []entry {
	entries := slices.Clone(n.entries)
	if r == nil {
		return entries
	}
	rank := func(e entry) int {
		if i := slices.Index(r.keys, e.key.text); i >= 0 {
			return i
		}
		return len(r.keys)
	}
	rest := func(entry, entry) int { return 0 }
	if r.less != nil {
		rest = r.less(n)
	}
	slices.SortStableFunc(entries, func(a, b entry) int {
		if c := cmp.Compare(rank(a), rank(b)); c != 0 || rank(a) < len(r.keys) {
			return c
		}
		return rest(a, b)
	})
	return entries
}

func (r *role) child(key string) *role {
	if r == nil || r.in == nil {
		return nil
	}
	return r.in(key)
}
