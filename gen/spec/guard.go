package spec

import (
	"bytes"
	"sort"
	"strings"
	"unicode/utf8"
)

// The limits of a file. They are checked before the YAML parser sees it,
// because that parser takes half a minute and more on hostile nesting.
const (
	maxBytes = 1 << 20
	maxDepth = 64
	maxWidth = 10000 // entries of one mapping or list: that parser copies all for each
)

// clean is the file as the parser reads it: without a byte order mark and with
// LF line ends. A file that is too large or holds characters that no families
// file needs is reported and not cleaned.
func clean(file string, src []byte) (string, Diagnostics) {
	if len(src) > maxBytes {
		r := newReporter(file, "")
		r.fail(Position{1, 1}, "the file has %d bytes; at most %d are read", len(src), maxBytes).Excerpt = ""
		return "", r.diags
	}
	src = bytes.TrimPrefix(src, []byte("\xef\xbb\xbf"))
	text := strings.ReplaceAll(string(src), "\r\n", "\n")
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n" // the parser reads a last line of folded text otherwise without it
	}
	for i, c := range text {
		var message, hint string
		switch {
		case c == '\t':
			message, hint = "a tab", `use spaces; inside double quotes a tab is \t`
		case c == utf8.RuneError && !strings.HasPrefix(text[i:], string(utf8.RuneError)):
			message, hint = "this byte is not UTF-8", "save the file as UTF-8"
		case c == '\u0085' || c == '\u2028' || c == '\u2029' || c == '\ufeff' || (c < ' ' && c != '\n') || c == 0x7f:
			message = "a control character"
		default:
			continue
		}
		r := newReporter(file, text)
		r.fail(newPlaces(text).at(i), "%s", message).Hint = hint
		return "", r.diags
	}
	return text, nil
}

// places turns byte offsets into positions.
type places struct {
	text   string
	starts []int // where each line begins
}

func newPlaces(text string) *places {
	p := &places{text: text, starts: []int{0}}
	for i := range len(text) {
		if text[i] == '\n' {
			p.starts = append(p.starts, i+1)
		}
	}
	return p
}

func (p *places) at(offset int) Position {
	line := sort.SearchInts(p.starts, offset+1)
	return Position{line, utf8.RuneCountInString(p.text[p.starts[line-1]:offset]) + 1}
}

// A guard walks over a file once, in linear time, and refuses what the grammar
// leaves out of YAML. It knows just enough of YAML for that: where a scalar
// begins, where quotes, comments and block scalars end, and how deep it is.
type guard struct {
	*reporter
	places *places
	text   string
	i      int      // the byte looked at
	levels []opened // the open block collections; at is a column, ascending
	flow   []opened // the open brackets; at is where they stand
	plain  int      // the column under which lines continue an unquoted scalar, or -1
	prose  int      // where that scalar began

	comments []comment
	closed   struct{ at, end int } // the bracket that was closed last, and what follows it
}

// An opened collection and how many entries it has so far.
type opened struct{ at, entries int }

// check reports the first thing in text that is nested too deep or not part of
// the grammar, and finds the comments. What it lets through may still be wrong
// YAML.
func check(file, text string) ([]comment, Diagnostics) {
	g := &guard{reporter: newReporter(file, text), places: newPlaces(text), text: text, plain: -1}
	for g.i < len(text) && g.blockLine() {
	}
	return g.comments, g.diags
}

// refuse reports a mistake at a byte offset and ends the walk.
func (g *guard) refuse(offset int, message, hint string) bool {
	g.fail(g.places.at(offset), "%s", message).Hint = hint
	return false
}

func (g *guard) peek(n int) byte {
	if g.i+n < len(g.text) {
		return g.text[g.i+n]
	}
	return '\n'
}

func isBreak(c byte) bool { return c == ' ' || c == '\n' }

func (g *guard) column() int {
	return g.i - g.places.starts[sort.SearchInts(g.places.starts, g.i+1)-1]
}

func (g *guard) skipSpaces() {
	for g.peek(0) == ' ' && g.i < len(g.text) {
		g.i++
	}
}

// toLineEnd moves to the first byte of the next line and keeps a comment.
func (g *guard) toLineEnd() bool {
	if g.peek(0) == '#' {
		g.comments = append(g.comments, g.comment())
	}
	g.nextLine()
	return true
}

func (g *guard) nextLine() {
	if n := strings.IndexByte(g.text[g.i:], '\n'); n >= 0 {
		g.i += n + 1
	} else {
		g.i = len(g.text)
	}
}

// blockLine walks over one line outside of brackets, and over all that a value
// that begins on it takes.
func (g *guard) blockLine() bool {
	g.skipSpaces()
	switch {
	case g.peek(0) == '\n' || g.peek(0) == '#':
		return g.toLineEnd()
	case g.plain >= 0 && g.column() > g.plain:
		return g.prosePart() && g.lineRest()
	}
	g.plain = -1
	if g.column() == 0 {
		rest := g.text[g.i:]
		if strings.HasPrefix(rest, "---") || strings.HasPrefix(rest, "...") {
			return g.refuse(g.i, "the file is one document and needs no "+rest[:3], "delete this line")
		}
		if rest[0] == '%' {
			return g.refuse(g.i, "a YAML directive", "delete this line")
		}
	}
	if !g.enter(g.column()) {
		return false
	}
	for g.peek(0) == '-' && isBreak(g.peek(1)) {
		g.plain = g.column()
		g.i++
		g.skipSpaces()
		if g.peek(0) == '\n' || g.peek(0) == '#' {
			return g.toLineEnd()
		}
		if !g.enter(g.column()) {
			return false
		}
	}
	return g.entry()
}

// enter notes that a line, or what follows a dash, begins at a column.
func (g *guard) enter(column int) bool {
	top := len(g.levels) - 1
	for top >= 0 && g.levels[top].at > column {
		top--
	}
	dedented := top < len(g.levels)-1
	g.levels = g.levels[:top+1]
	if top >= 0 && g.levels[top].at == column {
		g.levels[top].entries++
		return g.width(g.levels[top].entries)
	}
	if dedented && g.peek(0) != '-' {
		return g.refuse(g.i, "this indentation is that of no line above", "entries of one mapping begin in one column")
	}
	g.levels = append(g.levels, opened{column, 1})
	return g.depth()
}

func (g *guard) width(entries int) bool {
	if entries > maxWidth {
		return g.refuse(g.i, "more than 10000 entries in one place", "")
	}
	return true
}

func (g *guard) depth() bool {
	if len(g.levels)+len(g.flow) > maxDepth {
		return g.refuse(g.i, "nested more than 64 levels deep", "")
	}
	return true
}

// entry walks over "key: value", or over a lone scalar.
func (g *guard) entry() bool {
	column := g.column()
	if !g.scalar(column) {
		return false
	}
	if g.peek(0) != ':' || !isBreak(g.peek(1)) {
		return g.lineRest()
	}
	g.i++
	g.skipSpaces()
	g.plain = -1
	switch g.peek(0) {
	case '\n', '#':
		return g.toLineEnd()
	case '|', '>':
		return g.blockScalar(column)
	}
	return g.value(column)
}

// value walks over what follows "key: " on its line.
func (g *guard) value(column int) bool {
	start := g.i
	if !g.scalar(column) {
		return false
	}
	if g.peek(0) == ':' && isBreak(g.peek(1)) {
		return g.colon(start)
	}
	return g.lineRest()
}

// colon refuses ": " inside of unquoted text, the mistake that YAML's own
// messages explain least.
func (g *guard) colon(start int) bool {
	g.refuse(g.i, "a colon and a space inside of text without quotes",
		`put the text into double quotes, or below the key after "|"`)
	if began := g.places.at(start); began.Line != g.diags[0].Pos.Line {
		g.diags[0].First = g.place(began, "the text began here; if this is a key, its colon is missing")
	}
	return false
}
