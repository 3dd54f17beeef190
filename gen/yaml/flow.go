package yaml

import "strings"

// brackets reads [ … ] and { … } with all that they hold.
func (r *reader) brackets() (*Node, bool) {
	for r.i < len(r.text) {
		c := r.text[r.i]
		switch {
		case c == ' ':
			r.i++
		case c == '\n':
			if _, ok := r.lineEnds(); !ok {
				return nil, false
			}
		case c == '#' && (r.i == 0 || isBreak(r.text[r.i-1])):
			r.toLineEnd()
			r.i-- // the line end is looked at as any other
		case c == '[' || c == '{':
			r.openBracket(c)
			if !r.depth() {
				return nil, false
			}
		case len(r.flow) > 0 && (c == ']' || c == '}'):
			n, ok := r.closeBracket(c)
			if !ok || len(r.flow) == 0 {
				return n, ok
			}
			if !r.add(n) {
				return nil, false
			}
		case c == ',':
			if !r.comma() {
				return nil, false
			}
		case c == ':' && (r.flowEnds(1) || r.i == r.quoteEnd):
			if !r.flowColon() {
				return nil, false
			}
		default:
			if n, ok := r.flowScalar(c); !ok || !r.add(n) {
				return nil, false
			}
		}
	}
	return nil, r.refuse(r.inner().at, "this bracket is never closed", "")
}

func (r *reader) inner() *opened { return &r.flow[len(r.flow)-1] }

func (r *reader) openBracket(c byte) {
	n := &Node{Shape: Mapping, Pos: r.places.at(r.i)}
	if c == '[' {
		n.Shape = Sequence
	}
	r.flow = append(r.flow, opened{at: r.i, entries: 1, node: n})
	r.i++
}

// add puts a value into the innermost bracket.
func (r *reader) add(n *Node) bool {
	in := r.inner()
	switch {
	case in.node.Shape == Sequence && !in.any:
		in.node.Items = append(in.node.Items, n)
	case in.node.Shape == Mapping && !in.any:
		if _, ok := r.newEntry(in.node, n); !ok {
			return false
		}
	case in.colon && !in.filled:
		*in.node.Entries[len(in.node.Entries)-1].Value = *n
		in.filled = true
	default:
		r.Fail(n.Pos, "%s", misplaced).Hint = "put a comma before it, or the whole text into double quotes"
		return false
	}
	in.any = true
	return true
}

func (r *reader) comma() bool {
	in := r.inner()
	if !in.any {
		return r.refuse(r.i, "nothing stands before this comma", "delete it")
	}
	in.any, in.colon, in.filled = false, false, false
	in.entries++
	r.i++
	return r.width(in.entries)
}

func (r *reader) flowColon() bool {
	in := r.inner()
	switch {
	case !isBreak(r.peek(1)) && r.i != r.quoteEnd: // readers of YAML differ about it
		return r.refuse(r.i, "a colon without a space after it", "put a space after it, or the text into double quotes")
	case in.node.Shape == Sequence:
		return r.refuse(r.i, "a colon inside of a list", "put the text into double quotes")
	case len(in.node.Entries) > 0 && in.node.Entries[len(in.node.Entries)-1].Key.Pos.Line != r.places.at(r.i).Line:
		return r.refuse(r.i, "a key of several lines", "write it and its colon in one")
	case in.filled:
		return r.colonInText(r.i)
	case !in.any || in.colon:
		return r.refuse(r.i, "nothing stands before this colon", "put text that begins with a colon into double quotes")
	}
	in.colon = true
	r.i++
	return true
}

// flowEnds reports whether unquoted text in brackets cannot go on at the byte
// n bytes ahead.
func (r *reader) flowEnds(n int) bool {
	c := r.peek(n)
	return isBreak(c) || strings.IndexByte(",[]{}", c) >= 0
}

// flowScalar reads a scalar in brackets.
func (r *reader) flowScalar(c byte) (*Node, bool) {
	if c == '"' || c == '\'' {
		return r.quoted(c)
	}
	if !r.plainStart() {
		return nil, false
	}
	// Readers do not agree on text that begins with a colon.
	if (c == '-' || c == '?') && r.flowEnds(1) || c == ':' {
		return nil, r.refuse(r.i, "text without quotes cannot begin with "+string(c)+" here", "put it into double quotes")
	}
	start := r.i
	n := plain(r.flowLine(), r.places.at(start))
	var more strings.Builder
	for r.i < len(r.text) && r.peek(0) == '\n' {
		blanks, ok := r.lineEnds()
		if !ok {
			return nil, false
		}
		if r.peek(0) == ':' && r.flowEnds(1) {
			return nil, r.refuse(r.i, "a colon on a line of its own", "put it behind its key")
		}
		if r.peek(0) == '#' {
			break
		}
		if line := r.flowLine(); line != "" {
			more.WriteString(foldBreak(blanks) + line)
		}
	}
	if more.Len() > 0 {
		n.Shape, n.Text = Scalar, n.Text+more.String()
	}
	return r.flowTextEnd(n, start)
}

// flowTextEnd refuses text without quotes that seems to go on.
func (r *reader) flowTextEnd(n *Node, start int) (*Node, bool) {
	switch c := r.peek(0); {
	case c == '[' || c == '{':
		return nil, r.refuse(r.i, "a bracket inside of text without quotes", `put the type into double quotes, like "map[string]bool"`)
	case c == ',' && !r.enumEnds(start):
		return nil, false
	}
	return n, true
}

// flowLine reads unquoted text in brackets to its end or that of the line.
func (r *reader) flowLine() string {
	start := r.i
	for c := r.peek(0); c != '\n' && strings.IndexByte(",[]{}", c) < 0; c = r.peek(0) {
		if c == ':' && r.flowEnds(1) || c == ' ' && r.peek(1) == '#' {
			break
		}
		r.i++
	}
	text := r.text[start:r.i]
	return strings.TrimRight(text, " ")
}

// enumEnds refuses a comma inside of an enum without quotes: to YAML it ends
// the entry.
func (r *reader) enumEnds(start int) bool {
	text := r.text[start:r.i]
	open := strings.Index(text, "enum(")
	if open < 0 {
		open = strings.Index(text, "enum (")
	}
	if open < 0 || strings.Contains(text[open:], ")") {
		return true
	}
	example := "enum(a=1, b=2)"
	if end := strings.IndexAny(r.text[r.i:], ")\n"); end >= 0 && r.text[r.i+end] == ')' && end < 60 && len(text) < 60 {
		example = r.text[start : r.i+end+1]
	}
	return r.refuse(r.i, "a comma inside of text without quotes ends it here", `put the whole into double quotes, like "`+example+`"`)
}

// closeBracket leaves the innermost bracket.
func (r *reader) closeBracket(c byte) (*Node, bool) {
	in := *r.inner()
	if (r.text[in.at] == '[') != (c == ']') {
		return nil, r.refuse(r.i, "this bracket closes another kind of bracket", "")
	}
	r.flow = r.flow[:len(r.flow)-1]
	r.i++
	r.closed.at, r.closed.end = in.at, r.i
	if next := r.peek(0); !isBreak(next) && strings.IndexByte(",:]}", next) < 0 {
		return nil, r.refuse(in.at, "text goes on after a closing bracket, so it needs quotes", "put the whole into double quotes, like "+r.quoteExample(in.at))
	}
	return in.node, true
}

// quoteExample is the text from open to the end of the scalar, in quotes.
func (r *reader) quoteExample(open int) string {
	if strings.Contains(r.text[open:r.i], "\n") {
		return `"[]string"`
	}
	rest, _, _ := strings.Cut(r.text[r.i:], "\n")
	rest, _, _ = strings.Cut(rest, " #")
	if n := strings.IndexAny(rest, ",}]"); n >= 0 && len(r.flow) > 0 {
		rest = rest[:n]
	}
	if rest = strings.TrimSpace(r.text[open:r.i] + rest); len(rest) > 60 || strings.ContainsAny(rest, `"\`) {
		return `"[]string"`
	}
	return `"` + rest + `"`
}
