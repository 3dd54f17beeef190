package rerun

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"
	"golang.org/x/tools/go/types/typeutil"

	"github.com/keyfam/keyfam/analyzer/flow"
)

// acting are functions that act on the world, by the names that go/types prints. A name that ends in * stands for all that
// start so.
var acting = []string{
	"net/http.Get", "net/http.Head", "net/http.Post*", "(*net/http.Client).*", "(net/http.RoundTripper).RoundTrip",
	"(net/http.ResponseWriter).Write*", "net/http.Error", "net/http.Redirect",
	"net.Dial*", "(*net.Dialer).Dial*", "(net.Conn).Write", "net/smtp.SendMail", "(*net/smtp.Client).*",
	"net/rpc.Dial*", "(*net/rpc.Client).Call", "(*net/rpc.Client).Go",
	"(*os/exec.Cmd).Run", "(*os/exec.Cmd).Start", "(*os/exec.Cmd).Output", "(*os/exec.Cmd).CombinedOutput",
}

// growing are methods that add to their receiver, or to their first argument.
var growing = []string{
	"(*bytes.Buffer).Write*", "(*strings.Builder).Write*", "(*container/list.List).Push*",
	"(*sync/atomic.Int32).Add", "(*sync/atomic.Int64).Add", "(*sync/atomic.Uint32).Add", "(*sync/atomic.Uint64).Add",
	"sync/atomic.Add*", "(*sync.WaitGroup).Add", "(*sync.WaitGroup).Done",
}

func matches(list []string, fn *types.Func) bool {
	name := fn.FullName()
	return slices.ContainsFunc(list, func(s string) bool {
		start, all := strings.CutSuffix(s, "*")
		return name == s || all && strings.HasPrefix(name, start)
	})
}

// findActs finds the functions of this package that act on the world, through any number of helpers, and exports them. It
// runs in every package, also where no transaction is in reach, and so reads the syntax and needs no SSA form.
func (c *check) findActs() {
	c.acts = map[*types.Func]string{}
	var fns []*types.Func // in source order, so that messages are the same every time
	bodies := map[*types.Func][]*ast.CallExpr{}
	for _, file := range c.pass.Files {
		for _, decl := range file.Decls {
			fd, ok := decl.(*ast.FuncDecl)
			if !ok || fd.Body == nil {
				continue
			}
			if fn, ok := c.pass.TypesInfo.Defs[fd.Name].(*types.Func); ok {
				fns, bodies[fn] = append(fns, fn), calls(fd.Body)
			}
		}
	}
	for changed := true; changed; {
		changed = false
		for _, fn := range fns {
			if c.acts[fn] != "" {
				continue
			}
			for _, call := range bodies[fn] {
				if what := c.act(typeutil.Callee(c.pass.TypesInfo, call)); what != "" && !c.markers.Covers(call.Pos()) {
					c.acts[fn], changed = what, true
					break
				}
			}
		}
	}
	for fn, what := range c.acts {
		if fn.Exported() {
			c.pass.ExportObjectFact(fn, &Acts{What: what})
		}
	}
}

// calls lists the calls that running body makes: also those of function literals that it calls or hands on, not of those
// that it only stores or returns.
func calls(body ast.Node) []*ast.CallExpr {
	var out []*ast.CallExpr
	run := map[ast.Node]bool{}
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			out = append(out, n)
			run[ast.Unparen(n.Fun)] = true
			for _, arg := range n.Args {
				run[ast.Unparen(arg)] = true
			}
		case *ast.FuncLit:
			return run[n]
		}
		return true
	})
	return out
}

// act says what a call of a declared function does to the world: "http.Get", or "notify, which calls http.Get".
func (c *check) act(obj types.Object) string {
	fn, ok := obj.(*types.Func)
	if !ok {
		return ""
	}
	fn = fn.Origin()
	if matches(acting, fn) {
		return short(fn)
	}
	what := c.acts[fn]
	if fn.Pkg() != c.pass.Pkg {
		if fact := new(Acts); c.pass.ImportObjectFact(fn, fact) {
			what = fact.What
		}
	}
	if what == "" || strings.Count(what, ", which") > 5 {
		return ""
	}
	return fn.Name() + ", which calls " + what
}

// actOf is act for a call in a callback, which may run function literals from around it.
func (c *check) actOf(call ssa.CallInstruction, depth int) string {
	for _, callee := range c.p.Runs(call) {
		if callee.Method != nil {
			if what := c.act(callee.Method); what != "" {
				return what
			}
			continue
		}
		if callee.Body == nil || depth > 4 {
			continue
		}
		for instr := range flow.Instrs(callee.Body) {
			if inner, ok := instr.(ssa.CallInstruction); ok {
				if what := c.actOf(inner, depth+1); what != "" {
					return what
				}
			}
		}
	}
	return ""
}

func short(fn *types.Func) string {
	byName := func(p *types.Package) string { return p.Name() }
	if recv := fn.Signature().Recv(); recv != nil {
		return "(" + types.TypeString(recv.Type(), byName) + ")." + fn.Name()
	}
	return fn.Pkg().Name() + "." + fn.Name()
}

func (b *body) call(call ssa.CallInstruction) {
	pos := b.p.Pos(call)
	if fn, ok := call.Common().Value.(*ssa.Builtin); ok {
		if arg := call.Common().Args; fn.Name() == "close" && b.outside(arg[0]) != "" {
			b.report(pos, "closes %s in a callback that may run more than once, which panics then: close it when %s has returned",
				b.outside(arg[0]), b.tx.Name)
		}
		return
	}
	callee := b.p.Callee(call)
	if callee.Method != nil && matches(growing, callee.Method) {
		b.grows(call, callee.Param(0), pos)
		return
	}
	if w := b.writer(callee); w != nil {
		b.grows(call, w, pos)
		return
	}
	if callee.Method != nil && callee.Recv != nil && adds(callee.Method) {
		b.collects(call, callee, pos)
		return
	}
	b.appends(call, callee, pos)
	if callee.Body != nil && flow.Within(callee.Body, b.tx.Callback) {
		return // a function literal of the callback: what it does is reported there
	}
	if what := b.actOf(call, 0); what != "" && b.lasts(callee) {
		b.report(pos, "%s in a callback that may run more than once, or not commit: do it before, or when %s has returned nil",
			what, b.tx.Name)
	}
}

// writer returns the buffer that fmt.Fprint and its like add to.
func (b *body) writer(callee flow.Callee) ssa.Value {
	if callee.Method == nil || len(callee.Args) == 0 || !matches([]string{"fmt.Fprint*", "io.WriteString"}, callee.Method) {
		return nil
	}
	w, ok := callee.Args[0].(*ssa.MakeInterface)
	if !ok {
		return nil
	}
	switch w.X.Type().String() {
	case "*bytes.Buffer", "*strings.Builder":
		return w.X
	}
	return nil
}

// lasts reports whether what callee acts on is there after the callback; a recorder made inside is not.
func (b *body) lasts(callee flow.Callee) bool {
	if callee.Recv == nil || callee.Method == nil || !strings.Contains(callee.Method.FullName(), "ResponseWriter") {
		return true
	}
	return b.outside(callee.Recv) != ""
}
