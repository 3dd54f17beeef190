package spec

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Each kind has one row in the table, or is one of those that a word alone
// does not name.
func TestEveryKindIsKnown(t *testing.T) {
	composed := map[Kind]bool{Enum: true, Message: true, List: true, Map: true, Go: true}
	seen := map[Kind]bool{}
	for _, s := range scalars {
		assert.False(t, seen[s.Kind], "%s has two rows", s.Word)
		seen[s.Kind] = true
	}
	for k := Kind(1); k < kinds; k++ {
		assert.NotEqual(t, composed[k], seen[k], "the kind %d needs a row in scalars, or a place among the composed", k)
		assert.NotContains(t, k.String(), "Kind(")
	}
}

// A column that is needed is never empty.
func TestScalarRowsAreComplete(t *testing.T) {
	for _, s := range scalars {
		for column, text := range map[string]string{"Go": s.Go, "Method": s.Method, "Zero": s.Zero, "Proto": s.Proto} {
			assert.NotEmpty(t, text, "%s of %s", column, s.Word)
		}
		assert.Same(t, scalarNamed(s.Word), s.Kind.Scalar())
		if s.ID != nil {
			assert.Equal(t, s.ID.Number, s.ID.Format != "", "%s: numbers are formatted, text is not", s.Word)
		}
	}
	require.Panics(t, func() { List.Scalar() })
}
