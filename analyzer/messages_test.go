package analyzer_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/packages"

	"github.com/keyfam/keyfam/analyzer"
	"github.com/keyfam/keyfam/analyzer/internal/checktest"
	"github.com/keyfam/keyfam/analyzer/openers"
)

// inner is what SSA form calls values that have no name in the source.
var inner = regexp.MustCompile(`\b(complit|slicelit|makeslice|makemap|varargs|typeassert|new|local|phi|rangeindex|rangeiter|jump|yield|arg\d+|t\d+)\b|\$`)

// unnamed is a way to hold something that grows or keeps handles; %s is what to do with it.
var unnamed = []struct{ params, setup, holder string }{
	{"", "", "new(box)"},
	{"", "", "(&box{})"},
	{"", "b := new(box)", "b"},
	{"", "b := &box{}", "b"},
	{"", "b := []box{{}}", "b[0]"},
	{"", "b := map[string]*box{\"a\": {}}", "b[\"a\"]"},
	{"", "b := &struct{ in *box }{&box{}}", "b.in"},
	{"", "b := make([]box, 3)", "b[1]"},
	{"c bool", "b := new(box)\nif c { b = &box{} }", "b"},
	{"", "b := func() *box { return new(box) }()", "b"},
	{"l []*box", "for _, b := range l {", "b"},
	{"l iter.Seq[*box]", "for b := range l {", "b"},
	{"l iter.Seq[int]", "for range l {\nb := new(box)", "b"},
	{"a any", "switch b := a.(type) { case *box:", "b"},
	{"a any", "b := a.(*box)", "b"},
	{"b *box", "", "b"},
	{"m map[string]box", "b := m[\"a\"]", "b"},
	{"ch chan *box", "b := <-ch", "b"},
}

var deeds = []string{
	"B.list = append(B.list, 1)", "B.count++", "B.seen[k.Name] = true", "B.buf.WriteString(\"a\")", "B.ch <- 1", "close(B.ch)", "B.tx = tx", "B.any = tx.Sessions()",
	"B.keep(tx)", "B.ch2 <- tx", "go B.keep(tx)", "B.acc = tx.Sessions()", "_ = repo.Sessions().Delete(ctx, k); B.count += 1",
	"B.fn = func() { _ = tx.Sessions().Delete(ctx, k) }", "http.Get(\"a\")", "func() { http.Get(\"a\") }()", "func() { _ = repo.Sessions().Delete(ctx, k) }()",
}

// No message shows a name that is not in the source: over all test data and over
// programs that hold things in ways without a name.
func TestMessagesNameTheSource(t *testing.T) {
	dir := checktest.Seeded(t)
	write := func(name, text string) {
		file := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o700))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	}
	n, written := 0, 0
	for _, u := range unnamed {
		for _, deed := range deeds {
			closing := ""
			if strings.Count(u.setup, "{") > strings.Count(u.setup, "}") {
				closing = "}\nreturn nil\n"
			}
			if n++; os.Getenv("KEYFAM_SOAK") == "" && n%4 != 0 {
				continue
			}
			written++
			write(fmt.Sprintf("gen%d/p.go", n), fmt.Sprintf(`package p
import ("bytes"; "context"; "iter"; "net/http"; sk "github.com/keyfam/keyfam/generated/signalkeys")
var _ iter.Seq[int]
var _ = http.Get
type box struct { list []int; count int; seen map[string]bool; buf bytes.Buffer; ch chan int; ch2 chan *sk.Tx; tx *sk.Tx; acc sk.SessionRepo; any any; fn func() }
func (b *box) keep(tx *sk.Tx) { b.tx = tx }
func run(ctx context.Context, repo *sk.Repo, k sk.SessionID, %s) error {
%s
h := %s
_ = h
return repo.Transaction(ctx, sk.SessionLabel(k), func(ctx context.Context, tx *sk.Tx) error {
%s
return nil
})
%s}
`, u.params, u.setup, map[bool]string{true: "&" + u.holder, false: u.holder}[strings.HasSuffix(u.holder, "]") && !strings.Contains(u.setup, "map")], strings.ReplaceAll(deed, "B", []string{"h", u.holder}[n%2]), closing))
		}
	}
	pkgs, err := packages.Load(&packages.Config{Mode: packages.LoadAllSyntax, Dir: dir}, "./...")
	require.NoError(t, err)
	var whole []*packages.Package
	for _, p := range pkgs {
		if len(p.Errors) == 0 {
			whole = append(whole, p)
		}
	}
	require.Greater(t, len(whole), written*2/3)
	graph, err := checker.Analyze(analyzer.All(openers.Default()), whole, nil)
	require.NoError(t, err)
	findings := 0
	for _, act := range graph.Roots {
		require.NoError(t, act.Err)
		for _, d := range act.Diagnostics {
			findings++
			message := strings.ReplaceAll(d.Message, "new(box)", "")
			assert.NotRegexp(t, inner, strings.ReplaceAll(message, "is new in each run", ""), act.Package.Fset.Position(d.Pos).String())
			assert.True(t, strings.HasSuffix(d.Message, " ["+act.Analyzer.Name+"]"), d.Message)
		}
	}
	t.Logf("%d findings in %d packages", findings, len(whole))
	assert.Greater(t, findings, written/2)
}
