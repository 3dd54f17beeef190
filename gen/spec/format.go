package spec

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/keyfam/keyfam/gen/yaml"
)

// Format returns a families.yaml in its one layout: LF line ends, two spaces a
// level, entries in the order of the documentation, fields by number, only the
// quotes that are needed, long documentation folded. A comment stays with the
// entry that it is above or beside. Formatting twice changes nothing.
//
// Errors: [Diagnostics] if src is not YAML as the grammar has it. Other
// mistakes in the file do not matter.
//
// The filename is for the diagnostics.
func Format(filename string, src []byte) ([]byte, error) {
	return yaml.Format(filename, src, fileRole)
}

func always(r *yaml.Role) func(string) *yaml.Role { return func(string) *yaml.Role { return r } }

func below(roles map[string]*yaml.Role) func(string) *yaml.Role {
	return func(key string) *yaml.Role { return roles[key] }
}

var (
	goTypeRole  = &yaml.Role{Keys: goTypeKeys}
	fieldRole   = &yaml.Role{Keys: fieldKeys, In: below(map[string]*yaml.Role{"go": goTypeRole})}
	fieldsRole  = &yaml.Role{In: always(fieldRole), Less: byNumber}
	messageRole = &yaml.Role{Keys: messageKeys, In: below(map[string]*yaml.Role{"fields": fieldsRole})}
	idRole      = &yaml.Role{Keys: []string{"text"}, In: always(&yaml.Role{Keys: partKeys}), Less: byTemplate}
	valueRole   = &yaml.Role{In: below(map[string]*yaml.Role{"go": goTypeRole})}
	familyRole  = &yaml.Role{Keys: familyKeys, In: below(map[string]*yaml.Role{"id": idRole, "value": valueRole})}
	fileRole    = &yaml.Role{Keys: fileKeys, Apart: []string{"messages", "families", "retired"}, In: below(map[string]*yaml.Role{
		"messages": {In: always(messageRole)}, "families": {In: always(familyRole)}, "retired": {Keys: retiredKeys},
	})}
)

// byNumber orders fields by number. Other keys come last.
func byNumber(*yaml.Node) func(a, b yaml.Entry) int {
	number := func(e yaml.Entry) int {
		if n, err := strconv.Atoi(e.Key.Text); err == nil && fieldNumber.MatchString(e.Key.Text) {
			return n
		}
		return maxNumber + 1
	}
	return func(a, b yaml.Entry) int { return cmp.Compare(number(a), number(b)) }
}

// byTemplate orders the parts of an id as its text names them.
func byTemplate(n *yaml.Node) func(a, b yaml.Entry) int {
	text := ""
	for _, e := range n.Entries {
		if e.Key.Text == "text" && e.Value.Shape == yaml.Scalar {
			text = e.Value.Text
			break
		}
	}
	places := map[string]int{}
	for _, e := range n.Entries {
		places[e.Key.Text] = len(text)
		if i := strings.Index(text, "{"+e.Key.Text+"}"); i >= 0 {
			places[e.Key.Text] = i
		}
	}
	return func(a, b yaml.Entry) int { return cmp.Compare(places[a.Key.Text], places[b.Key.Text]) }
}
