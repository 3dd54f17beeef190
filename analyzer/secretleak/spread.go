package secretleak

import (
	"cmp"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis/passes/printf"
	"golang.org/x/tools/go/ssa"

	"github.com/keyfam/keyfam/analyzer/flow"
)

// sinks are functions that print their arguments and are not known as such by the printf check.
var sinks = []string{
	"errors.New", "log/slog.*", "(*log/slog.Logger).*", "fmt.Append*",
	"(*log.Logger).Output", "log.Output",
}

// through are packages whose functions hand bytes on: what they return is made of what they are given.
var through = []string{"encoding/hex", "encoding/base64", "encoding/base32", "encoding/json", "bytes", "strings", "slices", "strconv"}

func (c *check) visit(fn *ssa.Function, instr ssa.Instruction) {
	switch instr := instr.(type) {
	case *ssa.Store:
		if !c.copied(instr) {
			c.store(instr.Addr, c.values[instr.Val])
		}
	case *ssa.MapUpdate:
		c.store(instr.Map, c.values[instr.Value]|c.values[instr.Key])
	case *ssa.Return:
		c.returned(fn, instr)
	case *ssa.Panic:
		c.printed(fn, c.values[instr.X], "panic", nil, instr.Pos())
	case ssa.CallInstruction:
		c.call(fn, instr)
	case ssa.Value:
		c.value(instr)
	}
}

func (c *check) mark(v ssa.Value, m mark) {
	if m != 0 && c.values[v]|m != c.values[v] {
		c.values[v] |= m
		c.grew = true
	}
}

func (c *check) store(addr ssa.Value, m mark) {
	if m != 0 {
		c.storeAt(c.place(addr), m)
	}
}

func (c *check) storeAt(p flow.Place, m mark) {
	steps := c.memory[p.Root]
	if steps == nil {
		steps = map[string]mark{}
		c.memory[p.Root] = steps
	}
	if steps[p.Steps]|m != steps[p.Steps] {
		steps[p.Steps] |= m
		c.grew = true
	}
}

// copied handles a struct that is copied whole: each of its fields keeps its own mark.
func (c *check) copied(st *ssa.Store) bool {
	load, ok := st.Val.(*ssa.UnOp)
	if _, isStruct := st.Val.Type().Underlying().(*types.Struct); !ok || load.Op != token.MUL || !isStruct {
		return false
	}
	from, to := c.place(load.X), c.place(st.Addr)
	for steps, m := range c.memory[from.Root] {
		if part, ok := strings.CutPrefix(steps, from.Steps); ok {
			c.storeAt(within(to, part), m)
		} else if strings.HasPrefix(from.Steps, steps) {
			c.storeAt(to, m)
		}
	}
	return true
}

// deepest bounds the steps of a place, in bytes.
const deepest = 256

// within is a part of a place. What lies too deep counts as the whole: a list
// that is copied into its own tail would never end.
func within(p flow.Place, part string) flow.Place {
	if len(p.Steps)+len(part) <= deepest {
		p.Steps += part
	}
	return p
}

// place is the place of an address with all elements of an array, slice or map taken as one.
func (c *check) place(addr ssa.Value) flow.Place {
	switch x := addr.(type) {
	case *ssa.IndexAddr:
		return c.place(x.X)
	case *ssa.Slice:
		return c.place(x.X)
	}
	return c.p.PlaceOf(addr)
}

// stored is the mark of what stands at addr: of the place, what it is part of and its parts.
func (c *check) stored(addr ssa.Value) mark {
	p := c.place(addr)
	var m mark
	for steps, sm := range c.memory[p.Root] {
		if strings.HasPrefix(steps, p.Steps) || strings.HasPrefix(p.Steps, steps) {
			m |= sm
		}
	}
	return m
}

func (c *check) value(v ssa.Value) {
	if !bytes(v.Type()) {
		return
	}
	switch x := v.(type) {
	case *ssa.UnOp:
		if x.Op == token.MUL {
			c.mark(v, c.stored(x.X))
			if _, ok := x.X.(*ssa.IndexAddr); ok {
				c.mark(v, c.operands(x.X.(*ssa.IndexAddr).X))
			}
		}
	case *ssa.Slice:
		c.mark(v, c.operands(x.X)|c.stored(x.X))
	case *ssa.MakeInterface:
		c.mark(v, c.operands(x.X)|c.behind(x.X))
	case *ssa.Convert, *ssa.ChangeType, *ssa.ChangeInterface, *ssa.Phi, *ssa.SliceToArrayPointer, *ssa.MultiConvert,
		*ssa.TypeAssert, *ssa.Extract, *ssa.Index, *ssa.Lookup, *ssa.Field:
		for _, op := range v.(ssa.Instruction).Operands(nil) {
			c.mark(v, c.operands(*op))
		}
	case *ssa.BinOp:
		if x.Op == token.ADD {
			c.mark(v, c.operands(x.X)|c.operands(x.Y))
		}
	}
}

// behind is the mark of what a pointer, map or slice that is printed leads to.
func (c *check) behind(v ssa.Value) mark {
	switch v.Type().Underlying().(type) {
	case *types.Pointer, *types.Map, *types.Slice:
		return c.stored(v)
	}
	return 0
}

func (c *check) operands(v ssa.Value) mark {
	if v == nil {
		return 0
	}
	return c.values[v] | c.values[c.p.Cell(v)]
}

func (c *check) returned(fn *ssa.Function, ret *ssa.Return) {
	var m mark
	for _, v := range ret.Results {
		if bytes(v.Type()) {
			m |= c.operands(v)
		}
	}
	c.note(&c.known[fn].Returns, m)
}

func (c *check) note(to *mark, m mark) {
	if *to|m != *to {
		*to |= m
		c.grew = true
	}
}

// printed records that a call prints bytes: a leak if they are secret, a fact if they are the function's own parameters.
func (c *check) printed(fn *ssa.Function, m mark, to string, call ssa.CallInstruction, pos token.Pos) {
	if m == 0 || c.markers.Covers(pos) {
		return
	}
	if _, seen := c.leaks[pos]; m&secret != 0 && !seen {
		c.leaks[pos] = leak{to, call}
		c.order = append(c.order, pos)
	}
	for fn.Parent() != nil {
		fn = fn.Parent()
	}
	if k := c.known[fn]; k != nil && m&^secret != 0 {
		c.note(&k.Prints, m&^secret)
		if k.To == "" {
			k.To = to
		}
	}
}

func (c *check) call(fn *ssa.Function, call ssa.CallInstruction) {
	v, _ := call.(*ssa.Call)
	if b, ok := call.Common().Value.(*ssa.Builtin); ok {
		c.builtin(v, b, call.Common().Args)
		return
	}
	callee := c.p.Callee(call)
	if v != nil && callee.Method != nil && c.reveals(callee.Method) {
		c.mark(v, secret)
		return
	}
	var all mark
	for _, arg := range callee.Args {
		all |= c.operands(arg)
	}
	if callee.Method == nil {
		c.literal(v, callee, all)
		return
	}
	if c.buffered(v, callee, all) {
		return
	}
	if to := cmp.Or(c.stream(callee), c.sink(callee.Method)); to != "" {
		c.printed(fn, c.printedArgs(callee), to, call, c.p.Pos(call))
		return
	}
	if v != nil && callee.Method.Pkg() != nil && slices.Contains(through, callee.Method.Pkg().Path()) && bytes(v.Type()) {
		c.mark(v, all)
	}
	c.helper(fn, call, callee)
}

// stream returns the name of a call that writes to standard output or standard error, or "". Another file is a place to keep
// a secret.
func (c *check) stream(callee flow.Callee) string {
	name := callee.Method.FullName()
	if callee.Recv == nil || name != "(*os.File).Write" && name != "(*os.File).WriteString" {
		return ""
	}
	if to := c.p.Path(callee.Recv); to == (flow.Path{Global: "os.Stderr"}) || to == (flow.Path{Global: "os.Stdout"}) {
		return to.Global + "." + callee.Method.Name()
	}
	return ""
}

// buffered passes marks into a buffer and out of it, and reports whether callee is a method of one.
func (c *check) buffered(v *ssa.Call, callee flow.Callee, all mark) bool {
	if callee.Recv == nil {
		return false
	}
	switch callee.Recv.Type().String() {
	case "*bytes.Buffer", "*strings.Builder":
		if strings.HasPrefix(callee.Method.Name(), "Write") {
			c.store(callee.Recv, all)
		} else if v != nil && bytes(v.Type()) {
			c.mark(v, c.stored(callee.Recv))
		}
		return true
	}
	return false
}

func (c *check) builtin(v *ssa.Call, b *ssa.Builtin, args []ssa.Value) {
	switch b.Name() {
	case "append":
		if v != nil {
			for _, arg := range args {
				c.mark(v, c.operands(arg))
			}
		}
	case "copy":
		c.store(args[0], c.operands(args[1]))
		c.mark(args[0], c.operands(args[1]))
	}
}

// literal passes marks into a function literal and out of it.
func (c *check) literal(v *ssa.Call, callee flow.Callee, all mark) {
	if callee.Body == nil || c.known[callee.Body] == nil {
		return
	}
	for i, param := range callee.Body.Params {
		if i < len(callee.Args) {
			c.mark(param, c.operands(callee.Args[i]))
		}
	}
	if v != nil {
		c.mark(v, c.known[callee.Body].Returns)
	}
}

// helper applies what is known of a declared function.
func (c *check) helper(fn *ssa.Function, call ssa.CallInstruction, callee flow.Callee) {
	k := c.known[callee.Body]
	if k == nil {
		k = new(Passes)
		if !c.pass.ImportObjectFact(callee.Method.Origin(), k) {
			return
		}
	}
	v, _ := call.(*ssa.Call)
	var prints mark
	for i := 0; callee.Param(i) != nil; i++ {
		m := c.operands(callee.Param(i))
		if k.Prints&fromParam(i) != 0 {
			prints |= m
		}
		if v != nil && k.Returns&fromParam(i) != 0 {
			c.mark(v, m)
		}
	}
	if v != nil {
		c.mark(v, k.Returns&secret)
	}
	if prints != 0 {
		c.printed(fn, prints, callee.Method.Name()+" (which calls "+k.To+")", call, c.p.Pos(call))
	}
}

// printedArgs is the mark of the arguments that a sink prints: of a wrapper of fmt, the format and what follows.
func (c *check) printedArgs(callee flow.Callee) mark {
	from := 0
	switch n := len(callee.Args); c.printers.Kind(callee.Method) {
	case printf.KindPrint:
		from = n - 1
	case printf.KindPrintf, printf.KindErrorf:
		from = n - 2
	}
	var m mark
	for _, arg := range callee.Args[max(from, 0):] {
		m |= c.operands(arg)
	}
	return m
}

// sink returns the name of a function that prints its arguments, or "".
func (c *check) sink(fn *types.Func) string {
	full := fn.FullName()
	known := slices.ContainsFunc(sinks, func(s string) bool {
		start, all := strings.CutSuffix(s, "*")
		return full == s || all && strings.HasPrefix(full, start)
	})
	if !known && c.printers.Kind(fn) == printf.KindNone {
		return ""
	}
	if fn.Signature().Recv() != nil {
		return fn.Name()
	}
	return fn.Pkg().Name() + "." + fn.Name()
}

// bytes reports whether a value of type t can hold readable bytes: not a number, a bool or an error.
func bytes(t types.Type) bool {
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return u.Info()&types.IsString != 0
	case *types.Interface:
		return !types.Identical(t, types.Universe.Lookup("error").Type())
	case *types.Tuple:
		return slices.ContainsFunc(slices.Collect(u.Variables()), func(v *types.Var) bool { return bytes(v.Type()) })
	}
	return true
}
