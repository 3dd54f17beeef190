package facts_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/gen/facts"
	"github.com/keyfam/keyfam/gen/spec"
	"github.com/keyfam/keyfam/internal/stored"
	"github.com/keyfam/keyfam/store/family/dynamic"
)

// schema is a schema with one message, whose field has a type, and a family of
// these messages.
func schema(t *testing.T, fields, id string) *spec.Schema {
	t.Helper()
	s, diags := spec.Parse("families.yaml", fmt.Appendf(nil,
		"version: 1\npackage: p\nmessages:\n  m: {fields: {%s}}\nfamilies:\n  f: {accessor: Fs, id: %q, value: m}\n", fields, id))
	require.NoError(t, diags.Err())
	return s
}

// The packages that read the facts of a store know every scalar type in every
// place that the grammar has for it.
func TestReadersKnowEveryScalar(t *testing.T) {
	none := facts.Of(schema(t, "1: a bool", "string"))
	for _, scalar := range spec.Scalars() {
		types := []string{scalar.Word, "[]" + scalar.Word, "map[string]" + scalar.Word}
		if !scalar.None {
			types = append(types, scalar.Word+" optional")
		}
		for _, typ := range types {
			f := facts.Of(schema(t, fmt.Sprintf("1: a bool, 2: \"b %s\"", typ), "string"))
			parsed, err := dynamic.Parse("p", f.Text())
			require.NoError(t, err, typ)
			family, ok := parsed.Family("f")
			require.True(t, ok)
			require.Len(t, family.Type().Fields(), 2, typ)
			for _, c := range stored.Diff(none, f) {
				assert.Fail(t, "a field that may be absent breaks stored bytes", "%s: %s", typ, c.Rule)
			}
		}
	}
}

// The readers know every type of an id.
func TestReadersKnowEveryID(t *testing.T) {
	for _, scalar := range spec.Scalars() {
		if scalar.ID == nil {
			continue
		}
		types := []string{scalar.Word}
		if scalar.ID.Ordered != nil {
			types = append(types, scalar.Word+" ordered")
		}
		for _, typ := range types {
			parsed, err := dynamic.Parse("p", facts.Of(schema(t, "1: a bool", typ)).Text())
			require.NoError(t, err, typ)
			family, _ := parsed.Family("f")
			text := "7"
			if scalar.ID.Ordered != nil && strings.HasSuffix(typ, "ordered") {
				text = fmt.Sprintf("%0*d", scalar.ID.Ordered.Digits, 7)
			}
			_, err = family.ParseID(text)
			assert.NoError(t, err, typ)
		}
	}
}

// The package in which everything is generated, compiled and tested has every
// scalar type as a value, in a list and in a map.
func TestEverythingHasEveryScalar(t *testing.T) {
	src, err := os.ReadFile("../render/internal/everything/families.yaml")
	require.NoError(t, err)
	for _, scalar := range spec.Scalars() {
		for _, form := range []string{`[ :"]%s\b`, `\[\]%s\b`, `map\[string\]%s\b`} {
			assert.Regexp(t, fmt.Sprintf(form, regexp.QuoteMeta(scalar.Word)), string(src))
		}
	}
}
