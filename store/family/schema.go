package family

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/keyfam/keyfam/store"
)

// A schema's facts are what stored bytes depend on, one a line, ascending:
//
//	keyfam schema 1
//	family session bytes {string}.{uint32}
//	field key-pair 1 public bytes
//	inverse lid-mapping _reverse
//	retired-family receipt
//	retired-field key-pair 3
//
// A family has the class of its value and the text of its key, without the names
// of the parts; a field has its record, number, name and class. What may change
// without making stored bytes unreadable is not a fact.

const factsHeader = "keyfam schema 1"

// factWords is how many words of a line name the fact; the rest is its content.
var factWords = map[string]int{"family": 2, "field": 3, "inverse": 2, "retired-family": 2, "retired-field": 3}

// facts are the lines of a schema: what names the fact, and its content.
type facts map[string]string

func parseFacts(text string) (facts, error) {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if lines[0] != factsHeader {
		if strings.HasPrefix(lines[0], "keyfam schema ") {
			return nil, fmt.Errorf("%w: it was written by a newer keyfam", store.ErrSchema)
		}
		return nil, fmt.Errorf("%w: the schema row begins with something else", store.ErrCorrupt)
	}
	f := make(facts, len(lines))
	for i, line := range lines[1:] {
		name, content, ok := cutFact(line)
		if !ok {
			return nil, fmt.Errorf("%w: line %d of the schema row", store.ErrCorrupt, i+2)
		}
		f[name] = content
	}
	return f, nil
}

// cutFact splits a line behind the words that name the fact.
func cutFact(line string) (name, content string, ok bool) {
	kind, _, _ := strings.Cut(line, " ")
	words, at := factWords[kind], -1
	for range words {
		next := strings.IndexByte(line[at+1:], ' ')
		if next < 0 {
			return line, "", words > 0 && strings.Count(line, " ") == words-1
		}
		at += 1 + next
	}
	if words == 0 {
		return "", "", false
	}
	return line[:at], line[at+1:], true
}

// text is the facts as they are stored.
func (f facts) text() string {
	var b strings.Builder
	b.WriteString(factsHeader + "\n")
	for _, name := range slices.Sorted(maps.Keys(f)) {
		b.WriteString(strings.TrimSuffix(name+" "+f[name], " ") + "\n")
	}
	return b.String()
}

// fits says whether code with the schema mine can use what was stored with the
// schema f. The error names the family or the field.
func (f facts) fits(mine facts) error {
	numbers := map[string]string{} // record and name of a field to its number
	for name, content := range f {
		if kind, rest, _ := strings.Cut(name, " "); kind == "field" {
			record, number, _ := strings.Cut(rest, " ")
			fieldName, _, _ := strings.Cut(content, " ")
			numbers[record+" "+fieldName] = number
		}
	}
	for _, name := range slices.Sorted(maps.Keys(mine)) {
		if err := f.fit(name, mine, numbers); err != nil {
			return err
		}
	}
	return nil
}

// fit is fits for one fact.
func (f facts) fit(name string, mine facts, numbers map[string]string) error {
	kind, rest, _ := strings.Cut(name, " ")
	old, known := f[name]
	switch kind {
	case "family":
		if _, retired := f["retired-family "+rest]; retired {
			return mismatch("family %s was retired", rest)
		}
		if known && old != mine[name] {
			return mismatch("family %s was %s and is now %s", rest, old, mine[name])
		}
		if known && f["inverse "+rest] != mine["inverse "+rest] {
			return mismatch("family %s has other reverse rows now", rest)
		}
	case "field":
		record, number, _ := strings.Cut(rest, " ")
		if _, retired := f["retired-field "+rest]; retired {
			return mismatch("field %s of record %s was retired", number, record)
		}
		oldName, oldClass, _ := strings.Cut(old, " ")
		newName, newClass, _ := strings.Cut(mine[name], " ")
		if known && oldClass != newClass {
			return mismatch("field %s (%s) of record %s was %s and is now %s", number, oldName, record, oldClass, newClass)
		}
		if other, ok := numbers[record+" "+newName]; ok && other != number {
			return mismatch("field %s of record %s had the number %s and now has %s", newName, record, other, number)
		}
	}
	return nil
}

// claims refuses families that another package's schema has.
func (f facts) claims(mine facts, other string) error {
	for _, name := range slices.Sorted(maps.Keys(mine)) {
		if kind, family, _ := strings.Cut(name, " "); kind == "family" {
			if _, ok := f[name]; ok {
				return mismatch("family %s belongs to the package %s", family, other)
			}
		}
	}
	return nil
}

// merge adds what f does not know and says whether there was any.
func (f facts) merge(mine facts) (added bool) {
	for name, content := range mine {
		if _, ok := f[name]; !ok {
			f[name], added = content, true
		}
	}
	return added
}

func mismatch(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{store.ErrSchema}, args...)...)
}
