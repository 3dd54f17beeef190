package spec

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// A Diagnostic is one mistake in a file.
type Diagnostic struct {
	File    string
	Pos     Position
	Message string
	Hint    string // what to write instead; may be empty
	Excerpt string // the line at Pos, shortened around it when it is long
	Caret   int    // where Pos is in Excerpt, in characters from 0
	First   *Diagnostic
}

// Diagnostics are all mistakes of a file in the order of their places.
type Diagnostics []*Diagnostic

// Error is every mistake with its excerpt, one after another, without a
// newline at the end.
func (ds Diagnostics) Error() string {
	all := make([]string, len(ds))
	for i, d := range ds {
		all[i] = d.String()
	}
	return strings.Join(all, "\n")
}

// Err is ds as an error, nil if there are none.
func (ds Diagnostics) Err() error {
	if len(ds) == 0 {
		return nil
	}
	return ds
}

// Line is the mistake in one line: families.yaml:12:7: message.
func (d *Diagnostic) Line() string {
	return fmt.Sprintf("%s:%d:%d: %s", d.File, d.Pos.Line, d.Pos.Col, d.Message)
}

// String is the mistake with its excerpt, the hint and the place of the first
// declaration, as far as it has them, without a newline at the end.
func (d *Diagnostic) String() string {
	var b strings.Builder
	b.WriteString(d.Line())
	if d.Excerpt != "" {
		number := fmt.Sprintf("%6d | ", d.Pos.Line)
		fmt.Fprintf(&b, "\n%s%s", number, d.Excerpt)
		fmt.Fprintf(&b, "\n%*s | %s^", len(number)-3, "", strings.Repeat(" ", d.Caret))
	}
	if d.Hint != "" {
		b.WriteString("\n  hint: " + d.Hint)
	}
	if d.First != nil {
		b.WriteString("\n  " + d.First.String())
	}
	return b.String()
}

// hint sets what to write instead.
func (d *Diagnostic) hint(format string, args ...any) *Diagnostic {
	d.Hint = fmt.Sprintf(format, args...)
	return d
}

// A reporter collects the mistakes of one file.
type reporter struct {
	file  string
	lines []string
	diags Diagnostics
}

func newReporter(file, text string) *reporter {
	return &reporter{file: file, lines: strings.Split(text, "\n")}
}

// fail reports a mistake.
func (r *reporter) fail(pos Position, format string, args ...any) *Diagnostic {
	d := r.place(pos, fmt.Sprintf(format, args...))
	r.diags = append(r.diags, d)
	return d
}

// again reports something that was declared at first already.
func (r *reporter) again(pos, first Position, format string, args ...any) *Diagnostic {
	d := r.fail(pos, format, args...)
	d.First = r.place(first, "first declared here")
	return d
}

// place is a diagnostic that only points.
func (r *reporter) place(pos Position, message string) *Diagnostic {
	d := &Diagnostic{File: r.file, Pos: pos, Message: message}
	if pos.Line >= 1 && pos.Line <= len(r.lines) {
		d.Excerpt, d.Caret = excerpt(r.lines[pos.Line-1], pos.Col-1)
	}
	return d
}

// sorted is what was reported, by place; mistakes at one place keep their order.
func (r *reporter) sorted() Diagnostics {
	slices.SortStableFunc(r.diags, func(a, b *Diagnostic) int {
		return cmp.Or(cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Col, b.Pos.Col))
	})
	return r.diags
}

// excerptWidth is how much of a line is shown, in characters.
const excerptWidth = 96

// excerpt cuts the part around caret out of a line. Only the neighbourhood is
// looked at, because a hostile line may be a million characters long.
func excerpt(line string, caret int) (string, int) {
	if len(line) <= excerptWidth {
		return printable(line), caret
	}
	start := byteOffset(line, caret)
	before, after := start, start
	n := 0
	for ; before > 0 && n < excerptWidth/2; n++ {
		_, size := utf8.DecodeLastRuneInString(line[:before])
		before -= size
	}
	for m := n; after < len(line) && m < excerptWidth; m++ {
		_, size := utf8.DecodeRuneInString(line[after:])
		after += size
	}
	cut := line[before:after]
	if before > 0 {
		cut, n = "…"+cut, n+1
	}
	if after < len(line) {
		cut += "…"
	}
	return printable(cut), n
}

// printable replaces what would move the caret or the terminal.
func printable(s string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c == '\t':
			return ' '
		case !visible(c):
			return '?'
		}
		return c
	}, s)
}

// byteOffset is where the character number chars (from 0) begins in s.
func byteOffset(s string, chars int) int {
	off := 0
	for ; chars > 0 && off < len(s); chars-- {
		_, size := utf8.DecodeRuneInString(s[off:])
		off += size
	}
	return off
}
