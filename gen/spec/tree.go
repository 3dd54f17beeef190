package spec

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// A shape is what a node of the file is.
type shape uint8

const (
	empty shape = iota // nothing, or null
	scalar
	mapping
	sequence
)

// String is the shape as messages name it.
func (s shape) String() string {
	return [...]string{"nothing", "text", "a mapping", "a list"}[s]
}

// A style is how a scalar is written.
type style uint8

const (
	bare   style = iota // without quotes
	quoted              // in single or double quotes
	block               // after |
	folded              // after >
)

// A node is a piece of the file, the few things of YAML that the grammar has.
type node struct {
	shape   shape
	pos     Position
	text    string // scalar
	style   style  // scalar
	entries []entry
	items   []*node
}

// An entry is one "key: value" of a mapping, in the order of the file.
type entry struct {
	key   *node
	value *node
}

// parseTree turns a checked text with these comments into nodes. An empty file
// has a nil root.
func parseTree(file, text string, comments []comment) (root *node, diags Diagnostics) {
	r := newReporter(file, text)
	defer func() {
		// The parser is another project's; what it panics on is a mistake in
		// the file all the same.
		if recover() != nil {
			r.fail(Position{1, 1}, "this is not YAML that can be read")
			root, diags = nil, r.diags
		}
	}()
	tokens := lexer.Tokenize(text)
	parsed, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		r.syntax(err)
		return nil, r.diags
	}
	if r.disputed(tokens, comments); len(r.diags) > 0 {
		return nil, r.diags
	}
	b := &builder{reporter: r}
	for _, doc := range parsed.Docs {
		if doc.Body != nil {
			root = b.node(doc.Body, Position{1, 1})
			break
		}
	}
	if len(r.diags) > 0 {
		return nil, r.diags[:1]
	}
	return root, nil
}

// disputed reports a comment that the parser sees and the guard does not, or the
// reverse. YAML wants a space before it, without which the two read further.
func (r *reporter) disputed(tokens token.Tokens, comments []comment) {
	const message, hint = "a # that may begin a comment or be text", "put a space before it, or the text into quotes"
	for _, t := range tokens {
		if t.Type != token.CommentType {
			continue
		}
		if len(comments) == 0 || comments[0].text != strings.TrimRight("#"+t.Value, " ") {
			r.fail(position(t), message).Hint = hint
			return
		}
		comments = comments[1:]
	}
	if len(comments) > 0 {
		r.fail(comments[0].pos, message).Hint = hint
	}
}

// syntax reports what the YAML parser says.
func (r *reporter) syntax(err error) {
	var se *yaml.SyntaxError
	if errors.As(err, &se) && se.Token != nil && se.Token.Position != nil {
		r.fail(position(se.Token), "%s", plainWords(se.Message)).Hint = syntaxHint(se.Message)
		return
	}
	r.fail(Position{1, 1}, "this is not YAML that can be read")
}

// plainWords says in words of this grammar what the YAML parser found.
func plainWords(message string) string {
	switch {
	case strings.HasPrefix(message, "unexpected key name"), strings.HasPrefix(message, "non-map value"):
		return "a \"key: value\" is missing here"
	case strings.HasPrefix(message, "value is not allowed in this context"):
		return "this value has no place here"
	}
	return message
}

func syntaxHint(message string) string {
	if strings.HasPrefix(message, "unexpected key name") || strings.HasPrefix(message, "non-map value") {
		return "every line of a mapping is \"key: value\", with a space after the colon"
	}
	return ""
}

func position(t *token.Token) Position {
	return Position{max(t.Position.Line, 1), max(t.Position.Column, 1)}
}

// A builder turns the parser's tree into ours.
type builder struct{ *reporter }

// node converts one node; near is where to point if it has no place itself.
func (b *builder) node(n ast.Node, near Position) *node {
	switch n := n.(type) {
	case *ast.MappingNode:
		return b.mapping(n.Values, b.start(n.Start, near, n.IsFlowStyle))
	case *ast.MappingValueNode:
		return b.mapping([]*ast.MappingValueNode{n}, near)
	case *ast.SequenceNode:
		out := &node{shape: sequence, pos: b.start(n.Start, near, true)}
		for _, item := range n.Values {
			out.items = append(out.items, b.node(item, out.pos))
		}
		return out
	case *ast.NullNode:
		if t := n.GetToken(); t != nil && t.Type == token.NullType {
			return &node{shape: empty, pos: position(t), text: t.Value}
		}
		return &node{shape: empty, pos: near}
	case *ast.MergeKeyNode: // to that parser any key that ends in << is one
		at := position(n.Token)
		b.fail(at, "a merge key").Hint = "write the entries out"
		return &node{pos: at}
	case *ast.LiteralNode:
		out := &node{shape: scalar, pos: position(n.Start), text: n.Value.Value, style: block}
		if n.Start.Type == token.FoldedType {
			out.style = folded
		}
		return out
	case *ast.StringNode:
		return b.text(n)
	case ast.ScalarNode:
		return &node{shape: scalar, pos: position(n.GetToken()), text: n.GetToken().Value}
	case *ast.CommentGroupNode, nil:
		return &node{shape: empty, pos: near}
	}
	b.fail(near, "%s has no place in this file", strings.ToLower(fmt.Sprint(n.Type())))
	return &node{pos: near}
}

func (b *builder) text(n *ast.StringNode) *node {
	out := &node{shape: scalar, pos: position(n.Token), text: n.Value}
	if n.Token.Type == token.SingleQuoteType || n.Token.Type == token.DoubleQuoteType {
		out.style = quoted
	}
	return out
}

// start is where a collection begins: at its bracket, or where near says.
func (b *builder) start(t *token.Token, near Position, own bool) Position {
	if t == nil || t.Position == nil || !own {
		return near
	}
	return position(t)
}

func (b *builder) mapping(values []*ast.MappingValueNode, pos Position) *node {
	out := &node{shape: mapping, pos: pos}
	for _, v := range values {
		key := b.node(v.Key, pos)
		if key.shape == empty {
			key.shape = scalar // a key spelt null is the text null
		}
		out.entries = append(out.entries, entry{key, b.node(v.Value, key.pos)})
	}
	return out
}
