package stored

import (
	"regexp"
	"strconv"
	"strings"
)

// part matches the parts in the form of an id.
var part = regexp.MustCompile(`\{[^}]*\}`)

// idRule returns the rule that a change of the form of an id breaks.
func idRule(old, mine string) string {
	plain := strings.NewReplacer(" ordered}", "}")
	oldTypes, newTypes := part.FindAllString(plain.Replace(old), -1), part.FindAllString(plain.Replace(mine), -1)
	switch {
	case strings.Join(oldTypes, "") != strings.Join(newTypes, ""):
		return "ID_TYPE_CHANGED"
	case plain.Replace(old) == plain.Replace(mine):
		return "ID_ORDERED_CHANGED"
	}
	return "ID_TEXT_CHANGED"
}

// wider has, by type, the type that holds all its values in the same bytes.
var wider = map[string]string{"int32": "int64", "uint32": "uint64", "go{}": "bytes"}

// types compares the types of a value or a field. It fills in the rules and
// the directions of the changes only.
func types(old, mine string) []Change {
	old, wasOptional := strings.CutSuffix(old, " optional")
	mine, isOptional := strings.CutSuffix(mine, " optional")
	var changes []Change
	if wasOptional != isOptional {
		changes = append(changes, presence(old, mine, isOptional))
	}
	for _, prefix := range []string{"[]", "map[string]"} {
		was, oldOK := strings.CutPrefix(old, prefix)
		is, newOK := strings.CutPrefix(mine, prefix)
		if oldOK && newOK {
			old, mine = was, is
		}
	}
	switch {
	case old == mine:
	case wider[old] == mine:
		changes = append(changes, Change{Rule: "TYPE_WIDENED", Older: true})
	case wider[mine] == old:
		changes = append(changes, Change{Rule: "TYPE_NARROWED", Newer: true})
	case isBytes(old) && isBytes(mine):
		changes = append(changes, sizes(parseSize(old), parseSize(mine)))
	default:
		changes = append(changes, Change{Rule: "TYPE_CHANGED", Newer: true, Older: true})
	}
	return changes
}

// presence compares a type that is optional on one side. For types that are
// always stored, an absent value is new. For others an absent field was the
// default.
func presence(old, mine string, isOptional bool) Change {
	switch {
	case isOptional && required(old):
		return Change{Rule: "FIELD_MADE_OPTIONAL", Older: true}
	case !isOptional && required(mine):
		return Change{Rule: "FIELD_MADE_REQUIRED", Newer: true}
	}
	return Change{Rule: "FIELD_PRESENCE_CHANGED", Newer: true, Older: true}
}

// scalars are the types whose default value is not stored.
var scalars = map[string]bool{
	"bool": true, "int32": true, "int64": true, "uint32": true, "uint64": true, "string": true, "bytes": true, "go{}": true,
	"float64": true, "time": true, "time-nanos": true,
}

// required reports whether a field of the type is always stored: bytes of a
// fixed size and messages are.
func required(typ string) bool {
	return !scalars[typ] && !strings.HasSuffix(typ, " optional") &&
		!strings.HasPrefix(typ, "bytes[..") && !strings.HasPrefix(typ, "[]") && !strings.HasPrefix(typ, "map[")
}

func isBytes(typ string) bool { return typ == "bytes" || strings.HasPrefix(typ, "bytes[") }

// A size is how many bytes a value may have.
type size struct{ least, most int }

const unlimited = int(^uint(0) >> 1)

// parseSize parses bytes, bytes[32] or bytes[..32].
func parseSize(typ string) size {
	number := strings.Trim(strings.TrimPrefix(typ, "bytes"), "[].")
	n, err := strconv.Atoi(number)
	switch {
	case err != nil:
		return size{0, unlimited}
	case strings.Contains(typ, ".."):
		return size{0, n}
	}
	return size{n, n}
}

// sizes compares two different sizes.
func sizes(old, mine size) Change {
	switch {
	case mine.least <= old.least && mine.most >= old.most:
		switch {
		case old.least > 0:
			return Change{Rule: "SIZE_DROPPED", Older: true}
		case mine.most == unlimited:
			return Change{Rule: "LIMIT_REMOVED", Older: true}
		}
		return Change{Rule: "LIMIT_RAISED", Older: true}
	case old.least <= mine.least && old.most >= mine.most:
		return Change{Rule: "LIMIT_LOWERED", Newer: true}
	}
	return Change{Rule: "SIZE_CHANGED", Newer: true, Older: true}
}
