package openers

import (
	"go/types"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/packages"
)

// real are the packages that the entries of Default are about.
var real = map[string]string{
	Store:     Store,
	Family:    Family,
	Codec:     Codec,
	Generated: "github.com/keyfam/keyfam/generated/signalkeys",
}

// TestDefaultResolves finds every function of Default's table in the real
// packages, so that a rename there fails here.
func TestDefaultResolves(t *testing.T) {
	table := Default()
	for _, lib := range table.Libraries {
		pkgs, err := packages.Load(&packages.Config{Mode: packages.LoadTypes}, real[lib.Package])
		require.NoError(t, err)
		require.Len(t, pkgs, 1)
		require.Empty(t, pkgs[0].Errors)
		pkg := pkgs[0].Types
		require.True(t, table.Knows(pkg), lib.Package)

		for i := range lib.Openers {
			o := &lib.Openers[i]
			name := strings.TrimPrefix(o.Receiver+"."+o.Func, ".")
			fn := lookup(pkg, name)
			require.NotNil(t, fn, "%s has no %s", pkg.Path(), name)
			require.Equal(t, o, table.Opener(fn), name)
			params := fn.Signature().Params()
			require.Less(t, o.Callback, params.Len(), name)
			callback, ok := params.At(o.Callback).Type().Underlying().(*types.Signature)
			require.True(t, ok, "%s: parameter %d is no callback", name, o.Callback)
			require.Less(t, o.Handle, callback.Params().Len(), name)
			if o.Handle >= 0 {
				require.NotNil(t, o.handle(pkg), name)
				require.NotContains(t, callback.Params().At(o.Handle).Type().String(), "context.", name)
			}
		}
		others := slices.Concat(lib.Derives, lib.Harmless, lib.Other, lib.After)
		for name := range lib.Wraps {
			others = append(others, name)
		}
		for _, name := range others {
			require.NotNil(t, lookup(pkg, name), "%s has no %s", pkg.Path(), name)
		}
	}
}

// lookup returns the function or method that a table calls by name.
func lookup(pkg *types.Package, name string) *types.Func {
	receiver, method, ok := strings.Cut(name, ".")
	if !ok {
		fn, _ := pkg.Scope().Lookup(name).(*types.Func)
		return fn
	}
	typ, ok := pkg.Scope().Lookup(receiver).(*types.TypeName)
	if !ok {
		return nil
	}
	obj, _, _ := types.LookupFieldOrMethod(typ.Type(), true, pkg, method)
	fn, _ := obj.(*types.Func)
	return fn
}
