package family_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// S2: the Equal of secret types, ours and generated ones, is one call of
// crypto/subtle on the whole of both, without a branch or another comparison
// of what they hold. (Times are not measured: they would show the machine.)
func TestSecretsCompareInConstantTime(t *testing.T) {
	for _, file := range []string{"secret.go", "../../generated/signalkeys/secrets.go"} {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		require.NoError(t, err)
		found := 0
		for _, decl := range parsed.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok || f.Name.Name != "Equal" {
				continue
			}
			found++
			require.Len(t, f.Body.List, 1, file)
			ret := f.Body.List[0].(*ast.ReturnStmt).Results[0].(*ast.BinaryExpr)
			call := ret.X.(*ast.CallExpr)
			fun := call.Fun.(*ast.SelectorExpr)
			assert.Equal(t, "subtle.ConstantTimeCompare", fun.X.(*ast.Ident).Name+"."+fun.Sel.Name, file)
			assert.Equal(t, "1", ret.Y.(*ast.BasicLit).Value)
		}
		assert.NotZero(t, found, file)
	}
}
