package outerhandle_test

import (
	"bytes"
	"fmt"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/packages"

	"github.com/keyfam/keyfam/analyzer"
	"github.com/keyfam/keyfam/analyzer/internal/checktest"
	"github.com/keyfam/keyfam/analyzer/openers"
)

// A reach is a way from a function to a handle X of a type H; a transaction is
// opened on the handle by the same way, or by another one.
type reach struct{ decls, params, setup, expr, open string }

var reaches = []reach{
	{"", "x H", "", "x", ""},
	{"", "x H", "", "(x)", ""},
	{"", "p *H", "", "(*p)", ""},
	{"", "p **H", "", "(**p)", ""},
	{"type holder struct{ r H }", "h holder", "", "h.r", ""},
	{"type holder struct{ r H }", "h *holder", "", "h.r", ""},
	{"type holder struct{ r H }", "h *holder", "", "(*h).r", ""},
	{"type holder struct{ r H }", "h **holder", "", "(*h).r", ""},
	{"type holder struct{ r H }", "h holder", "", "(h.r)", ""},
	{"type holder struct{ r H }\ntype server struct{ h holder }", "s *server", "", "s.h.r", ""},
	{"type holder struct{ r H }\ntype server struct{ h *holder }", "s server", "", "s.h.r", ""},
	{"type holder struct{ r *H }", "h *holder", "", "(*h.r)", ""},
	{"type holder struct{ H }", "h holder", "", "h", ""},
	{"type holder struct{ H }\ntype server struct{ *holder }", "s server", "", "s", ""},
	{"type holder struct{ r [2]H }", "h *holder", "", "h.r[0]", ""},
	{"type holder struct{ r H }", "h []holder", "", "h[0].r", ""},
	{"", "m map[string]H", "", "m[\"a\"]", ""},
	{"", "l []H", "", "l[0]", ""},
	{"var shared H", "", "", "shared", ""},
	{"var shared struct{ r H }", "", "", "shared.r", ""},
	{"", "get func() H", "", "get()", ""},
	{"type holder struct{ r H }\nfunc (h *holder) get() H { return h.r }", "h *holder", "", "h.get()", ""},
	{"func get(h H) H { return h }", "x H", "", "get(x)", ""},
	{"type holder struct{ r H }", "h *holder", "x := h.r", "x", ""},
	{"type holder struct{ r H }", "x H", "h := holder{x}", "h.r", ""},
	{"type holder struct{ r H }", "x H", "h := &holder{r: x}", "h.r", ""},
	{"type holder struct{ r H }", "x H", "", "holder{x}.r", ""},
	{"", "x H", "y := x; z := y", "z", ""},
	{"", "x H", "y := x; p := &y", "(*p)", ""},
	{"", "x H", "get := func() H { return x }", "get()", ""},
	{"", "a any", "x := a.(H)", "x", ""},
	{"", "a any", "", "a.(H)", ""},
	{"", "c chan H", "x := <-c", "x", ""},
	{"type mine = H", "x mine", "", "mine(x)", ""},
	{"", "l []H", "for _, x := range l {", "x", ""},
	{"", "a any", "switch x := a.(type) { case H:", "x", ""},
	{"", "x H", "if y := x; y != nil {", "y", ""},
	{"func generic[T any](t T) T { return t }", "x H", "", "generic(x)", ""},
	{"type box[T any] struct{ v T }", "b box[H]", "", "b.v", ""},
	{"", "tx H", "", "tx", ""},
	{"type holder struct{ r H }", "h *holder", "a := h", "a.r", "h.r"},
	{"type holder struct{ r H }", "h *holder", "a := h.r", "a", "h.r"},
	{"type holder struct{ r H }\ntype server struct{ h *holder }", "s *server", "a := s.h", "a.r", "s.h.r"},
	{"", "x H", "y := x; p := &y", "(*p)", "x"},
	{"", "x H", "y := &x", "(*y)", "x"},
	{"type holder struct{ r H }", "x H", "a := holder{x}; b := &a", "b.r", "x"},
	{"type holder struct{ r H }", "x H", "a := &holder{x}; b := &a", "(*b).r", "x"},
	{"", "x H", "get := func() H { return x }", "get()", "x"},
	{"type holder struct{ r H }\nfunc (h *holder) get() H { return h.r }", "h *holder", "a := h", "a.get()", "h.r"},
}

// A kind is one of the handles that a library offers.
type kind struct {
	h, open string // the type, and a transaction on X; %s is the body of the callback
	uses    []string
}

var kinds = []kind{
	{"*sk.Repo", "X.Transaction(ctx, sk.SessionLabel(k), func(ctx context.Context, TX *sk.Tx) error {%s})", []string{
		"return X.Sessions().Delete(ctx, k)",
		"if _, _, err := X.Sessions().Get(ctx, k); err != nil { return err }\nreturn X.Sessions().Delete(ctx, k)",
		"return X.\n\tSessions().\n\tDelete(\n\tctx, k)",
		"all := X.Sessions()\nreturn all.Delete(ctx, k)",
		"drop := X.Sessions().Delete\nreturn drop(ctx, k)",
		"defer X.Sessions().Delete(ctx, k)\nreturn nil",
		"go X.Sessions().Delete(ctx, k)\nreturn nil",
		"func() { _ = X.Sessions().Delete(ctx, k) }()\nreturn nil",
		"for _, err := range X.Sessions().All(ctx) { if err != nil { return err } }\nreturn nil",
		"return X.Transaction(ctx, sk.SessionLabel(k), func(ctx context.Context, in *sk.Tx) error { return X.Sessions().Delete(ctx, k) })",
		"return X.Transaction(ctx, sk.SessionLabel(k), func(ctx context.Context, TX *sk.Tx) error { return X.Sessions().Delete(ctx, k) })",
		"return X.View(ctx, func(ctx context.Context, in *sk.ReadTx) error { return nil })",
		"_, _, err := X.Store().Get(ctx, \"session\", \"a\")\nreturn err",
		"TX := 1\n_ = TX\nreturn X.Sessions().Delete(ctx, k)",
		"ctx := context.WithoutCancel(ctx)\nreturn X.Sessions().Delete(ctx, k)",
		"return (*sk.Repo).Transaction(X, ctx, sk.SessionLabel(k), nil)",
		"return X.Sessions().Delete(ctx, func() sk.SessionID { _, _, _ = X.Sessions().Get(ctx, k); return k }())",
		"_ = X.InTransaction(ctx)\nreturn nil",
		"y := X\nreturn y.Sessions().Delete(ctx, k)",
		"y := X\np := &y\nreturn (*p).Sessions().Delete(ctx, k)",
		"y := struct{ r H }{X}\nreturn y.r.Sessions().Delete(ctx, k)",
		"y := &struct{ r H }{X}\nz := y\nreturn (z.r).Sessions().Delete(ctx, k)",
		"y := struct{ s struct{ r H } }{struct{ r H }{X}}\nreturn y.s.r.Sessions().Delete(ctx, k)",
		"y := X\ny = X\nreturn y.Sessions().Delete(ctx, k)",
		"var f sk.Families = X\nreturn f.Sessions().Delete(ctx, k)",
	}},
	{"*store.Store", "X.Transaction(ctx, \"a\", func(ctx context.Context, TX *store.Tx) error {%s})", []string{
		"return X.Set(ctx, new(store.DataSet))",
		"_, _, err := X.Get(ctx, \"session\", \"a\")\nreturn err",
		"for _, err := range X.Scan(ctx, \"session\", \"\") { if err != nil { return err } }\nreturn nil",
		"return X.Transaction(ctx, \"b\", func(ctx context.Context, in *store.Tx) error { return X.Set(ctx, nil) })",
		"_, err := X.Families(ctx)\nreturn err",
		"return X.View(ctx, func(ctx context.Context, in *store.Tx) error { return nil })",
		"get := X.Get\n_, _, err := get(ctx, \"session\", \"a\")\nreturn err",
		"return X.Namespace(\"a\").Set(ctx, nil)",
		"return X.Close()",
		"_, err := store.TransactionValue(ctx, X, \"a\", func(ctx context.Context, in *store.Tx) (int, error) { return 0, nil })\nreturn err",
	}},
	{"sk.Families", "X.Transaction(ctx, sk.SessionLabel(k), func(ctx context.Context, TX *sk.Tx) error {%s})", []string{
		"return X.Sessions().Delete(ctx, k)",
		"return X.Transaction(ctx, sk.SessionLabel(k), func(ctx context.Context, in *sk.Tx) error { return nil })",
	}},
}

// program is a file with one transaction, in one of its forms.
func program(pkg string, k kind, r reach, use, form string) string {
	tx := "tx"
	switch form {
	case "no name":
		tx = "_"
	case "odd name":
		tx = "sk"
		if strings.Contains(use, "sk.") || k.h == "*store.Store" {
			tx = "handle"
		}
	}
	open := strings.ReplaceAll(k.open, "%s", "\n"+use+"\n")
	if r.open != "" {
		open = r.open + strings.TrimPrefix(open, "X")
	}
	body := open
	if form == "two callbacks" {
		body = open + "; err != nil { return err }\nreturn " + open
		body = "if err := " + body
	} else {
		body = "return " + open
	}
	closing := strings.Repeat("\n}\n", strings.Count(r.setup, "{")-strings.Count(r.setup, "}"))
	if closing != "" {
		closing += "return nil\n"
	}
	text := fmt.Sprintf("package %s\n\nimport (\n\t\"context\"\n\n\tsk \"github.com/keyfam/keyfam/generated/signalkeys\"\n\t\"github.com/keyfam/keyfam/store\"\n)\n\nvar (\n_ *store.Store\n_ sk.SessionID\n)\n\n%s\n\n"+
		"func run(ctx context.Context, k sk.SessionID, %s) error {\n%s\n%s\n%s}\n", pkg, r.decls, r.params, r.setup, body, closing)
	text = strings.ReplaceAll(regexp.MustCompile(`\bX\b`).ReplaceAllLiteralString(text, r.expr), "TX", tx)
	text = regexp.MustCompile(`\bH\b`).ReplaceAllString(text, k.h)
	if strings.Contains(text, "struct{ sk.Families }") {
		text = strings.ReplaceAll(text, "struct{ **sk.", "struct{ *sk.")
	}
	if form == "CRLF" {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	return text
}

var forms = []string{"plain", "two callbacks", "no name", "odd name", "CRLF"}

var soak = os.Getenv("KEYFAM_SOAK") != ""

// Every fix of every shape leaves code that compiles, all of a file together and
// each alone, and what has no fix says so. Fixes change nothing else: line ends
// stay.
func TestFixesCompile(t *testing.T) {
	dir := checktest.Module(t)
	n := 0
	for _, k := range kinds {
		for _, r := range reaches {
			for _, use := range k.uses {
				for _, form := range forms {
					if n++; !soak && n%23 != 0 {
						continue
					}
					pkg := fmt.Sprintf("p%d", n)
					require.NoError(t, os.MkdirAll(filepath.Join(dir, pkg), 0o700))
					require.NoError(t, os.WriteFile(filepath.Join(dir, pkg, "p.go"), []byte(program(pkg, k, r, use, form)), 0o600))
				}
			}
		}
	}
	files, edits := map[string][]byte{}, map[string][]analysis.TextEdit{}
	compiled, findings, fixed := 0, 0, 0
	var fset *token.FileSet
	for _, act := range analyse(t, dir, nil) {
		fset = act.Package.Fset
		if len(act.Package.Errors) > 0 {
			continue // a combination that is no Go
		}
		compiled++
		for _, d := range act.Diagnostics {
			findings++
			at := fset.Position(d.Pos)
			assert.NotEmpty(t, act.Analyzer.Name)
			if len(d.SuggestedFixes) == 0 {
				assert.Contains(t, d.Message, "no fix", at)
				continue
			}
			assert.NotContains(t, d.Message, "no fix", at)
			fixed++
			edits[at.Filename] = append(edits[at.Filename], d.SuggestedFixes[0].TextEdits...)
		}
	}
	for name, list := range edits {
		src, err := os.ReadFile(name)
		require.NoError(t, err)
		after := apply(fset, src, list)
		assert.Equal(t, bytes.Count(src, []byte("\r\n")), bytes.Count(after, []byte("\r\n")), name)
		files[name] = after
	}
	t.Logf("%d programs, %d compile, %d findings, %d fixed", n, compiled, findings, fixed)
	assert.Greater(t, fixed, compiled/4)
	for _, p := range load(t, dir, files) {
		for _, e := range p.Errors {
			name := p.GoFiles[0]
			if len(files[name]) > 0 {
				t.Errorf("%v\n%s", e, files[name])
			}
		}
	}
}

func load(t *testing.T, dir string, overlay map[string][]byte) []*packages.Package {
	t.Helper()
	pkgs, err := packages.Load(&packages.Config{Mode: packages.LoadAllSyntax, Dir: dir, Overlay: overlay}, "./...")
	require.NoError(t, err)
	return pkgs
}

// analyse runs outerhandle over the packages of a module.
func analyse(t *testing.T, dir string, overlay map[string][]byte) (out []*checker.Action) {
	t.Helper()
	var outer []*analysis.Analyzer
	for _, a := range analyzer.All(openers.Default()) {
		if a.Name == "outerhandle" {
			outer = append(outer, a)
		}
	}
	pkgs := slices.DeleteFunc(load(t, dir, overlay), func(p *packages.Package) bool { return len(p.Errors) > 0 })
	graph, err := checker.Analyze(outer, pkgs, nil)
	require.NoError(t, err)
	for _, act := range graph.Roots {
		require.NoError(t, act.Err, act.Package.PkgPath)
		out = append(out, act)
	}
	return out
}

// apply edits a text.
func apply(fset *token.FileSet, src []byte, edits []analysis.TextEdit) []byte {
	edits = slices.Clone(edits)
	slices.SortFunc(edits, func(a, b analysis.TextEdit) int { return int(b.Pos - a.Pos) })
	for _, e := range edits {
		from, to := fset.Position(e.Pos).Offset, fset.Position(e.End).Offset
		src = slices.Concat(src[:from], e.NewText, src[to:])
	}
	return src
}
