package yaml

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	other "go.yaml.in/yaml/v3"
)

// texts are files that show one rule of YAML each.
var texts = []string{
	"", "\n# only a comment\n", "a:\n", "a: ~\nnull: null\n", "a: b\n", "a: b # c\n", "a: b#c\n", "a: 'it''s'\n", `a: "\u00e9\x41\n\\"` + "\n",
	"a: b\n  c\n\n  d\n", "a:\n  b\n  c\n", "a:\n  b\n c\n", "a: \"b\n  c\n\n  d\"\n", "a: 'b\n\n\n  c'\n", "a: \"b\\\n  c\"\n", "a: \"b \\\n\n  c\"\n",
	"a: |\n  b\n   c\n\n  d\n\n", "a: |-\n  b\n\n", "a: |+\n  b\n\nc: d\n", "a: |2\n    b\n", "a: |\n\n\n  b\n", "a: |\n  b\n     \n  c\n",
	"a: |\n \n\n  b\n", "a: >\n  \n  b\n", "a: >\n \n   b\n", "a: |\n   \n  b\n", "a: >2\n    \n  b\n", "a: |1\n\n   \n b\n", "a:\n  b: >-\n \n   \n    c\n",
	"a: >\n  b\n  c\n\n  d\n   e\n  f\n", "a: >-\n  b\n\n\n  c\n", "a: >\n\n  b\n", "a: >+\n  b\n  c\n\n\n", "a: >\n   b\n\n    c\n\n   d\n",
	"- a\n- b: c\n  d: e\n- - f\n  - g\n", "a:\n- b\n- c\nd: e\n", "a:\n  - b\n  -\n    c: d\n  -\ne: f\n", "a:\n  b:\n    c: d\n  e: f\ng: h\n",
	"{}\n", "[]\n", "a: {b: c, d, e: }\n", "a: [b, 'c', \"d\", ]\n", "a: {b: {c: [d, {e: f}]}}\n", "a: {b: c\n  d, e: f}\n", "a: {\"b\":c, d: e}\n",
	"a: [b # c\n  , d]\n", "{a: b,\n# c\nd: e}\n", "a: {b:c}\n", "a: -b\n", "a: ?b\n", "a: :b\n", "\"a\": b\n", "'a b': c\n", "a b: c d\n", "a: {b: }\n", "a: b: \n", "a: {b:}\n",
	"a\n", "a\n b\n", "a: b\n c: d\n", "a:\n    b: c\n  d: e\n", "a: [b]c\n", "a: \"b\" c\n", "- a\nb: c\n", "a: b\n- c\n", "a: [b: c]\n", "a: {[b]: c}\n", "? a\n", "a: |b\n", "<<: {a: b}\n",
}

// What is read is what another reader of YAML reads.
func TestReadsYAML(t *testing.T) {
	accepted := 0
	for _, src := range texts {
		if agrees(t, []byte(src)) {
			accepted++
		}
	}
	assert.Greater(t, accepted, 45)
}

func FuzzRead(f *testing.F) {
	for _, src := range texts {
		f.Add([]byte(src))
	}
	for _, folder := range []string{"good", "bad", "format"} {
		paths, err := filepath.Glob(filepath.Join("..", "testdata", "spec", folder, "*.txtar"))
		require.NoError(f, err)
		require.NotEmpty(f, paths)
		for _, path := range paths {
			src, err := os.ReadFile(path)
			require.NoError(f, err)
			f.Add(txtar.Parse(src).Files[0].Data)
		}
	}
	f.Fuzz(func(t *testing.T, src []byte) { agrees(t, src) })
}

// agrees compares the trees of the two readers. It reports whether the file
// was accepted: the other reader accepts more.
func agrees(t *testing.T, src []byte) bool {
	file, diags := Read("f.yaml", src)
	if len(diags) > 0 {
		require.Nil(t, file)
		require.Len(t, diags, 1)
		return false
	}
	if otherLimits(file) {
		return true
	}
	var want other.Node
	err := other.NewDecoder(bytes.NewReader([]byte(file.Text))).Decode(&want)
	if errors.Is(err, io.EOF) {
		require.Equal(t, Empty, file.Root.Shape, "%q", src)
		return true
	}
	require.NoError(t, err, "%q", src)
	require.Equal(t, shown(want.Content[0]), show(file.Root), "%q", src)
	return true
}

// otherLimits reports whether a file has what the other reader cannot: keys of
// more than 1024 bytes, characters that it takes for line ends or refuses.
func otherLimits(f *File) bool {
	if strings.ContainsFunc(f.Text, func(c rune) bool { return c >= 0x7f && c < 0xa0 || c == 0xfffe || c == 0xffff }) {
		return true
	}
	long := false
	var walk func(n *Node)
	walk = func(n *Node) {
		for _, e := range n.Entries {
			long = long || len(e.Key.Text) > 200
			walk(e.Value)
		}
		for _, item := range n.Items {
			walk(item)
		}
	}
	walk(f.Root)
	return long
}

// show is the tree in one line.
func show(n *Node) string {
	switch n.Shape {
	case Empty:
		return "null"
	case Scalar:
		return fmt.Sprintf("%q", n.Text)
	}
	var parts []string
	for _, e := range n.Entries {
		parts = append(parts, show(e.Key)+": "+show(e.Value))
	}
	for _, item := range n.Items {
		parts = append(parts, show(item))
	}
	return fmt.Sprintf("%d%v", n.Shape, parts)
}

// shown is show for a tree of the other reader.
func shown(n *other.Node) string {
	switch n.Kind {
	case other.ScalarNode:
		if n.Tag == "!!null" {
			return "null"
		}
		return fmt.Sprintf("%q", n.Value)
	case other.MappingNode:
		var parts []string
		for i := 0; i < len(n.Content); i += 2 {
			key := shown(n.Content[i])
			if key == "null" {
				key = fmt.Sprintf("%q", n.Content[i].Value)
			}
			parts = append(parts, key+": "+shown(n.Content[i+1]))
		}
		return fmt.Sprintf("%d%v", Mapping, parts)
	}
	var parts []string
	for _, item := range n.Content {
		parts = append(parts, shown(item))
	}
	return fmt.Sprintf("%d%v", Sequence, parts)
}
