package yaml

import "strings"

// A blockHeader is what follows | or >.
type blockHeader struct {
	folded bool
	chomp  byte // - or +, 0 if neither
	depth  int  // the column of the text, 0 if its first line says it
}

// blockScalar reads | and > with the lines below, which are deeper than the
// column of the key. A comment may follow that is less deep than the text and
// deeper than the key.
func (r *reader) blockScalar(column int) bool {
	start := r.i
	n, h := r.slot, r.blockHeader(column)
	if !r.lineRest() {
		return false
	}
	lines, ok := r.blockLines(column, h.depth)
	switch {
	case !ok:
		return false
	case strings.Trim(strings.Join(lines, ""), " ") == "":
		return r.refuse(start, "a block of text without text", "put the text below it, deeper than the key, or leave the key out")
	}
	*n = Node{Shape: Scalar, Pos: r.places.at(start), Text: h.text(lines), Style: Literal}
	if h.folded {
		n.Style = Folded
	}
	r.slot = nil
	return true
}

func (r *reader) blockHeader(column int) (h blockHeader) {
	h.folded = r.peek(0) == '>'
	for r.i++; ; r.i++ {
		switch c := r.peek(0); {
		case h.chomp == 0 && (c == '-' || c == '+'):
			h.chomp = c
		case h.depth == 0 && c > '0' && c <= '9':
			h.depth = column + int(c-'0')
		default:
			return h
		}
	}
}

// blockLines returns the lines of a block without their indentation.
func (r *reader) blockLines(column, depth int) (lines []string, ok bool) {
	found, deepest, blank := depth > 0, 0, 0
	for r.i < len(r.text) {
		start := r.i
		r.skipSpaces()
		spaces := r.i - start
		switch isBlank := r.peek(0) == '\n'; {
		case isBlank && !found:
			if spaces > deepest {
				deepest, blank = spaces, start
			}
		case isBlank:
		case !found && spaces <= column, found && spaces < depth:
			r.i = start
			return lines, true
		case !found:
			found, depth = true, spaces
			if deepest > depth {
				return nil, r.refuse(blank, "a blank line with more spaces than the text below it", "delete the spaces")
			}
		}
		end := start + strings.IndexByte(r.text[start:], '\n')
		from := end // the spaces of a blank line before the text are no text
		if found {
			from = min(start+depth, end)
		}
		lines = append(lines, r.text[from:end])
		r.nextLine() // a # is text here
	}
	return lines, true
}

// text joins the lines of a block. Where it is folded, a line end between two
// lines that do not begin with a space is a space.
func (h blockHeader) text(lines []string) string {
	end := len(lines)
	for end > 0 && lines[end-1] == "" {
		end--
	}
	var b strings.Builder
	blanks, indented := 0, true // no line came before
	for i, line := range lines[:end] {
		if line == "" {
			blanks++
			continue
		}
		isIndented := line[0] == ' '
		switch {
		case i == blanks: // the first line with text
			b.WriteString(strings.Repeat("\n", blanks))
		case h.folded && !indented && !isIndented:
			b.WriteString(foldBreak(blanks))
		default:
			b.WriteString(strings.Repeat("\n", blanks+1))
		}
		b.WriteString(line)
		blanks, indented = 0, isIndented
	}
	switch {
	case h.chomp == '+':
		b.WriteString(strings.Repeat("\n", len(lines)-end+1))
	case h.chomp == 0:
		b.WriteString("\n")
	}
	return b.String()
}
