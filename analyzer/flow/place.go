package flow

import (
	"go/token"
	"go/types"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// Root follows an address to the variable, allocation or parameter that it is part of.
func (p *Program) Root(v ssa.Value) ssa.Value {
	for range 20 {
		switch x := v.(type) {
		case *ssa.FieldAddr:
			v = x.X
		case *ssa.IndexAddr:
			v = x.X
		case *ssa.Slice:
			v = x.X
		case *ssa.ChangeType:
			v = x.X
		case *ssa.MakeInterface:
			v = x.X
		case *ssa.FreeVar:
			cell := p.Cell(x)
			if cell == v {
				return v
			}
			v = cell
		case *ssa.UnOp:
			if x.Op != token.MUL {
				return v
			}
			if v = p.Cell(x.X); p.once(v) != nil {
				v = p.once(v)
			} else if _, ok := v.(*ssa.Alloc); ok {
				return v
			}
		default:
			return v
		}
	}
	return v
}

// once returns the only value that a variable ever gets, or nil.
func (p *Program) once(cell ssa.Value) ssa.Value {
	if alloc, ok := cell.(*ssa.Alloc); ok && len(p.stores[alloc]) == 1 {
		return p.stores[alloc][0].Val
	}
	return nil
}

// Outside names root if it lives longer than a call of scope, with the index of the parameter of scope that it is, or -1.
// The handle itself is inside.
func (p *Program) Outside(root ssa.Value, scope *ssa.Function, handle *ssa.Parameter) (string, int) {
	const made = "a value from outside"
	switch root := root.(type) {
	case *ssa.Global:
		return root.Name(), -1
	case *ssa.Alloc:
		if !Within(root.Parent(), scope) {
			return orElse(p.name(root), made), -1
		}
	case *ssa.Parameter:
		if root.Parent() == scope && root != handle {
			return orElse(p.name(root), made), paramIndex(root)
		}
		if !Within(root.Parent(), scope) {
			return orElse(p.name(root), made), -1
		}
	case *ssa.FreeVar:
		return orElse(p.name(root), made), -1
	case ssa.Instruction: // what a call or a literal made
		if !Within(root.Parent(), scope) {
			return made, -1
		}
	}
	return "", -1
}

// ReadAfter reports whether code outside scope may read what scope stored in a variable: a read that is not behind another
// store of its own, or a use that cannot be followed, such as taking the variable's address.
func (p *Program) ReadAfter(cell *ssa.Alloc, scope *ssa.Function) bool {
	for _, use := range p.uses(cell) {
		if Within(use.Parent(), scope) {
			continue
		}
		switch use := use.(type) {
		case *ssa.Store:
			if use.Val == cell {
				return true
			}
		case *ssa.MakeClosure, *ssa.DebugRef:
		case *ssa.UnOp:
			if !p.behindStore(cell, use, scope) {
				return true
			}
		default:
			return true
		}
	}
	return false
}

// uses returns the instructions that name a variable, also as a captured one.
func (p *Program) uses(cell *ssa.Alloc) []ssa.Instruction {
	var out []ssa.Instruction
	values := []ssa.Value{cell}
	for len(values) > 0 {
		v := values[0]
		values = values[1:]
		for _, ref := range *v.Referrers() {
			out = append(out, ref)
			mc, ok := ref.(*ssa.MakeClosure)
			if !ok {
				continue
			}
			for i, b := range mc.Bindings {
				if b == v {
					values = append(values, mc.Fn.(*ssa.Function).FreeVars[i])
				}
			}
		}
	}
	return out
}

// behindStore reports whether something else has always been stored before read, and after scope was run.
func (p *Program) behindStore(cell *ssa.Alloc, read ssa.Instruction, scope *ssa.Function) bool {
	return slices.ContainsFunc(p.stores[cell], func(st *ssa.Store) bool {
		if !Within(read.Parent(), st.Parent()) || !p.Before(st, read) {
			return false
		}
		made := p.closure[scope]
		for made != nil && made.Parent() != st.Parent() {
			made = p.closure[made.Parent()]
		}
		return made == nil || p.Before(made, st)
	})
}

// Describe writes addr as the source does, or, where it has no name, as unnamed.
func (p *Program) Describe(addr ssa.Value, unnamed string) string {
	switch x := addr.(type) {
	case *ssa.FieldAddr:
		return p.Describe(x.X, unnamed) + "." + fieldName(x.X.Type(), x.Field)
	case *ssa.IndexAddr:
		return p.Describe(x.X, unnamed) + "[…]"
	case *ssa.UnOp:
		return p.Describe(p.Cell(x.X), unnamed)
	case *ssa.Global:
		return x.Name()
	case *ssa.FreeVar, *ssa.Parameter, *ssa.Alloc:
		return orElse(p.name(x), unnamed)
	}
	return unnamed
}

// name is the name that the source gives a variable, "" for what has none there:
// SSA form calls those complit, new, t12 and the like.
func (p *Program) name(v ssa.Value) string {
	switch v := p.Cell(v).(type) {
	case *ssa.Parameter:
		if obj, _ := v.Object().(*types.Var); obj != nil && obj.Name() != "_" {
			return obj.Name()
		}
	case *ssa.Alloc:
		if p.variables()[v.Pos()] == v.Comment {
			return v.Comment
		}
	}
	return ""
}

// variables is the names of all variables by the places of their declarations.
func (p *Program) variables() map[token.Pos]string {
	if p.vars == nil {
		p.vars = map[token.Pos]string{}
		for _, objects := range []iter.Seq[types.Object]{maps.Values(p.pass.TypesInfo.Defs), maps.Values(p.pass.TypesInfo.Implicits)} {
			for obj := range objects {
				if v, ok := obj.(*types.Var); ok {
					p.vars[v.Pos()] = v.Name()
				}
			}
		}
	}
	return p.vars
}

// LiteralName is the variable that a function literal is kept in, or else what to call it.
func (p *Program) LiteralName(fn *ssa.Function) string {
	var names []string
	for cell, stores := range p.stores {
		alloc, ok := cell.(*ssa.Alloc)
		if !ok || len(stores) != 1 || p.name(alloc) == "" {
			continue
		}
		val := stores[0].Val
		if mc, ok := val.(*ssa.MakeClosure); ok {
			val = mc.Fn
		}
		if val == fn {
			names = append(names, p.name(alloc))
		}
	}
	if len(names) == 0 {
		return "the function literal"
	}
	return slices.Min(names)
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// Before reports whether first has always run when second runs, within one call of the function that first stands in.
// Second may stand in a function literal that is made there.
func (p *Program) Before(first, second ssa.Instruction) bool {
	for second.Parent() != first.Parent() {
		mc := p.closure[second.Parent()]
		if mc == nil {
			return false
		}
		second = mc
	}
	if first.Block() != second.Block() {
		return first.Block().Dominates(second.Block())
	}
	for _, instr := range first.Block().Instrs {
		if instr == first {
			return true
		}
		if instr == second {
			return false
		}
	}
	return false
}

// A Place is a variable or a part of one.
type Place struct {
	// Root is the variable, parameter or value that the place is part of.
	Root ssa.Value
	// Steps are fields, elements and what pointers point to, from the root on.
	Steps string
}

// PlaceOf returns the place of an address: two equal ones are the same variable, field or element.
func (p *Program) PlaceOf(addr ssa.Value) Place {
	switch x := addr.(type) {
	case *ssa.FieldAddr:
		return p.PlaceOf(x.X).step("." + strconv.Itoa(x.Field))
	case *ssa.IndexAddr:
		return p.PlaceOf(x.X).step("[" + x.Index.Name())
	case *ssa.UnOp:
		if x.Op == token.MUL {
			return p.PlaceOf(x.X).step("*")
		}
	case *ssa.ChangeType:
		return p.PlaceOf(x.X)
	case *ssa.MakeInterface:
		return p.PlaceOf(x.X)
	case *ssa.FreeVar:
		if cell := p.Cell(x); cell != addr {
			return p.PlaceOf(cell)
		}
	}
	return Place{Root: addr}
}

func (l Place) step(s string) Place {
	l.Steps += s
	return l
}

// Covers reports whether l is m or m a part of it.
func (l Place) Covers(m Place) bool { return l.Root == m.Root && strings.HasPrefix(m.Steps, l.Steps) }
