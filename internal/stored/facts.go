// Package stored holds the facts that stored bytes depend on, and knows which
// changes of them make bytes unreadable. Schema rows, package family's Open,
// families.lock and famgen breaking share it, so that they cannot disagree.
//
// The facts of a schema are lines of text in ascending order. The first line
// has the number of the format:
//
//	keyfam schema 2
//	+field-name key-pair 1 public
//	+id session name device
//	+secret messages.key-pair.2
//	enum families.peer android 1
//	family session bytes {string}.{uint32}
//	field key-pair 1 bytes[32]
//	inverse lid-mapping _reverse
//	message key-pair
//	name key-pair public 1
//	retired-family receipt
//	retired-field key-pair 3
//
// The fact of a family has the type of its value and the form of its id,
// without the names of the parts. The fact of a field has its message, its
// number and its type. Names of fields and of enum values are facts of their
// own, so that a store remembers every name that a number ever had.
//
// The first word is the kind of a fact. A kind that starts with + describes:
// tools need it to show and to read values. Stored bytes do not depend on it,
// and a difference in it is no error. A reader that does not know such a kind
// keeps the line. All other kinds must be understood: a reader that does not
// know one cannot use the stored bytes.
package stored

import (
	"errors"
	"iter"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const (
	header = "keyfam schema 2"
	trial  = "keyfam schema 1"
	format = "keyfam schema "
)

// The reasons why text cannot be parsed as facts.
var (
	ErrNewer     = errors.New("written by a newer keyfam")
	ErrTrial     = errors.New("written by an earlier trial version of keyfam")
	ErrMalformed = errors.New("malformed facts")
)

// words has, by kind, how many words of a line name the fact. The rest is its
// content.
var words = map[string]int{
	"enum": 3, "family": 2, "field": 3, "inverse": 2, "message": 2, "name": 3, "retired-family": 2, "retired-field": 3,

	"+enum-name":  3, // +enum-name families.peer 1 android: the name that the number has now
	"+field-name": 3, // +field-name key-pair 1 public
	"+go-type":    2, // +go-type families.peer.value example.com/chat/peer.State
	"+id":         2, // +id session name device: the names of the parts
	"+secret":     2, // +secret messages.key-pair.2
}

// kind matches a kind of any version.
var kind = regexp.MustCompile(`^\+?[a-z][a-z0-9-]*( |$)`)

// Facts are the facts of a schema: the content of each by the words that name
// it. If the kind is not known, the name is the whole line.
type Facts map[string]string

// A Fact is one fact, split into words.
type Fact struct {
	Kind    string   // family
	About   []string // the other words that name it
	Content string
}

// Name is the words that name the fact in [Facts]: its kind and what it is
// about.
func (f Fact) Name() string { return strings.Join(append([]string{f.Kind}, f.About...), " ") }

// Make collects facts.
func Make(all ...Fact) Facts {
	f := make(Facts, len(all))
	for _, fact := range all {
		f[fact.Name()] = fact.Content
	}
	return f
}

// Parse reads the text of facts.
//
// Errors: [ErrNewer], [ErrTrial] or [ErrMalformed].
func Parse(text string) (Facts, error) {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	switch {
	case lines[0] == header:
	case lines[0] == trial:
		return nil, ErrTrial
	case newer(lines[0]):
		return nil, ErrNewer
	default:
		return nil, ErrMalformed
	}
	f := make(Facts, len(lines))
	for _, line := range lines[1:] {
		name, content, ok := Cut(line)
		if !ok && kind.MatchString(line) && words[firstWord(line)] == 0 {
			name, content, ok = line, "", true
		}
		if _, twice := f[name]; !ok || twice {
			return nil, ErrMalformed
		}
		f[name] = content
	}
	return f, nil
}

// newer reports whether a first line has the number of a later format.
func newer(line string) bool {
	number, ok := strings.CutPrefix(line, format)
	n, err := strconv.ParseUint(number, 10, 32)
	return ok && err == nil && n > 2 && strconv.FormatUint(n, 10) == number
}

func firstWord(line string) string {
	word, _, _ := strings.Cut(line, " ")
	return word
}

// Cut splits the line of a fact behind the words that name it. It returns
// false for an unknown kind and for too few words.
func Cut(line string) (name, content string, ok bool) {
	return CutWords(line, words[firstWord(line)])
}

// CutWords splits a line behind its first n words. It returns false if there
// are fewer.
func CutWords(line string, n int) (name, content string, ok bool) {
	at := -1
	for range n {
		next := strings.IndexByte(line[at+1:], ' ')
		if next < 0 {
			return line, "", strings.Count(line, " ") == n-1
		}
		at += 1 + next
	}
	if n == 0 {
		return "", "", false
	}
	return line[:at], line[at+1:], true
}

// Line returns the line of a fact.
func Line(name, content string) string {
	if content == "" {
		return name
	}
	return name + " " + content
}

// Text returns the text of the facts, which Parse parses.
func (f Facts) Text() string {
	lines := []string{header}
	for _, name := range slices.Sorted(maps.Keys(f)) {
		lines = append(lines, Line(name, f[name]))
	}
	return strings.Join(lines, "\n") + "\n"
}

// All yields the facts of known kinds in ascending order of their names.
func (f Facts) All() iter.Seq[Fact] {
	return func(yield func(Fact) bool) {
		for _, name := range slices.Sorted(maps.Keys(f)) {
			about := strings.Split(name, " ")
			if words[about[0]] > 0 && !yield(Fact{about[0], about[1:], f[name]}) {
				return
			}
		}
	}
}

// Beyond returns the kind of a fact that this version must understand and does
// not know, empty if there is none.
func (f Facts) Beyond() string {
	for _, name := range slices.Sorted(maps.Keys(f)) {
		if kind := firstWord(name); words[kind] == 0 && !describes(kind) {
			return kind
		}
	}
	return ""
}

// describes reports whether facts of the kind are for tools only.
func describes(kind string) bool { return strings.HasPrefix(kind, "+") }

// Binding returns the facts that stored bytes depend on.
func (f Facts) Binding() Facts {
	out := maps.Clone(f)
	maps.DeleteFunc(out, func(name, _ string) bool { return describes(name) })
	return out
}

// Merge adds the facts of code that may use what was stored with f, and
// reports whether f changed. Facts that this code does not know stay.
func (f Facts) Merge(mine Facts) (added bool) {
	for name, content := range mine {
		if old, ok := f[name]; !ok || old != content {
			f[name], added = content, true
		}
	}
	return added
}

// Families returns the names of the families, ascending.
func (f Facts) Families() (names []string) {
	for fact := range f.All() {
		if fact.Kind == "family" {
			names = append(names, fact.About[0])
		}
	}
	return names
}

// Field names the fact of a field.
func Field(message string, number int) string {
	return Fact{Kind: "field", About: []string{message, strconv.Itoa(number)}}.Name()
}
