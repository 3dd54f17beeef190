// Package yaml reads and prints the part of YAML that a families.yaml is
// written in: mappings, lists and scalars in one document. Anchors, aliases,
// tags, merge keys, complex keys and tabs are refused.
//
// Every node and comment has its position. A file is read once: the reader
// that enforces the limits also builds the tree. What it accepts, it reads as
// YAML 1.2 says; a fuzz test compares it with another reader.
package yaml

import "github.com/keyfam/keyfam/gen/diag"

// A Shape is the kind of a node.
type Shape uint8

// The shapes.
const (
	Empty Shape = iota // nothing, or null
	Scalar
	Mapping
	Sequence
)

// String is the shape as messages name it.
func (s Shape) String() string {
	return [...]string{"nothing", "text", "a mapping", "a list"}[s]
}

// A Style is how a scalar is written.
type Style uint8

// The styles.
const (
	Plain   Style = iota // without quotes
	Quoted               // in single or double quotes
	Literal              // after |
	Folded               // after >
)

// A Node is one value of the file.
type Node struct {
	Shape   Shape
	Pos     diag.Position // of a mapping without braces, its key's
	Text    string        // of a scalar; of an empty node, null as it is written
	Style   Style         // of a scalar
	Entries []Entry       // of a mapping, in the order of the file
	Items   []*Node       // of a sequence
}

// An Entry is one "key: value" of a mapping. The key is a scalar.
type Entry struct{ Key, Value *Node }

// A File is what was read.
type File struct {
	Name     string
	Text     string // without a byte order mark, with LF line ends
	Root     *Node  // Empty for an empty file
	Comments []Comment
}

// Reporter returns a reporter of mistakes in the file.
func (f *File) Reporter() *diag.Reporter { return diag.NewReporter(f.Name, f.Text) }
