package yaml

import (
	"bytes"
	"cmp"
	"errors"
	"slices"
	"strings"
)

// errLost is what a mistake of Format itself ends in. The file is not touched.
var errLost = errors.New("the layout would change what the file says; nothing was written")

// Format returns a file in its one layout, with the entries of the file in the
// order of a role. A comment stays with the Entry that it is above or beside.
// The name is for the diagnostics.
//
// Errors: [diag.Diagnostics] if src is not a mapping, or no YAML that is read
// here, or if a list holds anything but text.
func Format(name string, src []byte, role *Role) ([]byte, error) {
	f, diags := Read(name, src)
	if len(diags) > 0 {
		return nil, diags
	}
	if err := f.formattable(); err != nil {
		return nil, err
	}
	if len(f.Root.Entries) == 0 {
		f.Root = &Node{} // {} is written as nothing
	}
	p := &printer{attached: attach(f.Root, f.Comments, strings.Split(f.Text, "\n"))}
	p.file(f.Root, role)
	out := p.Bytes()
	again, diags := Read(name, out)
	if len(diags) > 0 || !same(f.Root, again.Root) || !sameComments(f.Comments, again.Comments) {
		return nil, errLost
	}
	return out, nil
}

// formattable reports what has no layout: a file that is not a mapping and
// lists of anything but text.
func (f *File) formattable() error {
	r := f.Reporter()
	if f.Root.Shape != Mapping && f.Root.Shape != Empty {
		r.Fail(f.Root.Pos, "the file must be a mapping, not %s", f.Root.Shape)
	}
	var walk func(n *Node)
	walk = func(n *Node) {
		for _, e := range n.Entries {
			walk(e.Value)
		}
		for _, item := range n.Items {
			if item.Shape != Scalar && item.Shape != Empty {
				r.Fail(item.Pos, "a list can only hold text, not %s", item.Shape)
			}
		}
	}
	walk(f.Root)
	return r.Sorted().Err()
}

// A printer writes the one layout.
type printer struct {
	bytes.Buffer
	*attached
}

func (p *printer) file(root *Node, r *Role) {
	for i, c := range p.head {
		p.comment(c, 0, i > 0)
	}
	if len(p.head) > 0 && len(p.ordered) > 0 {
		p.WriteString("\n")
	}
	p.mapping(root, 0, r)
	for _, c := range p.foot {
		p.comment(c, 0, p.Len() > 0)
	}
}

// comment writes a comment on a line of its own.
func (p *printer) comment(c Comment, indent int, mayBlank bool) {
	if c.blank && mayBlank {
		p.WriteString("\n")
	}
	p.line(indent, c.Text)
}

func (p *printer) line(indent int, text string) {
	p.WriteString(strings.Repeat(" ", indent) + text + "\n")
}

// proseKey is the key of documentation, whose line ends may move.
const proseKey = "doc"

func (p *printer) mapping(n *Node, indent int, r *Role) {
	for i, e := range r.sorted(n) {
		a := p.anchors[e.Key]
		value, isBlock := p.value(e, indent)
		before := a.before
		beside := a.beside
		if isBlock && len(beside) > 0 {
			before, beside = slices.Concat(before, beside), nil
		} else if len(beside) > 1 {
			before, beside = slices.Concat(before, beside[1:]), beside[:1]
		}
		blank := a.blank && len(before) == 0 || i > 0 && len(before) > 0 && before[0].blank
		if i > 0 && (blank || r != nil && slices.Contains(r.Apart, e.Key.Text)) {
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
func (p *printer) entry(e Entry, value string, beside []Comment, indent int, r *Role) {
	head, rest, more := strings.Cut(e.idText()+":"+value, "\n")
	if len(beside) > 0 {
		head += "  " + beside[0].Text
	}
	p.line(indent, head)
	if more {
		p.WriteString(rest + "\n")
	}
	if e.Value.Shape == Mapping {
		p.mapping(e.Value, indent+2, r.child(e.Key.Text))
	}
	if p.spread(e) {
		p.items(e.Value, indent+2)
	}
}

func (e Entry) idText() string { return e.Key.inline(false) }

// spread reports whether e is a list with comments inside and so one line an
// item.
func (p *printer) spread(e Entry) bool {
	items := e.Value.Items
	return len(items) > 0 && len(p.anchors[e.Key].inside) > 0 || slices.ContainsFunc(items, func(item *Node) bool {
		a := p.anchors[item]
		return len(a.before)+len(a.beside) > 0
	})
}

func (p *printer) items(n *Node, indent int) {
	for i, item := range n.Items {
		a := p.anchors[item]
		for j, c := range a.before {
			p.comment(c, indent, i+j > 0)
		}
		text := "- " + item.inline(false)
		for i, c := range a.beside {
			if i == 0 {
				text += "  " + c.Text
			} else {
				p.comment(c, indent, false)
			}
		}
		p.line(indent, text)
	}
}

// value is what follows "key:" on its line, and the lines of a block of text,
// which isBlock tells.
func (p *printer) value(e Entry, indent int) (text string, isBlock bool) {
	n := e.Value
	switch {
	case n.Shape == Mapping && len(n.Entries) == 0:
		return " {}", false
	case n.Shape == Sequence && !p.spread(e):
		items := make([]string, len(n.Items))
		for i, item := range n.Items {
			items[i] = item.inline(true)
		}
		return " [" + strings.Join(items, ", ") + "]", false
	case n.Shape != Scalar:
		return "", false
	case e.Key.Text == proseKey:
		return proseValue(n, indent)
	}
	return " " + n.inline(false), false
}

// same reports whether two trees hold the same, whatever the order of entries.
func same(a, b *Node) bool {
	if a == nil || b == nil {
		return (a == nil || a.Shape == Empty) && (b == nil || b.Shape == Empty)
	}
	if a.Shape != b.Shape || a.Shape == Scalar && a.Text != b.Text || len(a.Entries) != len(b.Entries) || len(a.Items) != len(b.Items) {
		return false
	}
	left, right := byKey(a), byKey(b)
	for i := range left {
		x, y := left[i].Value, right[i].Value
		if left[i].Key.Text != right[i].Key.Text {
			return false
		}
		if left[i].Key.Text == proseKey && x.Shape == Scalar && y.Shape == Scalar {
			if ProseText(x.Text) != ProseText(y.Text) {
				return false
			}
		} else if !same(x, y) {
			return false
		}
	}
	return slices.EqualFunc(a.Items, b.Items, same)
}

func byKey(n *Node) []Entry {
	return slices.SortedStableFunc(slices.Values(n.Entries), func(a, b Entry) int { return cmp.Compare(a.Key.Text, b.Key.Text) })
}

// sameComments reports whether no comment was lost, whatever their order.
func sameComments(a, b []Comment) bool {
	texts := func(all []Comment) []string {
		out := make([]string, len(all))
		for i, c := range all {
			out[i] = c.Text
		}
		slices.Sort(out)
		return out
	}
	return slices.Equal(texts(a), texts(b))
}
