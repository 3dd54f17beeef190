package yaml

import (
	"strings"

	"github.com/keyfam/keyfam/gen/diag"
)

// A Comment is one comment of the file, from # to the end of its line.
type Comment struct {
	Pos    diag.Position
	Text   string
	own    bool          // it has a line to itself
	blank  bool          // the line above is blank
	closes diag.Position // the opening bracket, if the comment is behind the closing one
}

// comment reads the comment that begins here.
func (r *reader) comment() Comment {
	line, _, _ := strings.Cut(r.text[r.i:], "\n")
	pos := r.places.at(r.i)
	before := r.text[r.places.starts[pos.Line-1]:r.i]
	c := Comment{
		Pos: pos, Text: strings.TrimRight(line, " "),
		own: strings.Trim(before, " ") == "", blank: blankAbove(r.Lines, pos.Line),
	}
	if end := r.closed.end; end > 0 && strings.Trim(r.text[end:r.i], " ,") == "" {
		c.closes = r.places.at(r.closed.at)
	}
	return c
}

// blankAbove reports whether the line above line, counted from 1, is blank.
func blankAbove(lines []string, line int) bool {
	return line >= 2 && line-2 < len(lines) && strings.Trim(lines[line-2], " ") == ""
}

// An anchor is a place in the tree that comments belong to: an entry of a
// mapping or an item of a list.
type anchor struct {
	at     diag.Position
	depth  int           // the column of the key, or of the dash of an item
	up     *anchor       // the entry that this one is inside of
	leaf   bool          // nothing can be inside of it
	value  diag.Position // of an entry that is a leaf
	before []Comment
	beside []Comment
	inside []Comment // at the end of what it holds
	blank  bool      // the line above is blank
}

// attached has the comments by their anchors. A comment without an entry
// around or below it goes to the end of the file.
type attached struct {
	head, foot []Comment
	anchors    map[*Node]*anchor // by key, or by item
	brackets   map[diag.Position]*anchor
	ordered    []*anchor
}

// attach gives every comment to an entry: the one on its line, or else the
// next one. A comment that is indented deeper than the next entry goes to the
// end of the mapping with its indentation.
func attach(root *Node, comments []Comment, lines []string) *attached {
	a := &attached{anchors: map[*Node]*anchor{}, brackets: map[diag.Position]*anchor{}}
	a.walk(root, nil, lines)
	next := 0
	for _, c := range comments {
		for next < len(a.ordered) && !a.ordered[next].at.After(c.Pos) {
			next++
		}
		home := a.home(c, next)
		*home = append(*home, c)
	}
	if len(a.ordered) > 0 {
		a.splitHead(a.ordered[0])
	}
	return a
}

// walk notes the anchors in the order of the file.
func (a *attached) walk(n *Node, up *anchor, lines []string) {
	for _, e := range n.Entries {
		mark := a.anchor(e.Key, up, lines)
		if e.Value.Shape == Scalar {
			mark.leaf, mark.value = true, e.Value.Pos
		} else {
			a.brackets[e.Value.Pos] = mark
		}
		a.walk(e.Value, mark, lines)
	}
	for _, item := range n.Items {
		a.anchor(item, up, lines).leaf = true
	}
}

func (a *attached) anchor(n *Node, up *anchor, lines []string) *anchor {
	mark := &anchor{at: n.Pos, depth: n.Pos.Col, up: up}
	if n.Pos.Line <= len(lines) {
		line := lines[n.Pos.Line-1]
		before := line[:diag.ByteOffset(line, n.Pos.Col-1)]
		if strings.Trim(before, " -") == "" {
			mark.blank = blankAbove(lines, n.Pos.Line)
			if dash := strings.LastIndexByte(before, '-'); dash >= 0 {
				mark.depth = dash + 1
			}
		}
	}
	a.anchors[n] = mark
	a.ordered = append(a.ordered, mark)
	return mark
}

// home returns where a comment belongs. next counts the anchors before it.
func (a *attached) home(c Comment, next int) *[]Comment {
	below := &a.foot
	if next < len(a.ordered) {
		below = &a.ordered[next].before
	}
	if c.closes != (diag.Position{}) {
		if mark := a.brackets[c.closes]; mark != nil {
			return &mark.beside
		}
		return &a.foot
	}
	if next == 0 {
		return below
	}
	mark := a.ordered[next-1]
	switch {
	case !c.own:
		return &mark.beside
	case mark.leaf && mark.value.After(c.Pos): // between the key and the value
		return &mark.before
	}
	for mark.up != nil && mark.depth > c.Pos.Col {
		mark = mark.up
	}
	depth := c.Pos.Col
	if mark.leaf {
		depth = min(depth, mark.depth)
	}
	if next < len(a.ordered) && depth <= a.ordered[next].depth {
		return below
	}
	if depth <= mark.depth {
		mark = mark.up
	}
	if mark == nil {
		return &a.foot
	}
	return &mark.inside
}

// splitHead makes the comments above the first entry the head of the file, if
// a blank line is between them and the entry. The head stays first when the
// entry moves.
func (a *attached) splitHead(first *anchor) {
	n := len(first.before)
	for !first.blank && n > 0 && !(n < len(first.before) && first.before[n].blank) {
		n--
	}
	a.head, first.before = first.before[:n:n], first.before[n:]
}
