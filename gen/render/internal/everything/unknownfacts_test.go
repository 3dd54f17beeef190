package everything_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/gen/render/internal/everything"
	"github.com/keyfam/keyfam/internal/reserved"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family"
	"github.com/keyfam/keyfam/store/memstore"
)

const head = "keyfam schema 2\n"

// row stores and reads the schema row of a package past every check.
type row struct {
	*testing.T
	s *store.Store
}

func newRow(t *testing.T) row {
	s, err := memstore.Open(t.Context(), nil)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close()) })
	return row{t, s}
}

func (r row) put(pkg, text string) {
	ctx := reserved.Context(r.Context())
	require.NoError(r, r.s.Set(ctx, new(store.DataSet).Put(reserved.Schema, pkg, []byte(text))))
}

func (r row) get(pkg string) string {
	value, _, err := r.s.Get(reserved.Context(r.Context()), reserved.Schema, pkg)
	require.NoError(r, err)
	return string(value)
}

// Facts of kinds that this version does not know, in the row of the package and
// of another one.
func TestUnknownFacts(t *testing.T) {
	const hint, must = "+hint ordered  shown first \n", "unheard-of ordered by-x 1\n"
	own := func(fact string) string {
		lines := append(strings.SplitAfter(strings.TrimPrefix(everything.Schema, head), "\n"), fact)
		return head + strings.Join(lines, "")
	}
	for name, c := range map[string]struct{ pkg, text, want string }{
		"ignorable, own":       {"everything", own(hint), ""},
		"ignorable, another's": {"other", head + hint + "family mine bytes {string}\n", ""},
		"must, own":            {"everything", own(must), "newer version of the package everything has written here: its schema has facts of the kind unheard-of"},
		"must, another's":      {"other", head + "family mine bytes {string}\n" + must, ""},
		"must, another's of one family": {
			"other", head + "family ordered bool {uint32 ordered}\n" + must,
			"family ordered belongs to the package other",
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRow(t)
			r.put(c.pkg, c.text)
			_, err := everything.Open(t.Context(), r.s)
			if c.want != "" {
				require.ErrorIs(t, err, store.ErrSchema)
				require.ErrorContains(t, err, c.want)
				require.Equal(t, c.text, r.get(c.pkg), "a refusal changes nothing")
				return
			}
			require.NoError(t, err)
			const more = "family zz-new bytes {string}\n"
			err = family.Open(t.Context(), r.s, c.pkg, head+more) // rewrites the row
			if strings.HasPrefix(name, "must") {
				require.ErrorIs(t, err, store.ErrSchema, "the other package itself")
				require.Equal(t, c.text, r.get(c.pkg))
				return
			}
			require.NoError(t, err)
			for line := range strings.Lines(c.text + more) {
				require.Contains(t, r.get(c.pkg), "\n"+strings.TrimPrefix(line, head), "kept byte for byte")
			}
		})
	}
}

// Code whose schema the runtime does not understand is not let in.
func TestSchemaBeyondTheRuntime(t *testing.T) {
	r := newRow(t)
	err := family.Open(t.Context(), r.s, "later", head+"family mine bytes {string}\nunheard-of mine\n")
	require.ErrorIs(t, err, store.ErrSchema)
	require.ErrorContains(t, err, "unheard-of")
	require.Empty(t, r.get("later"))
}

// Rows that cannot be read: what they are is named, in the own row and in another
// package's, which may claim who knows what.
func TestUnreadableRows(t *testing.T) {
	for text, want := range map[string]struct {
		is   error
		says string
	}{
		"keyfam schema 1\nfamily ordered bool {uint32 ordered}\n": {store.ErrSchema, "written by an earlier trial version"},
		"keyfam schema 3\n": {store.ErrSchema, "written by a newer keyfam"},
		"":                  {store.ErrCorrupt, "malformed facts"},
		"marker":            {store.ErrCorrupt, "malformed facts"},
		head + "family\n":   {store.ErrCorrupt, "malformed facts"},
		head + "Marker x\n": {store.ErrCorrupt, "malformed facts"},
		head + "\n":         {store.ErrCorrupt, "malformed facts"},
		head + "message a\nfamily b bytes {string}\nmessage a\n": {store.ErrCorrupt, "malformed facts"},
	} {
		for _, pkg := range []string{"everything", "other"} {
			r := newRow(t)
			r.put(pkg, text)
			_, err := everything.Open(t.Context(), r.s)
			require.ErrorIs(t, err, want.is, text)
			require.ErrorContains(t, err, want.says)
			require.ErrorContains(t, err, "the package "+pkg)
			require.NotContains(t, strings.ToLower(err.Error()), "marker")
			require.Equal(t, text, r.get(pkg))
		}
	}
}

// Names may change: the row has the last ones, and nobody is refused.
func TestRenamingIsNoBreak(t *testing.T) {
	r := newRow(t)
	old := "+field-name r 1 a\n+id f x y\nfamily f r {string}/{uint32}\nfield r 1 string\nmessage r\nname r a 1\n"
	now := strings.NewReplacer("1 a\n", "1 b\n", "x y", "z y", "r a 1", "r b 1").Replace(old)
	require.NoError(t, family.Open(t.Context(), r.s, "p", head+old))
	require.NoError(t, family.Open(t.Context(), r.s, "p", head+now))
	require.Contains(t, r.get("p"), "\n+field-name r 1 b\n+id f z y\n")
	require.Contains(t, r.get("p"), "name r a 1\nname r b 1\n")
	require.NoError(t, family.Open(t.Context(), r.s, "p", head+old))
}
