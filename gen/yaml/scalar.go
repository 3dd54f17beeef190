package yaml

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/keyfam/keyfam/gen/diag"
)

// scalar reads one scalar or bracketed collection outside of brackets.
func (r *reader) scalar() (*Node, bool) {
	start := r.i
	switch c := r.peek(0); {
	case c == '"' || c == '\'':
		return r.quoted(c)
	case c == '[' || c == '{':
		return r.brackets()
	case !r.plainStart():
		return nil, false
	}
	r.toColon()
	return plain(r.text[start:r.i], r.places.at(start)), true
}

// plain is a node of unquoted text on one line.
func plain(text string, pos diag.Position) *Node {
	n := &Node{Shape: Scalar, Pos: pos, Text: strings.TrimRight(text, " ")}
	switch n.Text {
	case "null", "Null", "NULL", "~", "":
		n.Shape = Empty
	}
	return n
}

// plainStart refuses what cannot begin unquoted text.
func (r *reader) plainStart() bool {
	c, start := r.peek(0), r.i
	switch {
	case c == '&':
		return r.refuse(start, "an anchor", "write the value out where it is needed")
	case c == '*':
		return r.refuse(start, "an alias", "write the value out where it is needed")
	case c == '!':
		return r.refuse(start, "a tag", "types are written as families.yaml spells them, without tags")
	case c == '?' && isBreak(r.peek(1)):
		return r.refuse(start, "a complex key", `write "key: value"`)
	case c == '-' && isBreak(r.peek(1)):
		return r.refuse(start, "a list item in the middle of a line", "begin a line with it, below the key")
	case strings.IndexByte("@`%#", c) >= 0:
		return r.refuse(start, "text without quotes cannot begin with "+string(c), "put it into double quotes")
	case c == '|' || c == '>':
		return r.refuse(start, "a block of text that is not the value of a key", `write "key: |" and the text below it`)
	case c == ',':
		return r.refuse(start, "text without quotes cannot begin with ,", "put it into double quotes")
	case c == ']' || c == '}':
		return r.refuse(start, "there is no opening bracket for this "+string(c), "text that begins like this needs double quotes")
	}
	return true
}

// proseLine reads a further line of unquoted text.
func (r *reader) proseLine() bool {
	p, column, start := &r.prose, r.column(), r.i
	r.toColon()
	if r.peek(0) == ':' && isBreak(r.peek(1)) {
		if column == p.column {
			return r.refuse(p.start, noPair, pairHint)
		}
		return r.colonInText(p.start)
	}
	p.more.WriteString(foldBreak(p.blanks) + strings.TrimRight(r.text[start:r.i], " "))
	p.blanks = 0
	return true
}

// foldBreak is what a line end with blank lines behind it is in folded text.
func foldBreak(blanks int) string {
	if blanks == 0 {
		return " "
	}
	return strings.Repeat("\n", blanks)
}

// toColon moves to the ": ", the " #" or the line end that ends unquoted text.
func (r *reader) toColon() {
	for c := r.peek(0); c != '\n'; c = r.peek(0) {
		if c == ':' && isBreak(r.peek(1)) || c == ' ' && r.peek(1) == '#' {
			return
		}
		r.i++
	}
}

// quoted reads a quoted scalar, which may have several lines.
func (r *reader) quoted(quote byte) (*Node, bool) {
	start := r.i
	var text strings.Builder
	for r.i++; r.i < len(r.text); {
		c := r.text[r.i]
		switch {
		case c == '\\' && quote == '"':
			if !r.escape(&text) {
				return nil, false
			}
		case c == quote && quote == '\'' && r.peek(1) == quote:
			text.WriteByte(quote)
			r.i += 2
		case c == quote:
			r.i++
			r.quoteEnd = r.i
			return &Node{Shape: Scalar, Pos: r.places.at(start), Text: text.String(), Style: Quoted}, true
		case isBreak(c):
			if !r.gap(&text) {
				return nil, false
			}
		default:
			text.WriteByte(c)
			r.i++
		}
	}
	return nil, r.refuse(start, "this quote is never closed", "")
}

// gap reads spaces and line ends in quotes. A line end takes the spaces around
// it along.
func (r *reader) gap(text *strings.Builder) bool {
	start := r.i
	r.skipSpaces()
	if r.i >= len(r.text) || r.peek(0) != '\n' {
		text.WriteString(r.text[start:r.i])
		return true
	}
	blanks, ok := r.lineEnds()
	text.WriteString(foldBreak(blanks))
	return ok
}

// lineEnds moves over line ends and the spaces behind them, and counts the
// blank lines.
func (r *reader) lineEnds() (blanks int, ok bool) {
	for blanks = -1; r.i < len(r.text) && r.peek(0) == '\n'; blanks++ {
		r.i++
		if rest := r.text[r.i:]; len(rest) > 3 && (rest[:3] == "---" || rest[:3] == "...") && isBreak(rest[3]) {
			return blanks, r.oneDocument()
		}
		r.skipSpaces()
	}
	return blanks, true
}

// escapes are the letters after a backslash in double quotes that stand for
// one character.
var escapes = map[byte]string{
	'0': "\x00", 'a': "\a", 'b': "\b", 't': "\t", 'n': "\n", 'v': "\v", 'f': "\f", 'r': "\r", 'e': "\x1b", ' ': " ",
	'"': `"`, '/': "/", '\\': `\`, 'N': "\u0085", '_': "\u00a0", 'L': "\u2028", 'P': "\u2029",
}

// escape reads what a backslash in double quotes begins.
func (r *reader) escape(text *strings.Builder) bool {
	c := r.peek(1)
	if s, ok := escapes[c]; ok {
		text.WriteString(s)
		r.i += 2
		return true
	}
	if c == '\n' { // the line end is no text, the blank lines behind it are
		r.i++
		blanks, ok := r.lineEnds()
		text.WriteString(strings.Repeat("\n", max(blanks, 0)))
		return ok
	}
	digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[c]
	if digits == 0 {
		return r.refuse(r.i, "a backslash that begins no escape of YAML", `write it as \\, or put the text into single quotes`)
	}
	code := r.text[r.i+2 : min(r.i+2+digits, len(r.text))]
	n, err := strconv.ParseUint(code, 16, 32)
	if err != nil || len(code) < digits || !utf8.ValidRune(rune(n)) {
		return r.refuse(r.i, fmt.Sprintf("\\%c without the %d hexadecimal digits of a character", c, digits),
			`write a backslash as \\, or put the text into single quotes`)
	}
	text.WriteRune(rune(n))
	r.i += 2 + digits
	return true
}
