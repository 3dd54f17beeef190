// Package lock keeps families.lock, the released shape of a families.yaml, and
// finds the changes of families.yaml that break code or stores of that shape.
//
// The lock is text. After the first line it has one fact a line, ascending:
//
//	keyfam lock 1
//	accessor session Sessions
//	family session bytes {string}.{uint32}
//	field-name key-pair 1 public
//	…
//	waive FIELD_RENAMED messages.key-pair.1 nothing outside of this module uses it
//
// The facts of package stored are spelt as in stores. [Lock.Add] adds the
// facts that break nothing. Removed or changed facts stay as they were
// released until [Lock.Accept].
package lock

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/keyfam/keyfam/gen/spec"
	"github.com/keyfam/keyfam/internal/stored"
)

// Header is the first line of a lock.
const Header = "keyfam lock 1"

// words counts the words that name a fact, by kind, for the kinds of facts
// that stores do not have.
var words = map[string]int{
	"accessor": 2, "field-go-name": 3, "field-name": 3, "go-name": 2, "id": 2, "package": 1, "scan": 3, "secret": 2, "type": 2, "value": 3,
}

// A Lock is a released shape with the breaks that are allowed.
type Lock struct {
	Facts   map[string]string // from the name of a fact to its content
	Waivers []Waiver          // ascending by their lines
}

// A Waiver allows one break.
type Waiver struct {
	Rule   string
	Path   string
	Reason string
	Line   int // in the file it was read from
}

func (w Waiver) text() string { return "waive " + w.Rule + " " + w.Path + " " + w.Reason }

// New is the lock of a schema that is released for the first time.
func New(s *spec.Schema) *Lock { return &Lock{Facts: shape(s).facts} }

// Parse reads a lock. Its lines may be in any order, because a merge may
// change it. The error is [spec.Diagnostics] with all mistakes.
func Parse(filename string, src []byte) (*Lock, error) {
	r := &reader{file: filename, lock: &Lock{Facts: map[string]string{}}, seen: map[string]int{}}
	text := strings.ReplaceAll(string(src), "\r\n", "\n")
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		switch {
		case i == 0 && line != Header:
			r.fail(1, "this is not a families.lock", "its first line is "+Header+"; a newer famgen may have written it")
			return nil, r.diags.Err()
		case i > 0:
			r.line(i+1, line)
		}
	}
	r.lock.sort()
	return r.lock, r.diags.Err()
}

// reader reads the lines of a lock.
type reader struct {
	file  string
	lock  *Lock
	seen  map[string]int // the lines of facts and waivers
	diags spec.Diagnostics
}

func (r *reader) fail(line int, message, hint string) {
	r.diags = append(r.diags, &spec.Diagnostic{File: r.file, Pos: spec.Position{Line: line, Col: 1}, Message: message, Hint: hint})
}

func (r *reader) line(at int, line string) {
	kind, _, _ := strings.Cut(line, " ")
	name, content, ok := stored.Cut(line)
	if !ok {
		name, content, ok = stored.CutWords(line, words[kind])
	}
	switch {
	case kind == "waive":
		r.waiver(at, line)
	case strings.HasPrefix(line, "<<<<<<<") || strings.HasPrefix(line, "=======") || strings.HasPrefix(line, ">>>>>>>"):
		r.fail(at, "a merge is not finished here", "keep the lines of both sides; of two lines about one fact keep the released one")
	case !ok || strings.ContainsFunc(line, unicode.IsControl):
		r.fail(at, "this is no fact", "famgen generate writes the facts; only waive lines are written by hand")
	case r.seen[name] == 0:
		r.seen[name], r.lock.Facts[name] = at, content
	case r.lock.Facts[name] != content:
		r.fail(at, fmt.Sprintf("line %d says something else about %s", r.seen[name], name), "keep the one that was released")
	}
}

func (r *reader) waiver(at int, line string) {
	f := strings.SplitN(line, " ", 4)
	switch {
	case len(f) < 4 || strings.TrimSpace(f[3]) == "" || strings.ContainsFunc(line, unicode.IsControl):
		r.fail(at, "the waiver is not complete", "write waive RULE path and the reason")
	case Find(f[1]) == nil:
		r.fail(at, fmt.Sprintf("there is no rule %q", f[1]), "famgen explain lists the rules")
	case r.seen[f[1]+" "+f[2]] == 0:
		r.seen[f[1]+" "+f[2]] = at
		r.lock.Waivers = append(r.lock.Waivers, Waiver{f[1], f[2], f[3], at})
	default:
		r.fail(at, fmt.Sprintf("line %d waives the same", r.seen[f[1]+" "+f[2]]), "keep one of them")
	}
}

func (l *Lock) sort() {
	slices.SortFunc(l.Waivers, func(a, b Waiver) int { return strings.Compare(a.text(), b.text()) })
}

// Text returns the text of the lock file.
func (l *Lock) Text() []byte {
	var lines []string
	for name, content := range l.Facts {
		lines = append(lines, stored.Line(name, content))
	}
	for _, w := range l.Waivers {
		lines = append(lines, w.text())
	}
	slices.Sort(lines)
	lines = append([]string{Header}, lines...)
	return []byte(strings.Join(lines, "\n") + "\n")
}

// Add adds the new facts of a schema that break nothing. Changed and removed
// facts stay as they were.
func (l *Lock) Add(s *spec.Schema) {
	now := shape(s)
	open := map[string]bool{} // facts that findings are about
	for _, f := range compare(l.Facts, now) {
		for _, name := range f.facts {
			open[name] = true
		}
	}
	for name, content := range now.facts {
		if _, known := l.Facts[name]; !known && !open[name] {
			l.Facts[name] = content
		}
	}
}

// Accept makes the shape of the schema the released one and removes the
// waivers that it used. Facts that stores may still have stay, so that their
// names and numbers get no other meaning. It returns false and changes nothing
// if a break is not waived.
func (l *Lock) Accept(s *spec.Schema) bool {
	result := l.Breaking(s, nil)
	if len(result.Findings) > 0 {
		return false
	}
	now := shape(s)
	facts := storedFacts(l.Facts)
	for _, f := range result.Waived {
		for _, name := range f.facts {
			delete(facts, name)
		}
	}
	maps.Copy(facts, now.facts)
	l.Facts, l.Waivers = facts, result.Unused
	return true
}

// storedFacts returns the facts that stores have too.
func storedFacts(facts map[string]string) stored.Facts {
	out := stored.Facts{}
	for name, content := range facts {
		if _, _, ok := stored.Cut(stored.Line(name, content)); ok {
			out[name] = content
		}
	}
	return out
}
