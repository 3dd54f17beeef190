package spec

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Where text is broken, in columns.
const (
	longLine = 100 // documentation up to here stays on one line
	fold     = 80  // longer documentation is folded to this
)

// docValue writes documentation: on one line, folded, or as it is broken.
func docValue(n *node, indent int) (text string, isBlock bool) {
	words := docText(n.text)
	one := &node{shape: scalar, text: words, style: n.style}
	line := " " + one.inline(false)
	switch {
	case !blockSafe(words):
		return line, false
	case strings.Contains(words, "\n"):
		return " |" + indented(strings.Split(words, "\n"), indent+2), true
	case indent+len("doc:")+utf8.RuneCountInString(line) <= longLine || strings.Contains(words, "  "):
		return line, false
	}
	return " >" + indented(wrap(words, fold-indent-2), indent+2), true
}

// docText is documentation without the line ends around it, which mean nothing.
func docText(text string) string { return strings.Trim(text, "\n") }

// blockSafe says whether a block scalar can hold the text as it stands.
func blockSafe(text string) bool {
	for line := range strings.SplitSeq(text, "\n") {
		if strings.HasSuffix(line, " ") {
			return false
		}
	}
	return text != "" && text[0] != ' ' && printableText(text)
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

// wrap breaks text at single spaces into lines of at most width characters.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.SplitSeq(text, " ") {
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
	return append(lines, line)
}

// inline is a scalar in one line, quoted where it must be.
func (n *node) inline(inList bool) string {
	if n.shape == empty {
		return "null"
	}
	if n.plainSafe(inList) {
		return n.text
	}
	return quote(n.text)
}

// plainSafe says whether a scalar can be written without quotes and still be
// the same text. What was written so stays so, in a list too if it has none of
// the characters that end an item there.
func (n *node) plainSafe(inList bool) bool {
	text := n.text
	switch {
	case text == "" || !printableText(text) || strings.Contains(text, "\n"):
		return false
	case inList && strings.ContainsAny(text, ",[]{}"):
		return false
	case strings.Contains(text, ": ") || strings.Contains(text, " #") || strings.HasSuffix(text, ":"):
		return false
	case strings.HasSuffix(text, "<<"): // as a key the parser takes it for a merge key
		return false
	case strings.Trim(text, " ") != text:
		return false
	case n.style == bare:
		return plainStart.MatchString(text)
	}
	return unicode.IsLetter(rune(text[0])) && text[0] < utf8.RuneSelf && !readAs[strings.ToLower(text)]
}

// plainStart is how text without quotes begins wherever it stands. YAML has
// more, some of which is something else at the beginning of a line.
var plainStart = regexp.MustCompile(`^(-?[0-9]|[\pL_/(]|\.[^.])`)

// readAs are the words that are not text without their quotes.
var readAs = wordSet("true false null yes no on off y n")

func printableText(text string) bool {
	return strings.IndexFunc(text, func(c rune) bool { return c != '\n' && !unicode.IsPrint(c) }) < 0
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
