package yaml

import (
	"bytes"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/keyfam/keyfam/gen/diag"
)

// The limits of a file. A hostile file must not take memory or time without
// end.
const (
	maxBytes = 1 << 20
	maxDepth = 64
	maxWidth = 10000 // entries of one mapping or list
)

// clean returns the file without a byte order mark and with LF line ends. It
// reports a file that is too large or has characters that no families.yaml
// needs.
func clean(file string, src []byte) (string, diag.Diagnostics) {
	if len(src) > maxBytes {
		r := diag.NewReporter(file, "")
		r.Fail(diag.Position{Line: 1, Col: 1}, "the file has %d bytes; at most %d are read", len(src), maxBytes).Excerpt = ""
		return "", r.Diags
	}
	src = bytes.TrimPrefix(src, []byte("\xef\xbb\xbf"))
	text := strings.ReplaceAll(string(src), "\r\n", "\n")
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	for i, c := range text {
		message, hint := unwanted(c, text[i:])
		if message == "" {
			continue
		}
		r := diag.NewReporter(file, text)
		r.Fail(newPlaces(text).at(i), "%s", message).Hint = hint
		return "", r.Diags
	}
	return text, nil
}

// unwanted says why the character at the beginning of rest is refused; empty
// if it is not.
func unwanted(c rune, rest string) (message, hint string) {
	switch {
	case c == '\t':
		return "a tab", `use spaces; inside double quotes a tab is \t`
	case c == utf8.RuneError && !strings.HasPrefix(rest, string(utf8.RuneError)):
		return "this byte is not UTF-8", "save the file as UTF-8"
	case c == '\u0085' || c == '\u2028' || c == '\u2029' || c == '\ufeff' || (c < ' ' && c != '\n') || c == 0x7f:
		return "a control character", ""
	}
	return "", ""
}

// places turns byte offsets into positions. It goes on from the last one,
// because a hostile file may be one long line with many nodes.
type places struct {
	text   string
	starts []int // where each line begins
	last   int   // an offset, and its position
	pos    diag.Position
}

func newPlaces(text string) *places {
	p := &places{text: text, starts: []int{0}}
	for i := range len(text) {
		if text[i] == '\n' {
			p.starts = append(p.starts, i+1)
		}
	}
	return p
}

func (p *places) at(offset int) diag.Position {
	line := sort.SearchInts(p.starts, offset+1)
	if line != p.pos.Line || offset < p.last {
		p.last, p.pos = p.starts[line-1], diag.Position{Line: line, Col: 1}
	}
	p.pos.Col += utf8.RuneCountInString(p.text[p.last:offset])
	p.last = offset
	return p.pos
}
