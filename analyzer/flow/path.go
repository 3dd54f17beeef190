package flow

import (
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// A Path names a value by where it comes from: a root, then fields and derived handles. Two equal paths are the same
// store as far as one function can tell; two different ones may be.
//
// Steps are ".field", ".method()" for a getter whose body is unknown, ">Method" for a derived handle, and "!Method" for
// another store made from this one.
type Path struct {
	// Root is a parameter, a variable or a value that cannot be followed further; nil for a package variable.
	Root ssa.Value
	// Global is the package variable, written path.name; empty unless Root is nil.
	Global string
	// Steps lead from the root to the value.
	Steps string
}

// A Getter says that a function returns what is reached from one of its parameters (the receiver is number 0).
type Getter struct {
	Param int
	Steps string
}

// AFact marks Getter as a fact about a function.
func (*Getter) AFact() {}

func (g *Getter) String() string { return "getter " + strconv.Itoa(g.Param) + g.Steps }

// maxSteps bounds paths, so that recursive data ends.
const maxSteps = 120

// Join returns the path that leads on from p by steps; an unknown one if that is too long.
func (p Path) Join(s string) Path {
	if !p.Known() || len(p.Steps)+len(s) > maxSteps {
		return Path{}
	}
	p.Steps += s
	return p
}

// Known reports whether the path leads anywhere.
func (p Path) Known() bool { return p.Root != nil || p.Global != "" }

// Store returns the path without the derived handles at its end: the store that db.WithContext(ctx) is a view of.
func (p Path) Store() Path {
	for {
		i := strings.LastIndexAny(p.Steps, ".!>")
		if i < 0 || p.Steps[i] != '>' {
			return p
		}
		p.Steps = p.Steps[:i]
	}
}

// Of reports whether p is the store itself or a handle derived from it.
func (p Path) Of(store Path) bool {
	return p.Known() && p.Root == store.Root && p.Global == store.Global &&
		strings.HasPrefix(p.Steps, store.Steps) && derivedOnly(p.Steps[len(store.Steps):])
}

func derivedOnly(steps string) bool {
	return steps == "" || steps[0] == '>' && !strings.ContainsAny(steps, ".!")
}

// Path follows v to where it comes from.
func (p *Program) Path(v ssa.Value) Path {
	if path, ok := p.paths[v]; ok {
		return path
	}
	p.paths[v] = Path{Root: v} // what a cycle of phis finds
	path := p.follow(v)
	p.paths[v] = path
	return path
}

func (p *Program) follow(v ssa.Value) Path {
	switch v := v.(type) {
	case *ssa.UnOp:
		if v.Op == token.MUL {
			return p.Path(v.X)
		}
	case *ssa.FieldAddr:
		return p.field(v, v.X, v.Field)
	case *ssa.Field:
		return p.field(v, v.X, v.Field)
	case *ssa.ChangeType:
		return p.Path(v.X)
	case *ssa.MakeInterface:
		return p.Path(v.X)
	case *ssa.ChangeInterface:
		return p.Path(v.X)
	case *ssa.TypeAssert:
		return p.Path(v.X)
	case *ssa.Extract:
		return p.extract(v)
	case *ssa.Call:
		return p.result(v)
	case *ssa.FreeVar:
		if b := p.binding(v); b != nil {
			return p.Path(b)
		}
	case *ssa.Alloc:
		if st := p.stores[v]; len(st) == 1 && len(p.fieldStores(v)) == 0 {
			return p.Path(st[0].Val)
		}
	case *ssa.Global:
		return Path{Global: v.Pkg.Pkg.Path() + "." + v.Name()}
	case *ssa.Phi:
		return p.phi(v)
	}
	return Path{Root: v}
}

func (p *Program) phi(v *ssa.Phi) Path {
	first := p.Path(v.Edges[0])
	for _, e := range v.Edges[1:] {
		if p.Path(e) != first {
			return Path{Root: v}
		}
	}
	return first
}

// field follows a field of a struct; of a composite literal made here, to what was put into the field.
func (p *Program) field(v, x ssa.Value, index int) Path {
	base := p.Path(x)
	if alloc, ok := base.Root.(*ssa.Alloc); ok && base.Steps == "" {
		if val := p.literalField(alloc, index); val != nil && val != v {
			return p.Path(val)
		}
	}
	if p.Embedded(x.Type(), index) {
		return base
	}
	return base.Join("." + fieldName(x.Type(), index))
}

// Embedded reports whether a field is embedded in a type of a library, which makes it the same handle: the methods of a
// generated Repo are those of a type inside it.
func (p *Program) Embedded(t types.Type, index int) bool {
	if !p.Table.Declares(t) {
		return false
	}
	if ptr, ok := t.Underlying().(*types.Pointer); ok {
		t = ptr.Elem()
	}
	st, ok := t.Underlying().(*types.Struct)
	return ok && st.Field(index).Embedded()
}

// Lead returns the path that leads on from v by the steps that a function takes from its parameter. Fields of a composite
// literal made here are followed to what was put into them.
func (p *Program) Lead(v ssa.Value, steps string) Path {
	path := p.Path(v)
	for {
		alloc, ok := path.Root.(*ssa.Alloc)
		if !ok || path.Steps != "" || !strings.HasPrefix(steps, ".") {
			return path.Join(steps)
		}
		name, rest := steps[1:], ""
		if i := strings.IndexAny(name, ".!>"); i >= 0 {
			name, rest = name[:i], name[i:]
		}
		val := p.literalField(alloc, fieldIndex(alloc.Type(), name))
		if val == nil {
			return path.Join(steps)
		}
		path, steps = p.Path(val), rest
	}
}

// fieldIndex is the index of a field, -1 if there is none of that name.
func fieldIndex(t types.Type, name string) int {
	if ptr, ok := t.Underlying().(*types.Pointer); ok {
		t = ptr.Elem()
	}
	st, ok := t.Underlying().(*types.Struct)
	if !ok {
		return -1
	}
	return slices.IndexFunc(slices.Collect(st.Fields()), func(f *types.Var) bool { return f.Name() == name })
}

// literalField is the only value that a field of a variable ever gets, also as part of the whole; nil if there is none.
func (p *Program) literalField(alloc *ssa.Alloc, index int) ssa.Value {
	for range 5 {
		stores := p.fieldStores(alloc)[index]
		whole := p.stores[alloc]
		if len(whole) == 0 && len(stores) == 1 {
			return stores[0].Val
		}
		if len(whole) != 1 || len(stores) > 0 {
			return nil
		}
		load, ok := whole[0].Val.(*ssa.UnOp)
		if !ok {
			return nil
		}
		if alloc, ok = p.Cell(load.X).(*ssa.Alloc); !ok {
			return nil
		}
	}
	return nil
}

// fieldStores returns the instructions that write single fields of a variable, by the fields' indexes.
func (p *Program) fieldStores(alloc *ssa.Alloc) map[int][]*ssa.Store {
	if known, ok := p.fields[alloc]; ok {
		return known
	}
	found := map[int][]*ssa.Store{}
	for _, ref := range p.uses(alloc) {
		if fa, ok := ref.(*ssa.FieldAddr); ok && len(p.stores[fa]) > 0 {
			found[fa.Field] = append(found[fa.Field], p.stores[fa]...)
		}
	}
	p.fields[alloc] = found
	return found
}

func fieldName(t types.Type, index int) string {
	if ptr, ok := t.Underlying().(*types.Pointer); ok {
		t = ptr.Elem()
	}
	if st, ok := t.Underlying().(*types.Struct); ok {
		return st.Field(index).Name()
	}
	return strconv.Itoa(index)
}

func (p *Program) extract(v *ssa.Extract) Path {
	if v.Index == 0 {
		switch tuple := v.Tuple.(type) {
		case *ssa.Call:
			return p.result(tuple)
		case *ssa.TypeAssert:
			return p.Path(tuple.X)
		}
	}
	return Path{Root: v}
}

// result follows the first result of a call.
func (p *Program) result(call *ssa.Call) Path {
	c := p.Callee(call)
	if c.Method == nil {
		return Path{Root: call}
	}
	if i, ok := p.Table.Wraps(c.Method); ok && c.Recv == nil && i < len(c.Args) {
		return p.Path(c.Args[i])
	}
	if c.Recv != nil && p.Table.Other(c.Method) {
		return p.other(call, c)
	}
	if c.Recv != nil && (p.Table.Derives(c.Method) || p.derivesSequence(c)) {
		return p.Path(c.Recv).Join(">" + c.Method.Name())
	}
	if g := p.getter(c); g != nil {
		return p.Lead(c.Param(g.Param), g.Steps)
	}
	if c.Recv != nil && call.Call.IsInvoke() && len(c.Args) == 0 {
		return p.Path(c.Recv).Join("." + c.Method.Name() + "()")
	}
	return Path{Root: call}
}

// other names a store made from another one; two are the same only if a constant says which.
func (p *Program) other(call *ssa.Call, c Callee) Path {
	name := "!" + c.Method.Name()
	for _, arg := range c.Args {
		k, ok := arg.(*ssa.Const)
		if !ok {
			return Path{Root: call}
		}
		name += " " + strings.Map(plain, k.String())
	}
	return p.Path(c.Recv).Join(name)
}

func plain(r rune) rune {
	if strings.ContainsRune(".!>", r) {
		return '_'
	}
	return r
}

// derivesSequence reports whether c returns a function of a derived handle: a lazy sequence reads when it is ranged over.
func (p *Program) derivesSequence(c Callee) bool {
	res := c.Method.Signature().Results()
	if res.Len() == 0 || !p.Table.Declares(c.Recv.Type()) {
		return false
	}
	_, ok := res.At(0).Type().Underlying().(*types.Signature)
	return ok
}

func (p *Program) getter(c Callee) *Getter {
	g := new(Getter)
	if p.pass.ImportObjectFact(c.Method.Origin(), g) && c.Param(g.Param) != nil {
		return g
	}
	return nil
}

// findGetters exports a [Getter] for each function that only returns what it was given or holds.
func (p *Program) findGetters() {
	for changed := true; changed; {
		changed = false
		for _, fn := range p.Funcs {
			obj, ok := fn.Object().(*types.Func)
			if !ok || p.pass.ImportObjectFact(obj, new(Getter)) {
				continue
			}
			if g := p.asGetter(fn); g != nil {
				p.pass.ExportObjectFact(obj, g)
				clear(p.paths)
				changed = true
			}
		}
	}
}

func (p *Program) asGetter(fn *ssa.Function) *Getter {
	var path Path
	for instr := range Instrs(fn) {
		ret, ok := instr.(*ssa.Return)
		if !ok {
			continue
		}
		if len(ret.Results) == 0 || !p.interesting(ret.Results[0].Type()) {
			return nil
		}
		got := p.Path(ret.Results[0])
		if path.Known() && got != path {
			return nil
		}
		path = got
	}
	i := paramIndex(path.Root)
	if i < 0 || path.Root.Parent() != fn {
		return nil
	}
	return &Getter{Param: i, Steps: path.Steps}
}

// interesting reports whether a value of type t can be a store, a derived handle or something that holds one.
func (p *Program) interesting(t types.Type) bool {
	switch t.Underlying().(type) {
	case *types.Pointer, *types.Interface, *types.Struct:
		return !types.Identical(t, types.Universe.Lookup("error").Type())
	}
	return false
}

func paramIndex(v ssa.Value) int {
	param, ok := v.(*ssa.Parameter)
	if !ok {
		return -1
	}
	for i, q := range param.Parent().Params {
		if q == param {
			return i
		}
	}
	return -1
}
