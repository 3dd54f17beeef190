package yaml

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/keyfam/keyfam/gen/diag"
)

// Where text is broken, in columns.
const (
	longLine = 100 // documentation up to here stays on one line
	fold     = 80  // longer documentation is folded to this
)

// proseValue writes documentation: on one line, folded, or as it is broken.
func proseValue(n *Node, indent int) (text string, isBlock bool) {
	doc := ProseText(n.Text)
	one := &Node{Shape: Scalar, Text: doc, Style: n.Style}
	line, lines := " "+one.inline(false), strings.Contains(doc, "\n")
	switch {
	case !blockSafe(doc):
		return line, false
	case lines && !(n.Style == Folded && foldable(doc)):
		return " |" + indented(strings.Split(doc, "\n"), indent+2), true
	case !lines && indent+len(proseKey+":")+utf8.RuneCountInString(line) <= longLine:
		return line, false
	}
	return " >" + indented(wrap(doc, fold-indent-2), indent+2), true
}

// ProseText returns documentation without the line ends around it and without
// spaces at the ends of lines: they mean nothing.
func ProseText(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}

// blockSafe reports whether a block scalar can have the text.
func blockSafe(text string) bool {
	return text != "" && text[0] != ' ' && printableText(text)
}

// foldable reports whether text of several lines is better folded: it has a
// long one, and none that is indented, which folding would keep as it is.
func foldable(text string) bool {
	long := false
	for line := range strings.SplitSeq(text, "\n") {
		if strings.HasPrefix(line, " ") {
			return false
		}
		long = long || utf8.RuneCountInString(line) > longLine
	}
	return long
}

func indented(lines []string, indent int) string {
	var b strings.Builder
	for _, line := range lines {
		b.WriteString("\n")
		if line != "" {
			b.WriteString(strings.Repeat(" ", indent) + line)
		}
	}
	return b.String()
}

// wrap breaks text at single spaces into lines of at most width characters. A
// line end of the text is one more line end.
func wrap(text string, width int) []string {
	var lines []string
	for i, paragraph := range strings.Split(text, "\n") {
		if i > 0 {
			lines = append(lines, "")
		}
		line := ""
		for _, word := range unbroken.FindAllString(paragraph, -1) {
			switch {
			case line == "":
				line = word
			case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) <= width:
				line += " " + word
			default:
				lines = append(lines, line)
				line = word
			}
		}
		if line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// unbroken matches a piece of text without single spaces: a line is broken
// only at a single space.
var unbroken = regexp.MustCompile(`[^ ]+(?: {2,}[^ ]+)*`)

// inline returns a scalar in one line, with quotes if it needs them.
func (n *Node) inline(inList bool) string {
	if n.Shape == Empty {
		return "null"
	}
	if n.plainSafe(inList) {
		return n.Text
	}
	return quote(n.Text)
}

// plainSafe reports whether a scalar is the same text without quotes. A scalar
// that was written without quotes stays so; in a list, only if it has no
// character that ends an item there.
func (n *Node) plainSafe(inList bool) bool {
	text := n.Text
	switch {
	case text == "" || !printableText(text) || strings.Contains(text, "\n"):
		return false
	case inList && strings.ContainsAny(text, ",[]{}"):
		return false
	case strings.Contains(text, ": ") || strings.Contains(text, " #") || strings.HasSuffix(text, ":"):
		return false
	case strings.TrimSpace(text) != text:
		return false
	case n.Style == Plain:
		return beginsPlain.MatchString(text)
	}
	return unicode.IsLetter(rune(text[0])) && text[0] < utf8.RuneSelf && !readAs[strings.ToLower(text)]
}

// beginsPlain matches the beginning of text that needs no quotes in any place.
// YAML allows more, but some of that has another meaning at the beginning of a
// line.
var beginsPlain = regexp.MustCompile(`^(-?[0-9]|[\pL_/(]|\.[^.])`)

// readAs has the words that are not text without quotes.
var readAs = map[string]bool{
	"true": true, "false": true, "null": true, "yes": true, "no": true, "on": true, "off": true, "y": true, "n": true,
}

func printableText(text string) bool {
	return strings.IndexFunc(text, func(c rune) bool { return c != '\n' && !diag.Visible(c) }) < 0
}

// quote writes text in double quotes as YAML escapes it.
func quote(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range text {
		switch {
		case c == '"' || c == '\\':
			b.WriteString(`\` + string(c))
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\t':
			b.WriteString(`\t`)
		case unicode.IsPrint(c):
			b.WriteRune(c)
		case c < 0x100:
			b.WriteString(`\x` + hex(c, 2))
		case c < 0x10000:
			b.WriteString(`\u` + hex(c, 4))
		default:
			b.WriteString(`\U` + hex(c, 8))
		}
	}
	b.WriteByte('"')
	return b.String()
}

func hex(c rune, width int) string {
	digits := strconv.FormatInt(int64(c), 16)
	return strings.Repeat("0", width-len(digits)) + digits
}
