// Package flow answers, for one package, which values are the same store,
// which calls open a transaction on it, and what their callbacks run.
//
// It is the common ground of outerhandle, txescape and rerun. It works on SSA
// form, so that aliases, captured variables, method values and embedded fields
// need no cases of their own, and builds that form only for packages that can
// reach a library of the table.
package flow

import (
	"go/ast"
	"go/token"
	"go/types"
	"reflect"
	"sync"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ssa"

	"github.com/keyfam/keyfam/analyzer/openers"
)

// A Program is one package in SSA form with its transactions. It learns while it answers, so a check holds its lock for the
// whole of its run.
type Program struct {
	sync.Mutex
	// Table is what the checks know of libraries.
	Table *openers.Table
	// Funcs are the functions with a body, function literals included, parents before children.
	Funcs []*ssa.Function
	// Transactions are the calls that open one.
	Transactions []*Transaction

	pass    *analysis.Pass
	outers  []*types.Package
	handles []types.Type               // what only handles of transactions are
	stores  map[ssa.Value][]*ssa.Store // to each Alloc or FreeVar, also inside function literals
	fields  map[*ssa.Alloc]map[int][]*ssa.Store
	paths   map[ssa.Value]Path
	calls   map[token.Pos]*ast.CallExpr
	vars    map[token.Pos]string // the names of variables by where they are declared
	opens   map[*ssa.Function]*Opens
	impl    map[types.Type]bool
	closure map[*ssa.Function]*ssa.MakeClosure
}

// New returns the analyzer whose result is the *Program of a package, or nil when no library of the table is in reach.
func New(table *openers.Table) *analysis.Analyzer {
	return &analysis.Analyzer{
		Name:       "txflow",
		Doc:        "find the transactions of a package for the checks that need them",
		ResultType: reflect.TypeFor[*Program](),
		FactTypes:  []analysis.Fact{new(Opens), new(Getter)},
		Run: func(pass *analysis.Pass) (any, error) {
			known := reach(pass.Pkg, table)
			if len(known) == 0 {
				return (*Program)(nil), nil
			}
			return build(pass, table, known), nil
		},
	}
}

// reach returns the packages of the table that pkg can name a type of.
func reach(pkg *types.Package, table *openers.Table) []*types.Package {
	var known []*types.Package
	seen := map[*types.Package]bool{}
	var walk func(*types.Package)
	walk = func(p *types.Package) {
		if seen[p] {
			return
		}
		seen[p] = true
		if table.Knows(p) {
			known = append(known, p)
		}
		for _, dep := range p.Imports() {
			walk(dep)
		}
	}
	walk(pkg)
	return known
}

func build(pass *analysis.Pass, table *openers.Table, known []*types.Package) *Program {
	prog := ssa.NewProgram(pass.Fset, 0)
	for _, dep := range pass.Pkg.Imports() {
		prog.CreatePackage(dep, nil, nil, true)
	}
	pkg := prog.CreatePackage(pass.Pkg, pass.Files, pass.TypesInfo, false)
	pkg.Build()
	p := &Program{
		Table: table, pass: pass, outers: known,
		stores: map[ssa.Value][]*ssa.Store{}, fields: map[*ssa.Alloc]map[int][]*ssa.Store{}, paths: map[ssa.Value]Path{}, opens: map[*ssa.Function]*Opens{},
		impl: map[types.Type]bool{}, closure: map[*ssa.Function]*ssa.MakeClosure{},
	}
	for _, pkg := range known {
		p.handles = append(p.handles, table.Handles(pkg)...)
	}
	for _, fn := range declared(pass, prog) {
		p.addFunc(fn)
	}
	if init := pkg.Func("init"); init != nil {
		for _, anon := range init.AnonFuncs { // initialisers of package variables
			p.addFunc(anon)
		}
	}
	p.index()
	p.findGetters()
	p.findTransactions()
	return p
}

func declared(pass *analysis.Pass, prog *ssa.Program) []*ssa.Function {
	var out []*ssa.Function
	for _, file := range pass.Files {
		for _, decl := range file.Decls {
			fd, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if obj, ok := pass.TypesInfo.Defs[fd.Name].(*types.Func); ok {
				if fn := prog.FuncValue(obj); fn != nil {
					out = append(out, fn)
				}
			}
		}
	}
	return out
}

func (p *Program) addFunc(fn *ssa.Function) {
	if len(fn.Blocks) == 0 {
		return
	}
	p.Funcs = append(p.Funcs, fn)
	for _, anon := range fn.AnonFuncs {
		p.addFunc(anon)
	}
}

// index records who writes each variable and where each function literal is made.
func (p *Program) index() {
	for _, fn := range p.Funcs {
		for instr := range Instrs(fn) {
			if mc, ok := instr.(*ssa.MakeClosure); ok {
				p.closure[mc.Fn.(*ssa.Function)] = mc
			}
		}
	}
	for _, fn := range p.Funcs {
		for instr := range Instrs(fn) {
			if st, ok := instr.(*ssa.Store); ok {
				addr := p.Cell(st.Addr)
				p.stores[addr] = append(p.stores[addr], st)
			}
		}
	}
}

// Instrs yields the instructions of fn, not those of its function literals.
func Instrs(fn *ssa.Function) func(yield func(ssa.Instruction) bool) {
	return func(yield func(ssa.Instruction) bool) {
		for _, b := range fn.Blocks {
			for _, instr := range b.Instrs {
				if !yield(instr) {
					return
				}
			}
		}
	}
}

// Cell returns the variable behind a captured address: the Alloc that a FreeVar stands for, else v itself.
func (p *Program) Cell(v ssa.Value) ssa.Value {
	for {
		fv, ok := v.(*ssa.FreeVar)
		if !ok {
			return v
		}
		b := p.binding(fv)
		if b == nil {
			return v
		}
		v = b
	}
}

func (p *Program) binding(fv *ssa.FreeVar) ssa.Value {
	mc := p.closure[fv.Parent()]
	if mc == nil {
		return nil
	}
	for i, f := range fv.Parent().FreeVars {
		if f == fv {
			return mc.Bindings[i]
		}
	}
	return nil
}

// Within reports whether fn is outer or a function literal inside it.
func Within(fn, outer *ssa.Function) bool {
	for ; fn != nil; fn = fn.Parent() {
		if fn == outer {
			return true
		}
	}
	return false
}
