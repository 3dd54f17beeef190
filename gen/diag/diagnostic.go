// Package diag has the diagnostics of a file: mistakes with their place, an
// excerpt of the line and a hint.
package diag

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
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

// Diagnostics are the mistakes of a file in the order of their places.
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

// String is the mistake with its excerpt, its hint and the place of the first
// declaration, if it has them, without a newline at the end.
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

// Hintf sets what to write instead.
func (d *Diagnostic) Hintf(format string, args ...any) *Diagnostic {
	d.Hint = fmt.Sprintf(format, args...)
	return d
}

// A Position is a place in a file; the zero Position is no place.
type Position struct {
	Line int // from 1
	Col  int // from 1, in characters
}

// After reports whether p is behind other.
func (p Position) After(other Position) bool { return p.compare(other) > 0 }

func (p Position) compare(other Position) int {
	return cmp.Or(cmp.Compare(p.Line, other.Line), cmp.Compare(p.Col, other.Col))
}

// A Reporter collects the mistakes of one file.
type Reporter struct {
	File  string
	Lines []string
	Diags Diagnostics
}

// NewReporter returns a reporter of mistakes in the file with that text.
func NewReporter(file, text string) *Reporter {
	return &Reporter{File: file, Lines: strings.Split(text, "\n")}
}

// Fail reports a mistake.
func (r *Reporter) Fail(pos Position, format string, args ...any) *Diagnostic {
	d := r.Place(pos, fmt.Sprintf(format, args...))
	r.Diags = append(r.Diags, d)
	return d
}

// Again reports a second declaration of something.
func (r *Reporter) Again(pos, first Position, format string, args ...any) *Diagnostic {
	d := r.Fail(pos, format, args...)
	d.First = r.Place(first, "first declared here")
	return d
}

// Place returns a diagnostic that only points.
func (r *Reporter) Place(pos Position, message string) *Diagnostic {
	d := &Diagnostic{File: r.File, Pos: pos, Message: message}
	if pos.Line >= 1 && pos.Line <= len(r.Lines) {
		d.Excerpt, d.Caret = excerpt(r.Lines[pos.Line-1], pos.Col-1)
	}
	return d
}

// Sorted returns the mistakes by place. Those at one place keep their order.
func (r *Reporter) Sorted() Diagnostics {
	slices.SortStableFunc(r.Diags, func(a, b *Diagnostic) int {
		return a.Pos.compare(b.Pos)
	})
	return r.Diags
}

// excerptWidth is how much of a line is shown, in characters.
const excerptWidth = 96

// excerpt cuts the part around caret out of a line. It reads only that part,
// because a hostile line may have a million characters.
func excerpt(line string, caret int) (string, int) {
	if len(line) <= excerptWidth {
		return printable(line), caret
	}
	start := ByteOffset(line, caret)
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
		case !Visible(c):
			return '?'
		}
		return c
	}, s)
}

// ByteOffset is where the character number chars (from 0) begins in s.
func ByteOffset(s string, chars int) int {
	off := 0
	for ; chars > 0 && off < len(s); chars-- {
		_, size := utf8.DecodeRuneInString(s[off:])
		off += size
	}
	return off
}

// Visible reports whether a character can be seen or is part of a word that
// can: the spaces and joiners of other scripts are, and marks that reverse
// text are not.
func Visible(c rune) bool {
	const softHyphen, nonJoiner, joiner = '\u00ad', '\u200c', '\u200d'
	return unicode.IsPrint(c) || unicode.Is(unicode.Zs, c) || c == softHyphen || c == nonJoiner || c == joiner
}
