package outerhandle

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/keyfam/keyfam/analyzer/flow"
)

// A use is a call on a handle, or a call of a function that makes one.
type use struct {
	path  flow.Path // the handle
	leaf  string    // what is called on it, as written
	via   []string  // the helpers that lead there
	opens bool      // the call opens a transaction
	inGo  bool
	pos   token.Pos
	call  ssa.CallInstruction
}

type useKey struct {
	path flow.Path
	pos  token.Pos
}

// A summary holds the uses of one function, function literals that it runs included.
type summary struct {
	list []*use
	seen map[useKey]bool
}

type summaries map[*ssa.Function]*summary

// maxVia bounds the helpers between a callback and a use.
const maxVia = 12

func (s *summary) add(u *use) bool {
	k := useKey{u.path, u.pos}
	if !u.path.Known() || s.seen[k] {
		return false
	}
	s.seen[k] = true
	s.list = append(s.list, u)
	return true
}

// Uses is the fact of a function that uses handles it was given or finds in package variables.
type Uses struct {
	List []FarUse
}

// A FarUse is one use, told to other packages.
type FarUse struct {
	Param  int // the receiver is number 0
	Global string
	Steps  string
	Leaf   string
	Via    []string
	Opens  bool
}

// AFact marks Uses as a fact about a function.
func (*Uses) AFact() {}

func (u *Uses) String() string {
	var out []string
	for _, f := range u.List {
		out = append(out, fmt.Sprintf("%d%s%s", f.Param, f.Global, f.Steps))
	}
	return "uses " + strings.Join(out, " ")
}

// summarise collects the uses of every function, until calls bring nothing new.
func (c *check) summarise() {
	c.uses = summaries{}
	for _, fn := range c.p.Funcs {
		c.uses[fn] = &summary{seen: map[useKey]bool{}}
		for instr := range flow.Instrs(fn) {
			if call, ok := instr.(ssa.CallInstruction); ok {
				c.direct(fn, call)
			}
		}
	}
	for changed := true; changed; {
		changed = false
		for _, fn := range c.p.Funcs {
			for instr := range flow.Instrs(fn) {
				if call, ok := instr.(ssa.CallInstruction); ok {
					changed = c.calls(fn, call) || changed
				}
			}
		}
	}
}

// direct records a call on a handle itself.
func (c *check) direct(fn *ssa.Function, call ssa.CallInstruction) {
	callee := c.p.Callee(call)
	u := &use{pos: c.p.Pos(call), call: call, inGo: startsGoroutine(call, callee.Method), leaf: c.text(call)}
	switch {
	case callee.Method == nil:
		if u.path = c.p.Path(callee.Value); !strings.Contains(u.path.Steps, ">") {
			return
		}
		if made, ok := callee.Value.(*ssa.Call); ok && made.Parent() == fn {
			return // a sequence ranged over where it was made: the making is the use
		}
	case callee.Recv != nil:
		u.path = c.p.Path(callee.Recv)
		if !c.p.Outer(callee.Recv.Type()) && !strings.Contains(u.path.Steps, ">") {
			return
		}
		if t := c.p.Table; t.Derives(callee.Method) || t.Harmless(callee.Method) || t.Other(callee.Method) {
			return
		}
		if callee.Body != nil && !callee.Method.Exported() {
			return // inside the library itself: what the method does is seen in its body
		}
		u.opens = c.p.Table.Opener(callee.Method) != nil
	default:
		o := c.p.Table.Opener(callee.Method)
		if o == nil || o.Outer >= len(callee.Args) {
			return
		}
		u.path, u.opens = c.p.Path(callee.Args[o.Outer]), true
	}
	c.add(fn, u)
}

// add records a use of fn unless its line is silenced, and reports whether it is new.
func (c *check) add(fn *ssa.Function, u *use) bool {
	return u.path.Known() && !c.markers.Covers(u.pos) && c.uses[fn].add(u)
}

// calls adds what the functions that call runs use, and reports whether that is new.
func (c *check) calls(fn *ssa.Function, call ssa.CallInstruction) bool {
	changed := false
	pos := c.p.Pos(call)
	for _, callee := range c.p.Runs(call) {
		if callee.Method != nil && c.p.Table.Harmless(callee.Method) {
			continue
		}
		inGo := startsGoroutine(call, c.p.Callee(call).Method)
		if callee.Body == nil || c.uses[callee.Body] == nil {
			changed = c.far(fn, call, callee, inGo) || changed
			continue
		}
		literal := flow.Within(callee.Body, fn) && callee.Body != fn
		for _, u := range c.uses[callee.Body].list {
			v := *u
			v.path = c.into(u.path, callee)
			v.inGo = u.inGo || inGo
			if !literal {
				v.pos, v.call = pos, call
				v.via = append([]string{c.name(callee)}, u.via...)
			}
			if len(v.via) <= maxVia && !repeats(v.via) {
				changed = c.add(fn, &v) || changed
			}
		}
	}
	return changed
}

// far adds the uses of a function of another package.
func (c *check) far(fn *ssa.Function, call ssa.CallInstruction, callee flow.Callee, inGo bool) bool {
	fact := new(Uses)
	if callee.Method == nil || !c.pass.ImportObjectFact(callee.Method.Origin(), fact) {
		return false
	}
	changed := false
	for _, f := range fact.List {
		path := flow.Path{Global: f.Global, Steps: f.Steps}
		if f.Global == "" {
			arg := callee.Param(f.Param)
			if arg == nil {
				continue
			}
			path = c.p.Lead(arg, f.Steps)
		}
		via := append([]string{c.name(callee)}, f.Via...)
		u := &use{path: path, leaf: f.Leaf, via: via, opens: f.Opens, inGo: inGo, pos: c.p.Pos(call), call: call}
		changed = c.add(fn, u) || changed
	}
	return changed
}

// into says what a path of the callee is for the caller; of a function literal, variables around it stay what they are.
func (c *check) into(path flow.Path, callee flow.Callee) flow.Path {
	param, ok := path.Root.(*ssa.Parameter)
	if !ok || param.Parent() != callee.Body {
		return path
	}
	for i, q := range callee.Body.Params {
		if q != param {
			continue
		}
		if arg := callee.Param(i); arg != nil {
			return c.p.Lead(arg, path.Steps)
		}
	}
	return flow.Path{}
}

// export tells other packages what the functions of this one do with their parameters.
func (c *check) export() {
	for _, fn := range c.p.Funcs {
		obj, ok := fn.Object().(*types.Func)
		if !ok || !obj.Exported() {
			continue
		}
		fact := new(Uses)
		seen := map[string]bool{}
		for _, u := range c.uses[fn].list {
			f := FarUse{Global: u.path.Global, Steps: u.path.Steps, Leaf: u.leaf, Via: u.via, Opens: u.opens, Param: -1}
			for i, q := range fn.Params {
				if u.path.Root == q {
					f.Param = i
				}
			}
			key := fmt.Sprint(f.Param, f.Global, f.Steps)
			if (f.Param >= 0 || f.Global != "") && !seen[key] {
				seen[key] = true
				fact.List = append(fact.List, f)
			}
		}
		if len(fact.List) > 0 {
			c.pass.ExportObjectFact(obj, fact)
		}
	}
}

func (c *check) text(call ssa.CallInstruction) string {
	if expr := c.p.Expr(call); expr != nil {
		return types.ExprString(ast.Unparen(expr.Fun))
	}
	return "this loop"
}

func (c *check) name(callee flow.Callee) string {
	if callee.Method != nil {
		return callee.Method.Name()
	}
	return c.p.LiteralName(callee.Body)
}

func repeats(via []string) bool {
	return len(via) > 3 && via[0] == via[1] && via[1] == via[2]
}

func receiver(fn *ssa.Function) ssa.Value {
	if fn.Signature.Recv() != nil && len(fn.Params) > 0 {
		return fn.Params[0]
	}
	return nil
}

// startsGoroutine reports whether call runs its function in a goroutine: a go statement, or Go of a WaitGroup or errgroup.
func startsGoroutine(call ssa.CallInstruction, method *types.Func) bool {
	if _, ok := call.(*ssa.Go); ok {
		return true
	}
	return method != nil && method.Name() == "Go" && method.Signature().Recv() != nil
}
