package render_test

import (
	"cmp"
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

// A place is a role that a name of the user's can have in a spec. Its message
// and its family hold %[1]s, the names joined, and %[2]d, a number that no
// other family has.
type place struct {
	what     string
	message  string
	family   string
	one      string // how one name is written in the list of names; "%s" if empty
	between  string // what joins the names
	count    int    // how many names one family or message takes; 1 if 0
	exported bool   // the name is spelt as in Go
	kebab    bool
}

// soak tries every type in every role.
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
	for _, typ := range partTypes {
		all = append(all, partPlaces(typ)...)
	}
	for _, typ := range fieldTypes {
		all = append(all, fieldPlace(typ))
	}
	all = append(all, enumPlaces()...)
	return append(all, namedPlaces()...)
}

// partPlaces is the roles of a part of an id.
func partPlaces(typ string) []place {
	id := func(what, text, parts, scan string) place {
		return place{
			what:   what + " " + typ,
			family: "  fam-%[2]d: {accessor: Fams%[2]d, value: bytes, id: {text: \"" + text + "\", " + parts + "}" + scan + "}\n",
		}
	}
	return []place{
		id("scanned part", "{%[1]s}.{z9}", "%[1]s: "+typ+", z9: string", ", scan: [%[1]s]"),
		id("later scanned part", "{z9}.{%[1]s}/{y9}", "%[1]s: "+typ+", z9: string, y9: uint32", ", scan: [%[1]s, z9]"),
		id("scanned part before the name", "{z9}.{y9}/{%[1]s}", "%[1]s: "+typ+", z9: "+typ+", y9: uint32", ", scan: [y9]"),
		id("last part", "{z9}.{%[1]s}", "%[1]s: "+typ+", z9: uint64", ", scan: [z9]"),
		id("only part", "x{%[1]s}", "%[1]s: "+typ, ""),
	}
}

// fieldPlace is the role of a field: one message has all the names.
func fieldPlace(typ string) place {
	secret := map[bool]string{true: ", secret: true"}[strings.Contains(typ, "secret")]
	return place{
		what: "field " + typ, count: 1000, one: fmt.Sprintf("%%[2]d: {name: %%[1]s, type: %q}", typ), between: ", ",
		message: "  rec-%[2]d: {fields: {%[1]s}}\n",
		family:  "  fam-%[2]d: {accessor: Fams%[2]d, id: string, value: rec-%[2]d" + secret + "}\n",
	}
}

const valueFamily = "  val%[2]d: {accessor: Vals%[2]d, id: string, value: "

// enumPlaces is the roles of a value of an enum: one enum has all the names.
func enumPlaces() []place {
	const one, between = "%[1]s=%[2]d", ", "
	return []place{
		{what: "enum value of a family", count: 100, one: one, between: between, family: valueFamily + "\"enum(%[1]s)\"}\n"},
		{what: "enum value of a list", count: 100, one: one, between: between, family: valueFamily + "\"[]enum(%[1]s)\"}\n"},
		{
			what: "enum value of a field", count: 100, one: one, between: between,
			message: "  rec-%[2]d: {fields: {1: \"state enum(%[1]s)\", 2: \"all []enum(%[1]s)\"}}\n", family: valueFamily + "rec-%[2]d}\n",
		},
	}
}

// namedPlaces is the roles of names that Go sees.
func namedPlaces() []place {
	return []place{
		{what: "package of a user's type", family: valueFamily + "{go: {import: example.com/x/%[1]s, type: State}}}\n"},
		{
			what: "package of a field's type", count: 1000, between: ", ", one: "%[2]d: {name: a%[2]d, go: {import: example.com/x/%[1]s, type: State}}",
			message: "  rec-%[2]d: {fields: {%[1]s}}\n", family: valueFamily + "rec-%[2]d}\n",
		},
		{what: "user's type", exported: true, family: valueFamily + "{go: {import: example.com/x/user, type: %[1]s}}}\n"},
		{what: "text of an id", family: "  fam-%[2]d: {accessor: Fams%[2]d, value: bytes, id: {text: \"%[1]s {z9} %[1]s{y9}\", z9: string, y9: int64}, scan: [z9]}\n"},
		{what: "inverse", family: "  fam-%[2]d: {accessor: Fams%[2]d, id: string, value: string, inverse: \"{value}%[1]s\"}\n"},
		{what: "family", kebab: true, family: "  %[1]s: {accessor: Fams%[2]d, id: {text: \"{a}.{b}\", a: int32, b: string}, scan: [a], value: \"[]string\"}\n"},
		{what: "family's Go name", exported: true, family: "  fam-%[2]d: {name: %[1]s, accessor: Fams%[2]d, id: int64, value: \"map[string]int64\"}\n"},
		{what: "accessor", exported: true, family: "  fam-%[2]d: {accessor: %[1]s, id: {text: \"{a}.{b}\", a: int32, b: string}, scan: [a], value: bytes}\n"},
		{what: "message", kebab: true, message: "  %[1]s: {fields: {1: a bool, 2: inside inner, 3: \"state enum(a=1)\"}}\n", family: valueFamily + "%[1]s}\n"},
		{what: "message's Go name", exported: true, message: "  rec-%[2]d: {name: %[1]s, fields: {1: a bool, 2: \"state enum(a=1)\"}}\n", family: valueFamily + "\"[]rec-%[2]d\"}\n"},
	}
}

// spec is a spec in which the names have the role.
func (p *place) spec(names []string) string {
	var messages, families strings.Builder
	for chunk := range slices.Chunk(names, max(p.count, 1)) {
		n := slices.Index(names, chunk[0]) + 1
		list := make([]string, len(chunk))
		for i, name := range chunk {
			list[i] = fill(cmp.Or(p.one, "%[1]s"), name, i+1)
		}
		joined := strings.Join(list, p.between)
		messages.WriteString(fill(p.message, joined, n))
		families.WriteString(fill(p.family, joined, n))
	}
	return "version: 1\npackage: out\n" + body(messages.String(), families.String())
}

// groups parts names into few groups that a spec can have together.
func (p *place) groups(names []string) [][]string {
	if len(names) == 0 {
		return nil
	}
	if _, diags := spec.Parse("families.yaml", []byte(p.spec(names))); len(diags) == 0 || len(names) == 1 {
		return [][]string{names}
	}
	half := len(names) / 2
	return append(p.groups(names[:half]), p.groups(names[half:])...)
}

// body is a spec without its package.
func body(messages, families string) string {
	return "messages:\n  inner: {fields: {1: a string}}\n" + messages + "families:\n  zero: {accessor: Zeros, id: string, value: inner}\n" + families
}

// words is the names that Go or the generated code gives a meaning, as they
// are in the code: predeclared, keywords, packages, and what functions
// declare; in a soak every identifier.
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
// compiles, or Parse says where the name stands and what to do. Every name is
// tried alone; those that Parse accepts compile in as few packages as can be.
func TestNamesAreFree(t *testing.T) {
	all := words(t)
	for _, p := range places() {
		t.Run(p.what, func(t *testing.T) {
			t.Parallel()
			groups := p.groups(p.accepted(t, all))
			require.NotEmpty(t, groups)
			for _, names := range groups {
				assert.NoError(t, compiles(t, p.spec(names)), "%v", names)
			}
			t.Logf("%d packages", len(groups))
		})
	}
}

// accepted returns the names that Parse accepts in the role. It refuses the
// others with a place and a hint.
func (p *place) accepted(t *testing.T, words []string) (names []string) {
	seen := map[string]bool{}
	for _, word := range words {
		name := p.written(word)
		if seen[name] {
			continue
		}
		seen[name] = true
		_, diags := spec.Parse("families.yaml", []byte(p.spec([]string{name})))
		for _, d := range diags {
			assert.Positive(t, d.Pos.Line, "%s: %s", name, d.Message)
			assert.NotEmpty(t, d.Hint, "%s: %s", name, d.Message)
		}
		if len(diags) == 0 {
			names = append(names, name)
		}
	}
	return names
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
