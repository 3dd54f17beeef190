package spec

import "strings"

// brackets walks over [ … ] and { … } with all they hold.
func (g *guard) brackets() bool {
	fresh := true // a scalar or a bracket may begin here
	plain := 0    // where unquoted text began, unless fresh
	for g.i < len(g.text) {
		c := g.text[g.i]
		switch {
		case isBreak(c):
			g.i++
		case c == '#' && (g.i == 0 || isBreak(g.text[g.i-1])):
			g.toLineEnd()
		case c == '[' || c == '{':
			if !fresh {
				return g.refuse(g.i, "a bracket inside of text without quotes", `put the type into double quotes, like "map[string]bool"`)
			}
			g.flow = append(g.flow, opened{g.i, 1})
			g.i++
			if !g.depth() {
				return false
			}
		case c == ']' || c == '}':
			if done, ok := g.closeBracket(c); !ok || done {
				return ok
			}
			fresh, plain = false, g.i
		case c == ',' || c == ':' && (isBreak(g.peek(1)) || g.afterQuote()):
			if !fresh && c == ',' && !g.enumEnds(plain) {
				return false
			}
			fresh = true
			if top := &g.flow[len(g.flow)-1]; c == ',' {
				top.entries++
				if !g.width(top.entries) {
					return false
				}
			}
			g.i++
		case fresh && (c == '"' || c == '\''):
			if !g.quoted(c) {
				return false
			}
			fresh, plain = false, g.i
		case fresh && !g.plainStart():
			return false
		default:
			if fresh {
				fresh, plain = false, g.i
			}
			g.i++
		}
	}
	return g.refuse(g.flow[len(g.flow)-1].at, "this bracket is never closed", "")
}

// enumEnds refuses a comma inside of an enum without quotes: to YAML it ends the
// entry.
func (g *guard) enumEnds(start int) bool {
	text := g.text[start:g.i]
	open := strings.Index(text, "enum(")
	if open < 0 {
		open = strings.Index(text, "enum (")
	}
	if open < 0 || strings.Contains(text[open:], ")") {
		return true
	}
	example := "enum(a=1, b=2)"
	if end := strings.IndexAny(g.text[g.i:], ")\n"); end >= 0 && g.text[g.i+end] == ')' && end < 60 && len(text) < 60 {
		example = g.text[start : g.i+end+1]
	}
	return g.refuse(g.i, "a comma inside of text without quotes ends it here", `put the whole into double quotes, like "`+example+`"`)
}

func (g *guard) afterQuote() bool {
	return g.i > 0 && (g.text[g.i-1] == '"' || g.text[g.i-1] == '\'')
}

// closeBracket leaves the innermost bracket; done is true for the outermost.
func (g *guard) closeBracket(c byte) (done, ok bool) {
	open := g.flow[len(g.flow)-1].at
	if (g.text[open] == '[') != (c == ']') {
		return false, g.refuse(g.i, "this bracket closes another kind of bracket", "")
	}
	g.flow = g.flow[:len(g.flow)-1]
	g.i++
	g.closed.at, g.closed.end = open, g.i
	if next := g.peek(0); !isBreak(next) && strings.IndexByte(",:]}", next) < 0 {
		return false, g.refuse(open, "text goes on after a closing bracket, so it needs quotes", "put the whole into double quotes, like "+g.quoteExample(open))
	}
	return len(g.flow) == 0, true
}

// quoteExample is the text from open to the end of the scalar, in quotes.
func (g *guard) quoteExample(open int) string {
	if strings.Contains(g.text[open:g.i], "\n") {
		return `"[]string"`
	}
	rest, _, _ := strings.Cut(g.text[g.i:], "\n")
	rest, _, _ = strings.Cut(rest, " #")
	if n := strings.IndexAny(rest, ",}]"); n >= 0 && len(g.flow) > 0 {
		rest = rest[:n]
	}
	if rest = strings.TrimSpace(g.text[open:g.i] + rest); len(rest) > 60 || strings.ContainsAny(rest, `"\`) {
		return `"[]string"`
	}
	return `"` + rest + `"`
}
