package spec

import (
	"go/build/constraint"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/keyfam/keyfam/gen/diag"
	"github.com/keyfam/keyfam/gen/yaml"
)

// The entries of each kind of mapping, in the order Format writes them.
// JSONSchema and did-you-mean use the same lists.
var (
	fileKeys    = []string{"version", "package", "doc", "messages", "families", "retired"}
	messageKeys = []string{"name", "doc", "fields"}
	fieldKeys   = []string{"name", "go_name", "type", "go", "doc"}
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
// in one mapping or list is refused.
func Parse(filename string, src []byte) (*Schema, Diagnostics) {
	f, diags := yaml.Read(filename, src)
	if len(diags) > 0 {
		return nil, diags
	}
	c := &checker{Reporter: f.Reporter(), messages: map[string]*MessageType{}, schema: &Schema{}}
	c.file(f.Root)
	if len(c.Diags) > 0 {
		return nil, c.Sorted()
	}
	return c.schema, nil
}

// A checker turns nodes into the Schema and reports what is wrong with them.
type checker struct {
	*diag.Reporter
	schema       *Schema
	messages     map[string]*MessageType // all that are declared, well or not
	messageNames []string                // in the order of the file
}

// file checks the whole file.
func (c *checker) file(root *yaml.Node) {
	if root.Shape == yaml.Empty {
		c.Fail(Position{Line: 1, Col: 1}, "the file is empty").Hintf("famgen init writes one to start from")
		return
	}
	m, ok := c.entries(root, "the file", fileKeys, "version", "package", "families")
	if !ok {
		return
	}
	c.schema.Places = map[string]Position{}
	for _, e := range root.Entries {
		c.schema.Places[e.Key.Text] = e.Key.Pos
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

func (c *checker) version(n *yaml.Node) {
	if text, ok := c.text(n, "the version"); ok {
		switch c.schema.Version = 1; {
		case text != "1":
			c.Fail(n.Pos, "version %s is not known", quoteShort(text)).Hintf("write version: 1")
		case n.Style != yaml.Plain:
			c.Fail(n.Pos, "the version is a number and has no quotes").Hintf("write version: 1")
		}
	}
}

func (c *checker) packageName(n *yaml.Node) {
	text, ok := c.text(n, "the package")
	if !ok || !c.spelling(n, packageName, "the package", "a Go package name in small letters, such as signalkeys") || c.keyword(n, "the package") {
		return
	}
	if text == "main" || text == "init" || strings.HasSuffix(text, "_test") {
		c.Fail(n.Pos, "the package %s cannot be imported", text).Hintf("choose another name")
	}
	if text == "documentation" {
		c.Fail(n.Pos, "the go command ignores the package documentation").Hintf("choose another name")
	}
	if text == "vendor" {
		c.Fail(n.Pos, "the go command keeps the directory vendor for itself").Hintf("choose another name")
	}
	if strings.HasSuffix(text, "_") {
		c.Fail(n.Pos, "the package for tests would be %stest, which Go takes for tests itself", text).Hintf("leave the _ at the end out")
	}
	c.schema.Package = text
}

// entries checks that n is a mapping with known keys, none twice and all of
// required. It returns the values by key; of a key that is there twice, the
// first.
func (c *checker) entries(n *yaml.Node, what string, known []string, required ...string) (map[string]*yaml.Node, bool) {
	if !c.is(n, yaml.Mapping, what) {
		return nil, false
	}
	m := c.distinctEntries(n, what)
	for _, e := range n.Entries {
		if !slices.Contains(known, e.Key.Text) {
			c.unknownEntry(e, what, known, m)
		}
	}
	for _, key := range required {
		if m[key] == nil {
			c.Fail(n.Pos, "%s has no %s", what, key).Hintf("add %s:", key)
		}
	}
	return m, true
}

// renamed has the words of earlier grammars and the words for them now.
var renamed = map[string]string{"records": "messages", "key": "id"}

// unknownEntry reports an entry that the mapping cannot have. The value of a
// renamed word is checked under the new name, so that one word is one mistake.
func (c *checker) unknownEntry(e yaml.Entry, what string, known []string, m map[string]*yaml.Node) {
	word := e.Key.Text
	d := c.Fail(e.Key.Pos, "%s has no entry %s", what, quoteShort(word))
	now := renamed[word]
	if hint := advice[word]; hint != "" && slices.Contains(known, "accessor") {
		d.Hintf("%s", hint)
		return
	}
	if !slices.Contains(known, now) {
		d.DidYouMean(word, known)
		return
	}
	d.Hintf("%s: is called %s: now", word, now)
	if m[now] == nil {
		m[now] = e.Value
	}
}

// distinctEntries reports keys that are there twice.
func (c *checker) distinctEntries(n *yaml.Node, what string) map[string]*yaml.Node {
	m := make(map[string]*yaml.Node, len(n.Entries))
	first := make(map[string]Position, len(n.Entries))
	for _, e := range n.Entries {
		if pos, ok := first[e.Key.Text]; ok {
			c.Again(e.Key.Pos, pos, "%s has two entries %s", what, quoteShort(e.Key.Text)).Hintf("keep one of them")
			continue
		}
		m[e.Key.Text], first[e.Key.Text] = e.Value, e.Key.Pos
	}
	return m
}

// is reports a node of another shape. A nil node was reported before.
func (c *checker) is(n *yaml.Node, want yaml.Shape, what string) bool {
	switch {
	case n == nil:
		return false
	case n.Shape == want:
		return true
	case n.Shape == yaml.Empty:
		c.Fail(n.Pos, "%s is empty", what)
	case want == yaml.Scalar && n.Shape == yaml.Mapping:
		c.Fail(n.Pos, "%s must be %s, not %s", what, want, n.Shape).Hintf("text that begins with { needs double quotes")
	case want == yaml.Scalar && n.Shape == yaml.Sequence:
		c.Fail(n.Pos, "%s must be %s, not %s", what, want, n.Shape).Hintf("text that begins with [ needs double quotes")
	default:
		c.Fail(n.Pos, "%s must be %s, not %s", what, want, n.Shape)
	}
	return false
}

// maxText is the longest text that is not documentation, in bytes.
const maxText = 4096

// text reads a scalar that is not documentation.
func (c *checker) text(n *yaml.Node, what string) (string, bool) {
	if !c.is(n, yaml.Scalar, what) {
		return "", false
	}
	switch {
	case n.Text == "":
		c.Fail(n.Pos, "%s is empty", what)
		return "", false
	case len(n.Text) > maxText:
		c.Fail(n.Pos, "%s is longer than %d bytes", what, maxText)
		return "", false
	}
	return n.Text, true
}

// noComment reports whether a comment of Go source cannot have a character, or
// nobody could see it.
func noComment(r rune) bool {
	return r == '\ufeff' || r == utf8.RuneError || unicode.IsControl(r) && r != '\n' && r != '\t'
}

// doc reads documentation, which becomes Go comments.
func (c *checker) doc(n *yaml.Node) string {
	if n == nil || !c.is(n, yaml.Scalar, "the doc") {
		return ""
	}
	if i := strings.IndexFunc(n.Text, noComment); i >= 0 {
		c.Fail(n.Pos, "the doc has the control character %U", []rune(n.Text[i:])[0]).Hintf("leave it out: the doc becomes comments of Go source")
		return ""
	}
	text := yaml.ProseText(n.Text)
	for line := range strings.SplitSeq(text, "\n") {
		if constraint.IsPlusBuild("//" + line) {
			c.Fail(n.Pos, "a line of the doc begins with +build, which Go takes for a build constraint").Hintf("put a word before it")
			return ""
		}
	}
	return text
}

// flag reads true or false.
func (c *checker) flag(n *yaml.Node, what string) bool {
	if n == nil || !c.is(n, yaml.Scalar, what) {
		return false
	}
	if n.Style != yaml.Plain || n.Text != "true" && n.Text != "false" {
		c.Fail(n.Pos, "%s must be true or false", what).Hintf("write it in small letters and without quotes")
	}
	return n.Text == "true"
}

// within returns the place of a byte of a scalar's text. If the file has the
// text in another form, it is the place of the scalar.
func (c *checker) within(n *yaml.Node, offset int) Position {
	if n.Pos.Line > len(c.Lines) {
		return n.Pos
	}
	line := c.Lines[n.Pos.Line-1]
	start := diag.ByteOffset(line, n.Pos.Col-1)
	col := n.Pos.Col
	if n.Style == yaml.Quoted {
		start, col = start+1, col+1
	}
	if n.Style == yaml.Literal || start > len(line) || !strings.HasPrefix(line[start:], n.Text) || offset > len(n.Text) {
		return n.Pos
	}
	return Position{Line: n.Pos.Line, Col: col + utf8.RuneCountInString(n.Text[:offset])}
}

// goType reads {import: …, type: …}.
func (c *checker) goType(n *yaml.Node) *Type {
	if n.Shape == yaml.Scalar {
		c.goText(n)
		return nil
	}
	m, ok := c.entries(n, "the Go type", goTypeKeys, "import", "type")
	if !ok {
		return nil
	}
	path, okPath := c.text(m["import"], "the import path")
	name, okName := c.text(m["type"], "the Go type's name")
	if okPath && (!importPath.MatchString(path) || path == "C" || path == "main") {
		okPath = false
		c.Fail(m["import"].Pos, "%s is not an import path", quoteShort(path)).Hintf("write it as in Go's import, without quotes or a version: example.com/chat/peer")
	}
	if okName {
		okName = c.goTypeName(m["type"])
	}
	if !okPath || !okName {
		return nil
	}
	return &Type{Kind: Go, Go: &GoType{Import: path, Name: name, Pos: m["type"].Pos, ImportPos: m["import"].Pos}, Pos: n.Pos}
}

func (c *checker) goTypeName(n *yaml.Node) bool {
	name := n.Text
	switch {
	case strings.Contains(name, "."):
		c.Fail(n.Pos, "the Go type's name %s has a package in it", quoteShort(name)).Hintf("the package stands in import")
	case strings.ContainsAny(name, "[*"):
		c.Fail(n.Pos, "the Go type must be a named type without type arguments or pointers, not %s", quoteShort(name)).Hintf("declare one: type T …")
	case !goTypeName.MatchString(name):
		c.Fail(n.Pos, "%s is not an exported Go type", quoteShort(name)).Hintf("its name begins with a capital letter")
	default:
		return true
	}
	return false
}
