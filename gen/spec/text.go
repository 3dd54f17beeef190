package spec

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// scalar walks over one scalar or bracketed collection. Unquoted text ends at
// ": ", at " #" and at the end of the line; below column it may go on.
func (g *guard) scalar(column int) bool {
	switch c := g.peek(0); c {
	case '"', '\'':
		return g.quoted(c)
	case '[', '{':
		return g.brackets()
	}
	if !g.plainStart() {
		return false
	}
	g.plain, g.prose = column, g.i
	g.toColon()
	return true
}

// plainStart refuses what cannot begin unquoted text.
func (g *guard) plainStart() bool {
	c, start := g.peek(0), g.i
	switch {
	case c == '&':
		return g.refuse(start, "an anchor", "write the value out where it is needed")
	case c == '*':
		return g.refuse(start, "an alias", "write the value out where it is needed")
	case c == '!':
		return g.refuse(start, "a tag", "types are written as families.yaml spells them, without tags")
	case c == '?' && isBreak(g.peek(1)):
		return g.refuse(start, "a complex key", `write "key: value"`)
	case strings.IndexByte("@`%#", c) >= 0:
		return g.refuse(start, "text without quotes cannot begin with "+string(c), "put it into double quotes")
	case c == '|' || c == '>':
		return g.refuse(start, "a block of text that is not the value of a key", `write "key: |" and the text below it`)
	case strings.IndexByte("]},", c) >= 0:
		return g.refuse(start, "nothing before this "+string(c)+" opened", "text that begins like this needs double quotes")
	}
	return true
}

// prosePart walks over a further line of unquoted text.
func (g *guard) prosePart() bool {
	g.toColon()
	if g.peek(0) == ':' && isBreak(g.peek(1)) {
		return g.colon(g.prose)
	}
	return true
}

// toColon moves to the ": ", the " #" or the line end that ends unquoted text.
func (g *guard) toColon() {
	for c := g.peek(0); c != '\n'; c = g.peek(0) {
		if c == ':' && isBreak(g.peek(1)) || c == ' ' && g.peek(1) == '#' {
			return
		}
		g.i++
	}
}

// lineRest wants nothing but a comment after a value.
func (g *guard) lineRest() bool {
	start := g.i
	g.skipSpaces()
	c := g.peek(0)
	if c == '\n' || c == '#' && g.i > start {
		return g.toLineEnd()
	}
	return g.refuse(g.i, "text after the end of a value", "a value that begins with a quote or a bracket ends with it: put the whole into quotes")
}

// quoted walks over a quoted scalar, which may have several lines.
func (g *guard) quoted(quote byte) bool {
	start := g.i
	for g.i++; g.i < len(g.text); g.i++ {
		switch c := g.text[g.i]; {
		case c == '\\' && quote == '"':
			if !g.escape() {
				return false
			}
		case c == quote && quote == '\'' && g.peek(1) == quote:
			g.i++
		case c == quote:
			g.i++
			return true
		}
	}
	return g.refuse(start, "this quote is never closed", "")
}

// escape moves to the last byte of what a backslash in double quotes begins. The
// parser would take any letters for the digits of \x, \u and \U.
func (g *guard) escape() bool {
	digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[g.peek(1)]
	if digits == 0 && strings.IndexByte("0abtnvfre \"/\\N_LP\n", g.peek(1)) < 0 {
		return g.refuse(g.i, "a backslash that begins no escape of YAML", `write it as \\, or put the text into single quotes`)
	}
	start := g.i
	g.i++
	if digits == 0 {
		return true
	}
	code := g.text[g.i+1 : min(g.i+1+digits, len(g.text))]
	n, err := strconv.ParseUint(code, 16, 32)
	if err != nil || len(code) < digits || !utf8.ValidRune(rune(n)) {
		return g.refuse(start, fmt.Sprintf("\\%c without the %d hexadecimal digits of a character", g.text[g.i], digits),
			`write a backslash as \\, or put the text into single quotes`)
	}
	g.i += digits
	return true
}

// blockScalar walks over the header and the lines of | and >. Their depth is
// what the header says or that of the first line; a comment may follow that is
// less deep than the text and deeper than the key.
func (g *guard) blockScalar(column int) bool {
	start, depth, seen := g.i, 0, false
	for g.i++; strings.IndexByte("+-0123456789", g.peek(0)) >= 0; g.i++ {
		if c := g.peek(0); c > '0' {
			depth = column + int(c-'0')
		}
	}
	if !g.lineRest() {
		return false
	}
	for g.i < len(g.text) {
		line := g.i
		g.skipSpaces()
		if g.peek(0) != '\n' {
			if depth == 0 {
				depth = max(g.i-line, column+1)
			}
			if g.i-line < depth {
				g.i = line
				break
			}
			seen = true
		}
		g.nextLine() // a # is text here
	}
	if !seen {
		return g.refuse(start, "a block of text without text", "put the text below it, deeper than the key, or leave the key out")
	}
	return true
}
