package render_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/gen/render"
	"github.com/keyfam/keyfam/gen/spec"
)

// A place is a part of a spec that holds %s, a name. Each makes one family, and
// perhaps one message, whose other names have the number %d.
type place struct {
	what     string
	message  string
	family   string
	exported bool // the name is spelt as in Go
	kebab    bool
	alone    bool // the name is there once a spec
}

// soak has every name in every role with every type; a usual run has a part.
var soak = os.Getenv("KEYFAM_SOAK") != ""

var partTypes = map[bool][]string{
	false: {"string", "int32", "uint64 ordered"},
	true:  {"string", "int32", "int64", "uint32", "uint64", "uint32 ordered", "uint64 ordered"},
}[soak]

var fieldTypes = map[bool][]string{
	false: {"bytes[4] secret", "inner optional", "map[string]inner"},
	true: {
		"bool", "int64", "string", "bytes", "bytes[4]", "bytes[..4]", "bytes[4] secret", "bytes secret", "uint32 optional", "inner", "inner optional",
		"[]string", "[]uint64", "[]inner", "map[string]bool", "map[string]inner", "enum(nil=0, string=1)", "[]bytes[2]",
	},
}[soak]

// places is every role that a name of the user's can have.
func places() (all []place) {
	id := func(what, text, parts, scan string) place {
		return place{
			what:   what,
			family: "  fam-%[2]d: {accessor: Fams%[2]d, value: bytes, id: {text: \"" + text + "\", " + parts + "}" + scan + "}\n",
		}
	}
	for _, typ := range partTypes {
		all = append(all,
			id("scanned part "+typ, "{%[1]s}.{z9}", "%[1]s: "+typ+", z9: string", ", scan: [%[1]s]"),
			id("later scanned part "+typ, "{z9}.{%[1]s}/{y9}", "%[1]s: "+typ+", z9: string, y9: uint32", ", scan: [%[1]s, z9]"),
			id("scanned part before the name "+typ, "{z9}.{y9}/{%[1]s}", "%[1]s: "+typ+", z9: "+typ+", y9: uint32", ", scan: [y9]"),
			id("last part "+typ, "{z9}.{%[1]s}", "%[1]s: "+typ+", z9: uint64", ", scan: [z9]"),
			id("only part "+typ, "x{%[1]s}", "%[1]s: "+typ, ""))
	}
	for i, typ := range fieldTypes {
		message := fmt.Sprintf("  rec%d-%%[2]d: {fields: {1: {name: %%[1]s, type: %q}, 2: z9 string}}\n", i, typ)
		family := fmt.Sprintf("  fam%d-%%[2]d: {accessor: Fams%dN%%[2]d, id: string, value: rec%d-%%[2]d%s}\n", i, i, i, map[bool]string{true: ", secret: true"}[strings.Contains(typ, "secret")])
		all = append(all, place{what: "field " + typ, message: message, family: family})
	}
	const value = "  val%[2]d: {accessor: Vals%[2]d, id: string, value: "
	return append(all,
		place{what: "enum value of a family", family: value + "\"enum(%[1]s=1, z9=2)\"}\n"},
		place{what: "enum value of a list", family: value + "\"[]enum(%[1]s=1, z9=2)\"}\n"},
		place{what: "enum value of a field", message: "  rec-%[2]d: {fields: {1: \"state enum(%[1]s=1, z9=2)\", 2: \"all []enum(%[1]s=1)\"}}\n", family: value + "rec-%[2]d}\n"},
		place{what: "package of a user's type", family: value + "{go: {import: example.com/x/%[1]s, type: State}}}\n"},
		place{what: "package of a field's type", message: "  rec-%[2]d: {fields: {1: {name: a, go: {import: example.com/x/%[1]s, type: State}}}}\n", family: value + "rec-%[2]d}\n"},
		place{what: "user's type", exported: true, family: value + "{go: {import: example.com/x/user, type: %[1]s}}}\n"},
		place{what: "text of an id", family: "  fam-%[2]d: {accessor: Fams%[2]d, value: bytes, id: {text: \"%[1]s {z9} %[1]s{y9}\", z9: string, y9: int64}, scan: [z9]}\n"},
		place{what: "inverse", family: "  fam-%[2]d: {accessor: Fams%[2]d, id: string, value: string, inverse: \"{value}%[1]s\"}\n"},
		place{what: "family", kebab: true, alone: true, family: "  %[1]s: {accessor: Fams%[2]d, id: {text: \"{a}.{b}\", a: int32, b: string}, scan: [a], value: \"[]string\"}\n"},
		place{what: "family's Go name", exported: true, alone: true, family: "  fam-%[2]d: {name: %[1]s, accessor: Fams%[2]d, id: int64, value: \"map[string]int64\"}\n"},
		place{what: "accessor", exported: true, alone: true, family: "  fam-%[2]d: {accessor: %[1]s, id: {text: \"{a}.{b}\", a: int32, b: string}, scan: [a], value: bytes}\n"},
		place{what: "message", kebab: true, alone: true, message: "  %[1]s: {fields: {1: a bool, 2: inside inner, 3: \"state enum(a=1)\"}}\n", family: value + "%[1]s}\n"},
		place{what: "message's Go name", exported: true, alone: true, message: "  rec-%[2]d: {name: %[1]s, fields: {1: a bool, 2: \"state enum(a=1)\"}}\n", family: value + "\"[]rec-%[2]d\"}\n"},
	)
}

// every is how many names a usual run has one of. Names of parts become
// parameters, which stand among most others.
func (p *place) every() int {
	if strings.HasPrefix(p.what, "scanned part ") {
		return 1
	}
	return 8
}

// body is a spec without its package.
func body(messages, families string) string {
	return "messages:\n  inner: {fields: {1: a string}}\n" + messages + "families:\n  zero: {accessor: Zeros, id: string, value: inner}\n" + families
}

// words is the names that Go or the generated code gives a meaning, as they are
// in the code: predeclared, keywords, packages, and what functions declare; in a
// soak every identifier.
func words(t testing.TB) []string {
	t.Helper()
	set := map[string]bool{}
	for _, name := range append(types.Universe.Names(), "init", "main", "c", "id_1", "utf_8", "nil_part", "v2", "families", "user", "ctx_part") {
		set[name] = true
	}
	for tok := token.BREAK; tok <= token.VAR; tok++ {
		set[tok.String()] = true
	}
	src, err := os.ReadFile("internal/everything/families.yaml")
	require.NoError(t, err)
	for _, f := range rendered(t, "families.yaml", src) {
		parsed, err := parser.ParseFile(token.NewFileSet(), f.Path, f.Bytes, 0)
		require.NoError(t, err)
		for _, i := range parsed.Imports {
			set[path.Base(strings.Trim(i.Path.Value, `"`))] = true
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && (soak || id.Obj != nil && id.Obj.Kind == ast.Var && !token.IsExported(id.Name) && len(id.Name) < 7) {
				set[id.Name] = true
			}
			return true
		})
	}
	delete(set, "_")
	return slices.Sorted(maps.Keys(set))
}

// written is a Go name as families.yaml spells names: readTx is read_tx.
func (p *place) written(word string) string {
	if p.exported {
		return strings.ToUpper(word[:1]) + strings.ReplaceAll(word[1:], "_", "")
	}
	word = strings.ToLower(regexp.MustCompile(`([a-z0-9])([A-Z])`).ReplaceAllString(word, "${1}_$2"))
	if p.kebab {
		word = strings.ReplaceAll(word, "_", "-")
	}
	return word
}

// Whatever name a schema gives to whatever it can name, the generated package
// compiles, or Parse says where the name stands and what to do.
func TestNamesAreFree(t *testing.T) {
	accepted, refused := map[string]int{}, map[string]int{}
	for at, p := range places() {
		var messages, families strings.Builder
		seen := map[string]bool{}
		for i, word := range words(t) {
			name := p.written(word)
			if seen[name] {
				continue
			}
			seen[name] = true
			if !soak && (at+i)%p.every() != 0 && word != "init" && word != "families" {
				continue
			}
			message, family := fill(p.message, name, i), fill(p.family, name, i)
			one := "version: 1\npackage: out\n" + body(message, family)
			if _, diags := spec.Parse("families.yaml", []byte(one)); len(diags) > 0 {
				refused[p.what]++
				for _, d := range diags {
					assert.Positive(t, d.Pos.Line, "%s %s: %s", p.what, name, d.Message)
					assert.NotEmpty(t, d.Hint, "%s %s: %s", p.what, name, d.Message)
				}
				continue
			}
			accepted[p.what]++
			if p.alone {
				assert.NoError(t, compiles(t, one), "%s %s", p.what, name)
				continue
			}
			messages.WriteString(message)
			families.WriteString(family)
		}
		if !p.alone {
			assert.NoError(t, compiles(t, "version: 1\npackage: out\n"+body(messages.String(), families.String())), p.what)
		}
		assert.Positive(t, accepted[p.what], p.what)
	}
	t.Logf("accepted %v", accepted)
	t.Logf("refused %v", refused)
}

func fill(format, name string, i int) string {
	if format == "" {
		return ""
	}
	return strings.ReplaceAll(strings.ReplaceAll(format, "%[1]s", name), "%[2]d", fmt.Sprint(i))
}

// Two parts that Go would call alike as parameters get two names.
func TestPartsOfOneName(t *testing.T) {
	pairs := [][2]string{
		{"id_1", "id1"},
		{"utf_8", "utf8"},
		{"nil", "nil_part"},
		{"ctx", "ctx_part"},
		{"r", "r_part"},
		{"x_1", "x1"},
		{"url_2", "url2"},
		{"nil_part", "nil"},
		{"family", "family_part"},
		{"codec", "codec_part"},
		{"a", "b"},
	}
	for _, pair := range pairs {
		for _, typ := range partTypes {
			src := fmt.Sprintf("version: 1\npackage: out\nfamilies: {f: {accessor: Fs, value: bytes, id: {text: \"{%[1]s}.{%[2]s}.{z9}\", %[1]s: %[3]s, %[2]s: %[3]s, z9: string}, scan: [%[2]s]}}\n", pair[0], pair[1], typ)
			if _, diags := spec.Parse("families.yaml", []byte(src)); len(diags) > 0 {
				assert.Contains(t, diags.Error(), "in Go", pair)
				continue
			}
			assert.NoError(t, compiles(t, src), "%v %s", pair, typ)
		}
	}
}

// A package can have every name that Parse accepts; its package for tests too.
func TestPackageNamesAreFree(t *testing.T) {
	accepted := 0
	names := append(words(t), "x_", "a_linux", "windows", "documentation", "vendor", "testdata", "internal", "s", "o", "t", "faults")
	for _, word := range names {
		name := (&place{}).written(word)
		src := "version: 1\npackage: " + name + "\n" + body("", "")
		s, diags := spec.Parse("families.yaml", []byte(src))
		if len(diags) > 0 {
			for _, d := range diags {
				assert.NotEmpty(t, d.Hint, "%s: %s", name, d.Message)
			}
			continue
		}
		accepted++
		importPath := "example.com/gen/" + name
		files, err := render.Render(s, render.Options{ImportPath: importPath, SpecFile: "../families.yaml", Spec: []byte(src)})
		if assert.NoError(t, err, name) {
			assert.NoError(t, typeCheck(s, importPath, files), name)
		}
		for _, f := range files {
			if f.Path != render.TestFile {
				assert.False(t, strings.HasSuffix(f.Path, "_test.go"), f.Path)
			}
		}
	}
	assert.Greater(t, accepted, 50)
}
