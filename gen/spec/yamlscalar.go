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
	doc := docText(n.text)
	one := &node{shape: scalar, text: doc, style: n.style}
	line, lines := " "+one.inline(false), strings.Contains(doc, "\n")
	switch {
	case !blockSafe(doc):
		return line, false
	case lines && !(n.style == folded && foldable(doc)):
		return " |" + indented(strings.Split(doc, "\n"), indent+2), true
	case !lines && indent+len("doc:")+utf8.RuneCountInString(line) <= longLine:
		return line, false
	}
	return " >" + indented(wrap(doc, fold-indent-2), indent+2), true
}

// docText is documentation without the line ends around it and the spaces at
// the ends of its lines, which mean nothing.
func docText(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}

// blockSafe reports whether a block scalar can hold the text as it stands.
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

// unbroken is what one space parts: a line cannot be broken where there are
// more.
var unbroken = regexp.MustCompile(`[^ ]+(?: {2,}[^ ]+)*`)

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

// plainSafe reports whether a scalar can be written without quotes and still be
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
	case strings.TrimSpace(text) != text:
		return false
	case n.style == bare:
		return beginsPlain.MatchString(text)
	}
	return unicode.IsLetter(rune(text[0])) && text[0] < utf8.RuneSelf && !readAs[strings.ToLower(text)]
}

// beginsPlain is how text without quotes begins wherever it stands. YAML has
// more, some of which is something else at the beginning of a line.
var beginsPlain = regexp.MustCompile(`^(-?[0-9]|[\pL_/(]|\.[^.])`)

// readAs are the words that are not text without their quotes.
var readAs = wordSet("true false null yes no on off y n")

func printableText(text string) bool {
	return strings.IndexFunc(text, func(c rune) bool { return c != '\n' && !visible(c) }) < 0
}

// visible reports whether a character can be seen or is part of a word that
// can: the spaces and joiners of other scripts are, and what reverses text is
// not. Between quotes such a space is escaped, so that it can be told from
// others.
func visible(c rune) bool {
	const softHyphen, nonJoiner, joiner = '\u00ad', '\u200c', '\u200d'
	return unicode.IsPrint(c) || unicode.Is(unicode.Zs, c) || c == softHyphen || c == nonJoiner || c == joiner
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
