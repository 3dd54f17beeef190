package spec

import (
	"go/build/constraint"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The entries of each kind of mapping, in the order Format writes them.
// JSONSchema and did-you-mean use the same lists.
var (
	fileKeys    = []string{"version", "package", "doc", "messages", "families", "retired"}
	messageKeys = []string{"name", "doc", "fields"}
	fieldKeys   = []string{"name", "type", "go", "doc"}
	familyKeys  = []string{"name", "accessor", "doc", "id", "value", "secret", "scan", "inverse"}
	partKeys    = []string{"type", "doc"}
	goTypeKeys  = []string{"import", "type"}
	retiredKeys = []string{"families", "fields"}
)

// Parse reads a families file. The Schema is nil if there is any Diagnostic.
// A file that is not YAML has one Diagnostic; of a file that is, every mistake
// is reported, in the order of the lines. filename is only for the messages.
//
// Errors: a file over 1 MiB, nested over 64 levels or with over 10,000 entries
// in one mapping or list is refused before the YAML parser sees it.
func Parse(filename string, src []byte) (*Schema, Diagnostics) {
	text, root, _, diags := parseText(filename, src)
	if len(diags) > 0 {
		return nil, diags
	}
	c := &checker{reporter: newReporter(filename, text), messages: map[string]*MessageType{}, schema: &Schema{}}
	c.file(root)
	if len(c.diags) > 0 {
		return nil, c.sorted()
	}
	return c.schema, nil
}

// parseText reads a file as far as its grammar does not matter.
func parseText(filename string, src []byte) (text string, root *node, comments []comment, diags Diagnostics) {
	if text, diags = clean(filename, src); len(diags) > 0 {
		return "", nil, nil, diags
	}
	if comments, diags = check(filename, text); len(diags) > 0 {
		return "", nil, nil, diags
	}
	root, diags = parseTree(filename, text, comments)
	return text, root, comments, diags
}

// A checker turns nodes into the Schema and reports what is wrong with them.
type checker struct {
	*reporter
	schema       *Schema
	messages     map[string]*MessageType // all that are declared, well or not
	messageNames []string                // in the order of the file
}

// file checks the whole file.
func (c *checker) file(root *node) {
	if root == nil || root.shape == empty {
		c.fail(Position{1, 1}, "the file is empty").hint("famgen init writes one to start from")
		return
	}
	m, ok := c.entries(root, "the file", fileKeys, "version", "package", "families")
	if !ok {
		return
	}
	c.schema.Places = map[string]Position{}
	for _, e := range root.entries {
		c.schema.Places[e.key.text] = e.key.pos
	}
	c.version(m["version"])
	c.packageName(m["package"])
	c.schema.Doc = c.doc(m["doc"])
	c.allMessages(m["messages"])
	c.allFamilies(m["families"])
	c.retired(m["retired"])
	c.cycles()
	c.secrecy()
	c.goNames()
}

func (c *checker) version(n *node) {
	if text, ok := c.text(n, "the version"); ok {
		switch c.schema.Version = 1; {
		case text != "1":
			c.fail(n.pos, "version %s is not known", quoteShort(text)).hint("write version: 1")
		case n.style != bare:
			c.fail(n.pos, "the version is a number and has no quotes").hint("write version: 1")
		}
	}
}

func (c *checker) packageName(n *node) {
	text, ok := c.text(n, "the package")
	if !ok || !c.spelling(n, packageName, "the package", "a Go package name in small letters, such as signalkeys") || c.keyword(n, "the package") {
		return
	}
	if text == "main" || text == "init" || strings.HasSuffix(text, "_test") {
		c.fail(n.pos, "the package %s cannot be imported", text).hint("choose another name")
	}
	if text == "documentation" {
		c.fail(n.pos, "the go command ignores the package documentation").hint("choose another name")
	}
	if text == "vendor" {
		c.fail(n.pos, "the go command keeps the directory vendor for itself").hint("choose another name")
	}
	if strings.HasSuffix(text, "_") {
		c.fail(n.pos, "the package for tests would be %stest, which Go takes for tests itself", text).hint("leave the _ at the end out")
	}
	c.schema.Package = text
}

// entries checks that n is a mapping with known keys, none twice and all of
// required, and answers its values by key; of a key that is there twice, the first.
func (c *checker) entries(n *node, what string, known []string, required ...string) (map[string]*node, bool) {
	if !c.is(n, mapping, what) {
		return nil, false
	}
	m := c.distinctEntries(n, what)
	for _, e := range n.entries {
		if !slices.Contains(known, e.key.text) {
			c.unknownEntry(e, what, known, m)
		}
	}
	for _, key := range required {
		if m[key] == nil {
			c.fail(n.pos, "%s has no %s", what, key).hint("add %s:", key)
		}
	}
	return m, true
}

// renamed are words that the grammar had before, and what they are called now.
var renamed = map[string]string{"records": "messages", "key": "id"}

// unknownEntry reports an entry that the mapping what cannot have. What a word
// of before holds is checked as under its new name, so that one word is one
// mistake.
func (c *checker) unknownEntry(e entry, what string, known []string, m map[string]*node) {
	word := e.key.text
	d := c.fail(e.key.pos, "%s has no entry %s", what, quoteShort(word))
	now := renamed[word]
	if !slices.Contains(known, now) {
		d.didYouMean(word, known)
		return
	}
	d.hint("%s: is called %s: now", word, now)
	if m[now] == nil {
		m[now] = e.value
	}
}

// distinctEntries reports keys that are there twice.
func (c *checker) distinctEntries(n *node, what string) map[string]*node {
	m := make(map[string]*node, len(n.entries))
	first := make(map[string]Position, len(n.entries))
	for _, e := range n.entries {
		if pos, ok := first[e.key.text]; ok {
			c.again(e.key.pos, pos, "%s has two entries %s", what, quoteShort(e.key.text)).hint("keep one of them")
			continue
		}
		m[e.key.text], first[e.key.text] = e.value, e.key.pos
	}
	return m
}

// is reports a node of another shape. A nil node was reported as missing.
func (c *checker) is(n *node, want shape, what string) bool {
	switch {
	case n == nil:
		return false
	case n.shape == want:
		return true
	case n.shape == empty:
		c.fail(n.pos, "%s is empty", what)
	case want == scalar && n.shape == mapping:
		c.fail(n.pos, "%s must be %s, not %s", what, want, n.shape).hint("text that begins with { needs double quotes")
	case want == scalar && n.shape == sequence:
		c.fail(n.pos, "%s must be %s, not %s", what, want, n.shape).hint("text that begins with [ needs double quotes")
	default:
		c.fail(n.pos, "%s must be %s, not %s", what, want, n.shape)
	}
	return false
}

// maxText is the longest text that is not documentation, in bytes.
const maxText = 4096

// text reads a scalar that is not documentation.
func (c *checker) text(n *node, what string) (string, bool) {
	if !c.is(n, scalar, what) {
		return "", false
	}
	switch {
	case n.text == "":
		c.fail(n.pos, "%s is empty", what)
		return "", false
	case len(n.text) > maxText:
		c.fail(n.pos, "%s is longer than %d bytes", what, maxText)
		return "", false
	}
	return n.text, true
}

// noComment reports whether a comment of Go source cannot hold a character, or
// no reader could see it.
func noComment(r rune) bool {
	return r == '\ufeff' || r == utf8.RuneError || unicode.IsControl(r) && r != '\n' && r != '\t'
}

// doc reads documentation, which becomes comments word by word.
func (c *checker) doc(n *node) string {
	if n == nil || !c.is(n, scalar, "the doc") {
		return ""
	}
	if i := strings.IndexFunc(n.text, noComment); i >= 0 {
		c.fail(n.pos, "the doc has the control character %U", []rune(n.text[i:])[0]).hint("leave it out: the doc becomes comments of Go source")
		return ""
	}
	text := docText(n.text)
	for line := range strings.SplitSeq(text, "\n") {
		if constraint.IsPlusBuild("//" + line) {
			c.fail(n.pos, "a line of the doc begins with +build, which Go takes for a build constraint").hint("put a word before it")
			return ""
		}
	}
	return text
}

// flag reads true or false.
func (c *checker) flag(n *node, what string) bool {
	if n == nil || !c.is(n, scalar, what) {
		return false
	}
	if n.style != bare || n.text != "true" && n.text != "false" {
		c.fail(n.pos, "%s must be true or false", what).hint("write it in small letters and without quotes")
	}
	return n.text == "true"
}

// within is the place of a byte of a scalar's text, or of the scalar where its
// text is not in the file as it stands.
func (c *checker) within(n *node, offset int) Position {
	if n.pos.Line > len(c.lines) {
		return n.pos
	}
	line := c.lines[n.pos.Line-1]
	start := byteOffset(line, n.pos.Col-1)
	col := n.pos.Col
	if n.style == quoted {
		start, col = start+1, col+1
	}
	if n.style == block || start > len(line) || !strings.HasPrefix(line[start:], n.text) || offset > len(n.text) {
		return n.pos
	}
	return Position{n.pos.Line, col + utf8.RuneCountInString(n.text[:offset])}
}

// goType reads {import: …, type: …}.
func (c *checker) goType(n *node) *Type {
	m, ok := c.entries(n, "the Go type", goTypeKeys, "import", "type")
	if !ok {
		return nil
	}
	path, okPath := c.text(m["import"], "the import path")
	name, okName := c.text(m["type"], "the Go type's name")
	if okPath && (!importPath.MatchString(path) || path == "C" || path == "main") {
		okPath = false
		c.fail(m["import"].pos, "%s is not an import path", quoteShort(path)).hint("write it as in Go's import, without quotes or a version: example.com/chat/peer")
	}
	if okName {
		okName = c.goTypeName(m["type"])
	}
	if !okPath || !okName {
		return nil
	}
	return &Type{Kind: Go, Go: &GoType{Import: path, Name: name, Pos: m["type"].pos, ImportPos: m["import"].pos}, Pos: n.pos}
}

func (c *checker) goTypeName(n *node) bool {
	name := n.text
	switch {
	case strings.Contains(name, "."):
		c.fail(n.pos, "the Go type's name %s has a package in it", quoteShort(name)).hint("the package stands in import")
	case strings.ContainsAny(name, "[*"):
		c.fail(n.pos, "the Go type must be a named type without type arguments or pointers, not %s", quoteShort(name)).hint("declare one: type T …")
	case !goTypeName.MatchString(name):
		c.fail(n.pos, "%s is not an exported Go type", quoteShort(name)).hint("its name begins with a capital letter")
	default:
		return true
	}
	return false
}
