// Package stored knows what stored bytes depend on: the facts of a schema, and
// which changes of them make bytes unreadable. The row of a store, package
// family's Open, families.lock and famgen breaking all use it, so that they
// cannot disagree.
//
// A schema's facts are lines of text, ascending:
//
//	keyfam schema 1
//	enum families.peer android 1
//	family session bytes {string}.{uint32}
//	field key-pair 1 bytes[32]
//	inverse lid-mapping _reverse
//	message key-pair
//	name key-pair public 1
//	retired-family receipt
//	retired-field key-pair 3
//
// A family has the type of its value and the text of its id, without the names
// of the parts. A field has its message, its number and its type. Names of
// fields and of enum values are facts of their own, so that a store remembers
// every name that a number ever had. What may change without making stored
// bytes unreadable is not a fact.
package stored

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
)

const (
	header = "keyfam schema 1"
	format = "keyfam schema "
)

// The reasons why text is not that of facts.
var (
	ErrNewer     = errors.New("written by a newer keyfam")
	ErrMalformed = errors.New("malformed facts")
)

// words is how many words of a line name the fact; the rest is its content.
var words = map[string]int{
	"enum": 3, "family": 2, "field": 3, "inverse": 2, "message": 2, "name": 3, "retired-family": 2, "retired-field": 3,
}

// Facts are the facts of a schema: what names each of them, and its content.
type Facts map[string]string

// Parse reads the text of facts.
//
// Errors: [ErrNewer] or [ErrMalformed].
func Parse(text string) (Facts, error) {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if lines[0] != header {
		if strings.HasPrefix(lines[0], format) {
			return nil, ErrNewer
		}
		return nil, ErrMalformed
	}
	f := make(Facts, len(lines))
	for _, line := range lines[1:] {
		name, content, ok := Cut(line)
		if !ok {
			return nil, ErrMalformed
		}
		f[name] = content
	}
	return f, nil
}

// Cut splits the line of a fact behind the words that name it.
func Cut(line string) (name, content string, ok bool) {
	kind, _, _ := strings.Cut(line, " ")
	return CutWords(line, words[kind])
}

// CutWords splits a line behind its first n words; false if it has not as many.
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

// Line is a fact as it is written.
func Line(name, content string) string {
	if content == "" {
		return name
	}
	return name + " " + content
}

// Text is the facts as they are written.
func (f Facts) Text() string {
	lines := []string{header}
	for _, name := range slices.Sorted(maps.Keys(f)) {
		lines = append(lines, Line(name, f[name]))
	}
	return strings.Join(lines, "\n") + "\n"
}

// Merge adds what is new or wider in the facts of code that may use what was
// stored with f, and reports whether there was any. What that code does not
// know stays.
func (f Facts) Merge(mine Facts) (added bool) {
	for name, content := range mine {
		if old, ok := f[name]; !ok || old != content {
			f[name], added = content, true
		}
	}
	return added
}

// Families are the names of the families, ascending.
func (f Facts) Families() (names []string) {
	for name := range f {
		if kind, family, _ := strings.Cut(name, " "); kind == "family" {
			names = append(names, family)
		}
	}
	slices.Sort(names)
	return names
}

// Field names the fact of a field.
func Field(message string, number int) string { return "field " + message + " " + strconv.Itoa(number) }
