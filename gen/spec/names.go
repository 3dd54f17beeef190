package spec

import (
	"go/token"
	"regexp"
	"strconv"
	"strings"

	"github.com/keyfam/keyfam/gen/diag"
	"github.com/keyfam/keyfam/gen/yaml"
)

// The spelling of names. JSONSchema uses the same patterns.
const (
	kebabPattern    = `^[a-z][a-z0-9]*(-[a-z0-9]+)*$` // families and messages
	snakePattern    = `^[a-z][a-z0-9]*(_[a-z0-9]+)*$` // fields, parts of ids, enum values
	packagePattern  = `^[a-z][a-z0-9_]*$`
	exportedPattern = `^[A-Z][A-Za-z0-9]*$`
	numberPattern   = `^[1-9][0-9]{0,8}$`
	goTypePattern   = `^[A-Z][A-Za-z0-9_]*$`
	importPattern   = `^` + importElement + `(/` + importElement + `)*$`
	importElement   = `[A-Za-z0-9_~+-][A-Za-z0-9_.~+-]*`
)

var (
	kebabName    = regexp.MustCompile(kebabPattern)
	snakeName    = regexp.MustCompile(snakePattern)
	packageName  = regexp.MustCompile(packagePattern)
	exportedName = regexp.MustCompile(exportedPattern)
	fieldNumber  = regexp.MustCompile(numberPattern)
	goTypeName   = regexp.MustCompile(goTypePattern)
	importPath   = regexp.MustCompile(importPattern)
)

// maxName is the longest name of a family, and of anything else, in bytes.
const maxName = 64

// initialisms are the words that Go writes in capitals, with those of the
// Signal and WhatsApp protocols.
var initialisms = wordSet(`
	acl api ascii cpu css db dns eof guid hmac html http https id ip jid json
	kdf lid mac os pn qr ram rpc sha sla smtp sql ssh tcp tls ttl udp ui uid
	uri url utf8 uuid vm xml`)

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(words) {
		set[word] = true
	}
	return set
}

// GoName is the exported Go name of a kebab or snake name: lid-mapping is
// LIDMapping, device_ids is DeviceIDs.
func GoName(name string) string { return goName(name) }

func goName(name string) string {
	var b strings.Builder
	for _, word := range splitName(name) {
		b.WriteString(goWord(word))
	}
	return b.String()
}

// paramName is goName with a small first word.
func paramName(name string) string {
	words := splitName(name)
	if len(words) == 0 {
		return ""
	}
	return words[0] + goName(strings.Join(words[1:], "_"))
}

func splitName(name string) []string {
	return strings.FieldsFunc(name, func(c rune) bool { return c == '-' || c == '_' })
}

func goWord(word string) string {
	if initialisms[word] {
		return strings.ToUpper(word)
	}
	if one, plural := strings.CutSuffix(word, "s"); plural && initialisms[one] {
		return strings.ToUpper(one) + "s"
	}
	return strings.ToUpper(word[:1]) + word[1:]
}

// reservedTypes are package-level names of every generated package.
var reservedTypes = wordSet(`
	Batch Exhaustive Families New NewSecret NewTx Open Options ReadTx Reads Repo Schema Secret
	TestGenerated Transaction TransactionWith TransactionValue Tx View ViewValue Walk`)

// secretType is what the generated fixed-size secret types are called.
var secretType = regexp.MustCompile(`^(New)?Secret[0-9]+$`)

// reservedMethods are the methods of Repo, Tx, ReadTx and Batch beside the
// accessors.
var reservedMethods = wordSet(`
	Apply Clear Close Delete Families Format Get GetMany Has InTransaction Len LogValue
	MarshalJSON MarshalText Namespace Namespaces Open Put Read ReadOnly Reset Scan Set Store Transaction TransactionWith
	TransactionValue Tx Update View Walk`)

// reservedFields are the methods that ids and messages have or that Go's own
// interfaces would find on them.
var reservedFields = wordSet(`Clone Equal Format GoString LogValue MarshalJSON MarshalText String UnmarshalJSON UnmarshalText`)

// familySuffixes make a family's package-level names out of its Go name, and
// accessorSuffixes out of its accessor.
var (
	familySuffixes   = []string{"ID", "Label", "Value", "Repo", "Reader", "Batch", "Entry", "Family", "Codec", "Row"}
	accessorSuffixes = []string{"", "Repo", "Reader", "Batch", "Tx", "Family"}
)

// GoNames returns the package-level Go names of the family. A generated
// package declares no other name for it. Parse proves that these clash with
// nothing.
func (f *Family) GoNames() []string {
	var names []string
	for _, suffix := range familySuffixes {
		names = append(names, f.GoName+suffix)
	}
	for _, suffix := range accessorSuffixes {
		if name := f.Accessor + suffix; f.Accessor != "" {
			names = append(names, name)
		}
	}
	return append(names, f.ParseFunc())
}

// kebab, snake and exported report whether a name is well spelt, with a
// diagnostic if not.
func (c *checker) kebab(n *yaml.Node, what string) bool {
	return c.spelling(n, kebabName, what, "small letters, digits and single dashes, a letter first, such as pre-key")
}

func (c *checker) snake(n *yaml.Node, what string) bool {
	return c.spelling(n, snakeName, what, "small letters, digits and single underscores, a letter first, such as raw_id")
}

func (c *checker) exported(n *yaml.Node, what string) bool {
	return c.spelling(n, exportedName, what, "an exported Go name in letters and digits, such as TCToken")
}

func (c *checker) spelling(n *yaml.Node, pattern *regexp.Regexp, what, want string) bool {
	switch {
	case len(n.Text) > maxName:
		c.Fail(n.Pos, "%s is longer than %d bytes", what, maxName)
	case !pattern.MatchString(n.Text):
		c.Fail(n.Pos, "%s %s is misspelt", what, quoteShort(n.Text)).Hintf("write %s", want)
	default:
		return true
	}
	return false
}

// keyword reports a name that Go keeps for itself.
func (c *checker) keyword(n *yaml.Node, what string) bool {
	if !token.IsKeyword(n.Text) {
		return false
	}
	c.Fail(n.Pos, "%s %s is a Go keyword", what, n.Text).Hintf("choose another name")
	return true
}

// quoteShort is text for a message, shortened when somebody put a page there.
func quoteShort(text string) string {
	if cut := diag.ByteOffset(text, 40); cut < len(text) {
		text = text[:cut] + "…"
	}
	return strconv.Quote(text)
}
