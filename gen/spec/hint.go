package spec

import (
	"strings"

	"github.com/keyfam/keyfam/gen/yaml"
)

// advice is for entries that people look for and the grammar does not have.
var advice = map[string]string{
	"ttl":     "records do not expire: store a time, and delete what is old",
	"expires": "records do not expire: store a time, and delete what is old",
	"index":   "a family has no index: scan by a leading part of its id, or keep a second family in step in one transaction",
	"indexes": "a family has no index: scan by a leading part of its id, or keep a second family in step in one transaction",
	"unique":  "a family has no index: keep a second family, whose id is the value, in step in one transaction",
}

// isType reports whether a word is a type, alone or in a list or a map.
func (c *checker) isType(word string) bool {
	word = strings.TrimPrefix(strings.TrimPrefix(word, "[]"), "map[string]")
	word, _, _ = strings.Cut(word, "[")
	return scalarNamed(word) != nil || c.messages[word] != nil || strings.HasPrefix(word, "enum(")
}

// swapped reports "type name" where "name type" belongs.
func (c *checker) swapped(e yaml.Entry) bool {
	typ, rest, _ := strings.Cut(e.Value.Text, " ")
	name, rest, _ := strings.Cut(strings.TrimSpace(rest), " ")
	if !c.isType(typ) || !snakeName.MatchString(name) || c.isType(name) {
		return false
	}
	declaration := strings.TrimSpace(name + " " + typ + " " + rest)
	if len(declaration) > 60 {
		declaration = name + " …"
	}
	c.Fail(e.Value.Pos, "the type stands before the name").Hintf("write %s: %s", e.Key.Text, declaration)
	return true
}

// goText reports a Go type in one text.
func (c *checker) goText(n *yaml.Node) {
	path, name := "example.com/chat/peer", "State"
	if dot := strings.LastIndexByte(n.Text, '.'); dot > 0 && importPath.MatchString(n.Text[:dot]) && goTypeName.MatchString(n.Text[dot+1:]) && len(n.Text) < 60 {
		path, name = n.Text[:dot], n.Text[dot+1:]
	}
	d := c.Fail(n.Pos, "the Go type must be a mapping, not text")
	if n.Text == "time.Time" {
		d.Hintf("write the type time, or time nanos, without go:; as a type of yours it is go: {import: time, type: Time}")
		return
	}
	d.Hintf("write go: {import: %s, type: %s}", path, name)
}
