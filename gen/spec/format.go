package spec

import (
	"bytes"
	"cmp"
	"errors"
	"slices"
	"strings"
)

// errLost is what a mistake of Format itself ends in. The file is not touched.
var errLost = errors.New("the layout would change what the file says; nothing was written")

// Format gives a families file its one layout: LF line ends, two spaces a
// level, entries in the order of the documentation, fields by number, the
// quotes that are needed, long documentation folded. Comments stay with the
// entry that they are above of or beside. Formatting twice changes nothing.
//
// Errors: [Diagnostics] if src is not YAML as the grammar has it. What else is
// wrong with the file does not matter.
//
// The filename is for the diagnostics.
func Format(filename string, src []byte) ([]byte, error) {
	text, root, comments, diags := parseText(filename, src)
	if len(diags) > 0 {
		return nil, diags
	}
	if root == nil || root.shape == mapping && len(root.entries) == 0 {
		root = &node{}
	}
	if err := formattable(newReporter(filename, text), root); err != nil {
		return nil, err
	}
	p := &printer{attached: attach(root, comments, strings.Split(text, "\n"))}
	p.file(root)
	out := p.Bytes()
	_, again, kept, diags := parseText(filename, out)
	if len(diags) > 0 || !same(root, again) || !sameComments(comments, kept) {
		return nil, errLost
	}
	return out, nil
}

// formattable reports what has no layout: a file that is not a mapping and
// lists of anything but text.
func formattable(r *reporter, root *node) error {
	if root.shape != mapping && root.shape != empty {
		r.fail(root.pos, "the file must be a mapping, not %s", root.shape)
	}
	var walk func(n *node)
	walk = func(n *node) {
		for _, e := range n.entries {
			if e.key.shape != scalar || strings.Contains(e.key.text, "\n") {
				r.fail(e.key.pos, "a key must be text in one line")
			}
			walk(e.value)
		}
		for _, item := range n.items {
			if item.shape != scalar && item.shape != empty {
				r.fail(item.pos, "a list can only hold text, not %s", item.shape)
			}
		}
	}
	walk(root)
	return r.sorted().Err()
}

// A printer writes the one layout.
type printer struct {
	bytes.Buffer
	*attached
}

func (p *printer) file(root *node) {
	for i, c := range p.head {
		p.comment(c, 0, i > 0)
	}
	if len(p.head) > 0 && len(p.ordered) > 0 {
		p.WriteString("\n")
	}
	p.mapping(root, 0, fileRole)
	for _, c := range p.foot {
		p.comment(c, 0, p.Len() > 0)
	}
}

// comment writes a comment on a line of its own.
func (p *printer) comment(c comment, indent int, mayBlank bool) {
	if c.blank && mayBlank {
		p.WriteString("\n")
	}
	p.line(indent, c.text)
}

func (p *printer) line(indent int, text string) {
	p.WriteString(strings.Repeat(" ", indent) + text + "\n")
}

// sections are the entries that a blank line sets apart.
var sections = []string{"messages", "families", "retired"}

func (p *printer) mapping(n *node, indent int, r *role) {
	for i, e := range r.sorted(n) {
		a := p.anchors[e.key]
		value, isBlock := p.value(e, indent)
		before := a.before
		beside := a.beside
		if isBlock && len(beside) > 0 {
			before, beside = slices.Concat(before, beside), nil
		} else if len(beside) > 1 {
			before, beside = slices.Concat(before, beside[1:]), beside[:1]
		}
		blank := a.blank && len(before) == 0 || i > 0 && len(before) > 0 && before[0].blank
		if i > 0 && (blank || indent == 0 && slices.Contains(sections, e.key.text)) {
			p.WriteString("\n")
		}
		for j, c := range before {
			p.comment(c, indent, j > 0)
		}
		if a.blank && len(a.before) > 0 {
			p.WriteString("\n")
		}
		p.entry(e, value, beside, indent, r)
		for _, c := range a.inside {
			p.comment(c, indent+2, true)
		}
	}
}

// entry writes "key: value" and what is below it.
func (p *printer) entry(e entry, value string, beside []comment, indent int, r *role) {
	head, rest, more := strings.Cut(e.idText()+":"+value, "\n")
	if len(beside) > 0 {
		head += "  " + beside[0].text
	}
	p.line(indent, head)
	if more {
		p.WriteString(rest + "\n")
	}
	if e.value.shape == mapping {
		p.mapping(e.value, indent+2, r.child(e.key.text))
	}
	if p.spread(e) {
		p.items(e.value, indent+2)
	}
}

func (e entry) idText() string { return e.key.inline(false) }

// spread reports whether e is a list with comments inside and so one line an
// item.
func (p *printer) spread(e entry) bool {
	items := e.value.items
	return len(items) > 0 && len(p.anchors[e.key].inside) > 0 || slices.ContainsFunc(items, func(item *node) bool {
		a := p.anchors[item]
		return len(a.before)+len(a.beside) > 0
	})
}

func (p *printer) items(n *node, indent int) {
	for i, item := range n.items {
		a := p.anchors[item]
		for j, c := range a.before {
			p.comment(c, indent, i+j > 0)
		}
		text := "- " + item.inline(false)
		for i, c := range a.beside {
			if i == 0 {
				text += "  " + c.text
			} else {
				p.comment(c, indent, false)
			}
		}
		p.line(indent, text)
	}
}

// value is what follows "key:" on its line, and the lines of a block of text,
// which isBlock tells.
func (p *printer) value(e entry, indent int) (text string, isBlock bool) {
	n := e.value
	switch {
	case n.shape == mapping && len(n.entries) == 0:
		return " {}", false
	case n.shape == sequence && !p.spread(e):
		items := make([]string, len(n.items))
		for i, item := range n.items {
			items[i] = item.inline(true)
		}
		return " [" + strings.Join(items, ", ") + "]", false
	case n.shape != scalar:
		return "", false
	case e.key.text == "doc":
		return docValue(n, indent)
	}
	return " " + n.inline(false), false
}

// same reports whether two trees hold the same, whatever the order of entries.
func same(a, b *node) bool {
	if a == nil || b == nil {
		return (a == nil || a.shape == empty) && (b == nil || b.shape == empty)
	}
	if a.shape != b.shape || a.shape == scalar && a.text != b.text || len(a.entries) != len(b.entries) || len(a.items) != len(b.items) {
		return false
	}
	left, right := byKey(a), byKey(b)
	for i := range left {
		x, y := left[i].value, right[i].value
		if left[i].key.text != right[i].key.text {
			return false
		}
		if left[i].key.text == "doc" && x.shape == scalar && y.shape == scalar {
			if docText(x.text) != docText(y.text) {
				return false
			}
		} else if !same(x, y) {
			return false
		}
	}
	return slices.EqualFunc(a.items, b.items, same)
}

func byKey(n *node) []entry {
	return slices.SortedStableFunc(slices.Values(n.entries), func(a, b entry) int { return cmp.Compare(a.key.text, b.key.text) })
}

// sameComments reports whether no comment was lost, whatever their order.
func sameComments(a, b []comment) bool {
	texts := func(all []comment) []string {
		out := make([]string, len(all))
		for i, c := range all {
			out[i] = c.text
		}
		slices.Sort(out)
		return out
	}
	return slices.Equal(texts(a), texts(b))
}
