package openers

import "go/types"

// Import paths of the packages that keyfam's own entries name.
const (
	Store  = "github.com/keyfam/keyfam/store"
	Family = "github.com/keyfam/keyfam/store/family"
	Codec  = "github.com/keyfam/keyfam/store/family/codec"
)

// Default returns a new table of keyfam's own openers: the untyped store and every generated package.
func Default() *Table {
	return &Table{Libraries: []Library{
		{
			Package: Store,
			Openers: []Opener{
				{Receiver: "Store", Func: "Transaction", Callback: 2, Handle: 1, Reruns: true},
				{Receiver: "Store", Func: "TransactionWith", Callback: 2, Handle: 1, Reruns: true},
				{Receiver: "Store", Func: "View", Callback: 1, Handle: 1, Reruns: true, ReadOnly: true},
				{Func: "TransactionValue", Outer: 1, Callback: 3, Handle: 1, Reruns: true},
				{Receiver: "Tx", Func: "Transaction", Callback: 2, Handle: 1, Reruns: true},
				{Receiver: "Handle", Func: "Transaction", Callback: 2, Handle: 1, Reruns: true},
				{Receiver: "Handle", Func: "TransactionWith", Callback: 2, Handle: 1, Reruns: true},
				{Receiver: "Tx", Func: "TransactionWith", Callback: 2, Handle: 1, Reruns: true},
			},
			Derives: methods("Store.Select", "Tx.Select", "Handle.Select").
				and("Selection", "Prefix", "From", "After", "Before", "Until", "Reverse", "Limit", "Where"),
			Harmless: []string{"Store.InTransaction", "Store.Driver", "Handle.InTransaction"},
			Other:    []string{"Store.Namespace"},
		},
		{
			Package: Family,
			Openers: []Opener{{Receiver: "Writer", Func: "Update", Callback: 2, Handle: -1, Reruns: true}},
			Derives: methods("Reader.Select", "Writer.Select").
				and("Selection", "From", "After", "Before", "Until", "Reverse", "Limit").
				and("Editable", "From", "After", "Before", "Until", "Reverse", "Limit"),
		},
		{
			Package: Codec, // its Unknown has a Reveal
		},
		{
			Package: Generated,
			Openers: []Opener{
				{Receiver: "families", Func: "Transaction", Callback: 2, Handle: 1, Reruns: true}, // of Repo and Tx
				{Receiver: "families", Func: "TransactionWith", Callback: 2, Handle: 1, Reruns: true},
				{Receiver: "Families", Func: "Transaction", Callback: 2, Handle: 1, Reruns: true},
				{Receiver: "Families", Func: "TransactionWith", Callback: 2, Handle: 1, Reruns: true},
				{Receiver: "Repo", Func: "View", Callback: 1, Handle: 1, Reruns: true, ReadOnly: true},
				{Func: "TransactionValue", Outer: 1, Callback: 3, Handle: 1, Reruns: true},
				{Func: "ViewValue", Outer: 1, Callback: 2, Handle: 1, Reruns: true, ReadOnly: true},
			},
			Accessors: true,
			Harmless:  []string{"families.InTransaction", "Families.InTransaction"},
			Wraps:     map[string]int{"Open": 1, "New": 0, "NewTx": 0},
		},
	}}
}

// IsGenerated reports whether famgen wrote pkg: it declares Repo, Tx, ReadTx and the interface Families.
func IsGenerated(pkg *types.Package) bool {
	scope := pkg.Scope()
	for _, name := range []string{"Repo", "Tx", "ReadTx"} {
		if tn, ok := scope.Lookup(name).(*types.TypeName); !ok || types.IsInterface(tn.Type()) {
			return false
		}
	}
	families, ok := scope.Lookup("Families").(*types.TypeName)
	return ok && types.IsInterface(families.Type())
}

// list is methods, written Type.Method.
type list []string

func methods(names ...string) list { return names }

// and adds methods of one type.
func (l list) and(receiver string, names ...string) list {
	for _, name := range names {
		l = append(l, receiver+"."+name)
	}
	return l
}
