package spec

import "strings"

// A comment is one comment of the file, from # to the end of its line.
type comment struct {
	pos    Position
	text   string
	own    bool     // it has a line to itself
	blank  bool     // the line above is blank
	closes Position // the opening bracket, if the comment is behind the closing one
}

// comment reads the comment that begins where g stands.
func (g *guard) comment() comment {
	line, _, _ := strings.Cut(g.text[g.i:], "\n")
	pos := g.places.at(g.i)
	before := g.text[g.places.starts[pos.Line-1]:g.i]
	c := comment{
		pos: pos, text: strings.TrimRight(line, " "),
		own: strings.Trim(before, " ") == "", blank: blankAbove(g.lines, pos.Line),
	}
	if end := g.closed.end; end > 0 && strings.Trim(g.text[end:g.i], " ,") == "" {
		c.closes = g.places.at(g.closed.at)
	}
	return c
}

// blankAbove reports whether the line above line, counted from 1, is blank.
func blankAbove(lines []string, line int) bool {
	return line >= 2 && line-2 < len(lines) && strings.Trim(lines[line-2], " ") == ""
}

// A place in the tree that comments belong to: an entry of a mapping, or an
// item of a list.
type anchor struct {
	at     Position
	depth  int      // the column of the key, or of the dash of an item
	up     *anchor  // the entry that this one is inside of
	leaf   bool     // nothing can be inside of it
	value  Position // of an entry that is a leaf
	before []comment
	beside []comment
	inside []comment // at the end of what it holds
	blank  bool      // the line above is blank
}

// Comments find their anchors by place. Nothing is lost: what has no entry
// around or below it goes to the end of the file.
type attached struct {
	head, foot []comment
	anchors    map[*node]*anchor // by key, or by item
	brackets   map[Position]*anchor
	ordered    []*anchor
}

// attach gives every comment to the entry that it is about: the one on its
// line, else the next one, unless the comment is indented deeper than that:
// then it ends what it is indented as.
func attach(root *node, comments []comment, lines []string) *attached {
	a := &attached{anchors: map[*node]*anchor{}, brackets: map[Position]*anchor{}}
	a.walk(root, nil, lines)
	next := 0
	for _, c := range comments {
		for next < len(a.ordered) && !after(a.ordered[next].at, c.pos) {
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

func after(a, b Position) bool { return a.Line > b.Line || a.Line == b.Line && a.Col > b.Col }

// walk notes the anchors in the order of the file.
func (a *attached) walk(n *node, up *anchor, lines []string) {
	for _, e := range n.entries {
		mark := a.anchor(e.key, up, lines)
		if e.value.shape == scalar {
			mark.leaf, mark.value = true, e.value.pos
		} else {
			a.brackets[e.value.pos] = mark
		}
		a.walk(e.value, mark, lines)
	}
	for _, item := range n.items {
		a.anchor(item, up, lines).leaf = true
	}
}

func (a *attached) anchor(n *node, up *anchor, lines []string) *anchor {
	mark := &anchor{at: n.pos, depth: n.pos.Col, up: up}
	if n.pos.Line <= len(lines) {
		line := lines[n.pos.Line-1]
		before := line[:byteOffset(line, n.pos.Col-1)]
		if strings.Trim(before, " -") == "" {
			mark.blank = blankAbove(lines, n.pos.Line)
			if dash := strings.LastIndexByte(before, '-'); dash >= 0 {
				mark.depth = dash + 1
			}
		}
	}
	a.anchors[n] = mark
	a.ordered = append(a.ordered, mark)
	return mark
}

// home is where a comment belongs before which next anchors stand.
func (a *attached) home(c comment, next int) *[]comment {
	below := &a.foot
	if next < len(a.ordered) {
		below = &a.ordered[next].before
	}
	if c.closes != (Position{}) {
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
	case mark.leaf && after(mark.value, c.pos): // between the key and the value
		return &mark.before
	}
	for mark.up != nil && mark.depth > c.pos.Col {
		mark = mark.up
	}
	depth := c.pos.Col
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

// splitHead makes what a blank line parts from the first entry the head of the
// file. It stays there if the entry does not.
func (a *attached) splitHead(first *anchor) {
	n := len(first.before)
	for !first.blank && n > 0 && !(n < len(first.before) && first.before[n].blank) {
		n--
	}
	a.head, first.before = first.before[:n:n], first.before[n:]
}
