package stored

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

const example = `keyfam schema 2
+field-name key-pair 1 public
+hint session shown first
+id session name device
enum families.peer android 1
family note string {string} - 
family session bytes {string}.{uint32}
field key-pair 1 bytes[32]
field key-pair 2 string optional
index session by-name 1
inverse lid-mapping _reverse
message key-pair
name key-pair public 1
retired-family receipt
retired-field key-pair 3
`

func TestText(t *testing.T) {
	f, err := Parse(example)
	require.NoError(t, err)
	assert.Equal(t, "string {string} - ", f["family note"], "an id may end with a space")
	assert.Equal(t, "string optional", f["field key-pair 2"])
	assert.Contains(t, f, "retired-field key-pair 3")
	assert.Equal(t, example, f.Text())
	assert.Equal(t, []string{"note", "session"}, f.Families())
}

func TestMalformed(t *testing.T) {
	_, err := Parse("keyfam schema 3\n?")
	assert.ErrorIs(t, err, ErrNewer)
	_, err = Parse("keyfam schema 1\nfamily a bytes {string}\n")
	assert.ErrorIs(t, err, ErrTrial)
	for _, text := range []string{
		"", "x", "keyfam schema", "keyfam schema 0", "keyfam schema 03", "keyfam schema 3 ", "keyfam schema x",
		header + "\nfamily", header + "\nfield a", header + "\n\n", header + "\n+", header + "\n++a b", header + "\nFamily a b",
		header + "\n a", header + "\nfamily a b\nfamily a c", header + "\nindex a\nindex a", header + "\n+secret", header + "\n?hint a",
	} {
		_, err := Parse(text)
		assert.ErrorIs(t, err, ErrMalformed, "%q", text)
	}
}

// A fact of an unknown kind stays as it is; whether it stops a reader is in
// its kind.
func TestUnknownKinds(t *testing.T) {
	f := facts(t, "+hint a b\nfamily a bytes {string}")
	assert.Empty(t, f.Beyond())
	mine := facts(t, "family a bytes {string}")
	assert.Empty(t, f.Refusal(mine))
	assert.False(t, f.Merge(mine))
	assert.Equal(t, header+"\n+hint a b\nfamily a bytes {string}\n", f.Text())
	f = facts(t, "+hint a b\nindex a by-b  b \nfamily a bytes {string}")
	assert.Equal(t, "index", f.Beyond())
	assert.Contains(t, f.Text(), "\nindex a by-b  b \n")
}

// What describes refuses nobody, whatever changes in it.
func TestDescriptionsRefuseNobody(t *testing.T) {
	old := facts(t, "+enum-name families.a 1 x\n+field-name r 1 a\n+go-type families.a.value x.Y\n+id a b c\n+secret families.a\nmessage r")
	mine := facts(t, "+enum-name families.a 1 y\n+field-name r 1 b\n+go-type families.a.value x.Z\n+id a d e\nmessage r")
	assert.Empty(t, Diff(old, mine))
	assert.Empty(t, Diff(mine, old))
	assert.Equal(t, old.Binding(), mine.Binding())
	assert.True(t, old.Merge(mine))
	assert.Equal(t, "b", old["+field-name r 1"], "the last one's names")
	assert.Contains(t, old, "+secret families.a", "what was secret stays so")
}

// Texts that tell what is wrong, as Open says them.
func TestRefusal(t *testing.T) {
	for _, c := range []struct{ old, mine, want string }{
		{"family a bytes {string}", "family a bytes {string}", ""},
		{"family a bytes {string}", "family b bytes {string}", ""},
		{"family a bytes {string}", "family a bytes {uint32}", "the id of family a was {string} and is now {uint32}"},
		{"family a bytes[..8] {string}", "family a bytes {string}", ""},
		{"family a bytes {string}", "family a bytes[..8] {string}", "the value of family a was bytes and is now bytes[..8]"},
		{"family a bytes-a {string}", "family a bytes-b {string}", "the value of family a was bytes-a and is now bytes-b"},
		{"retired-family a", "family a bytes {string}", "family a was retired"},
		{"family a bytes {string}", "retired-family a", ""},
		{"message r\nfield r 1 string", "message r\nfield r 1 bytes", "field 1 of message r was string and is now bytes"},
		{"message r", "message r\nfield r 2 bytes[8]", "field 2 of message r (bytes[8]) is required and was not there"},
		{"message r", "message r\nfield r 2 bytes[8] optional", ""},
		{"", "message r\nfield r 2 bytes[8]", ""},
		{"message r\nfield r 2 bytes[8]", "message r", "field 2 of message r (bytes[8]) is required and now missing"},
		{"message r\nfield r 2 bytes[8]", "", ""},
		{"name r a 1", "name r a 2", "field a of message r had the number 1 and now has 2"},
	} {
		old, mine := facts(t, c.old), facts(t, c.mine)
		assert.Equal(t, c.want, old.Refusal(mine), "%s / %s", c.old, c.mine)
	}
}

func facts(t *testing.T, lines string) Facts {
	f, err := Parse(header + "\n" + lines)
	if lines == "" {
		f, err = Parse(header)
	}
	require.NoError(t, err)
	return f
}

var (
	base = rapid.SampledFrom([]string{
		"bool", "int32", "int64", "uint32", "uint64", "string", "bytes", "bytes[4]", "bytes[8]", "bytes[..4]", "bytes[..8]", "go{}", "r", "q",
	})
	fieldType = rapid.Custom(func(t *rapid.T) string {
		return rapid.SampledFrom([]string{"", "", "[]", "map[string]"}).Draw(t, "prefix") + base.Draw(t, "type") +
			rapid.SampledFrom([]string{"", "", " optional"}).Draw(t, "suffix")
	})
	schemas = rapid.Custom(func(t *rapid.T) Facts {
		f := Facts{}
		some := func(name string, content *rapid.Generator[string]) {
			if rapid.Bool().Draw(t, name) {
				f[name] = content.Draw(t, name)
			}
		}
		none, number := rapid.Just(""), rapid.SampledFrom([]string{"1", "2"})
		some("message r", none)
		if f.has("message r") {
			some("field r 1", fieldType)
			some("field r 2", fieldType)
			some("name r a", number)
			some("retired-field r 3", none)
		}
		id := rapid.SampledFrom([]string{" {string}", " {uint32}", " {uint32 ordered}", " {string}x"}).Draw(t, "id")
		some("family a", rapid.Map(base, func(typ string) string { return typ + id }))
		if f.has("family a") {
			some("inverse a", rapid.SampledFrom([]string{"_r", "_s"}))
			some("enum families.a x", number)
		} else {
			some("retired-family a", none)
		}
		return f
	})
)

// What hinders the older code is what the newer hinders the other way round,
// and a store that the newer code has opened remembers it.
func TestDirections(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		old, mine := schemas.Draw(t, "old"), schemas.Draw(t, "mine")
		older := false
		for _, c := range Diff(old, mine) {
			older = older || c.Older
			if !c.Newer && !c.Older || c.Rule == "" || c.Text == "" {
				t.Fatalf("a change that hinders nobody: %+v", c)
			}
		}
		if older != (mine.Refusal(old) != "") {
			t.Fatalf("older code: %v, refused for %q", older, mine.Refusal(old))
		}
		if Diff(old, old) != nil {
			t.Fatal("a schema differs from itself")
		}
		if old.Refusal(mine) != "" {
			return
		}
		row := maps.Clone(old)
		if added := row.Merge(mine); added == maps.Equal(row, old) {
			t.Fatal("Merge does not know whether it added anything")
		}
		if why := row.Refusal(mine); why != "" || row.Merge(mine) {
			t.Fatalf("refused on its second visit: %s", why)
		}
		if older != (row.Refusal(old) != "") {
			t.Fatalf("older code: %v, and after the newer refused for %q", older, row.Refusal(old))
		}
	})
}

// A row only ever becomes wider: whoever has been let in and is let in again
// can read what all others wrote between.
func TestRowsWiden(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		row := Facts{}
		var visitors []Facts
		for range 5 {
			mine := schemas.Draw(t, "mine")
			if row.Refusal(mine) != "" {
				continue
			}
			row.Merge(mine)
			for _, v := range visitors {
				if row.Refusal(v) == "" && mine.Refusal(v) != "" {
					t.Fatal("let in although it cannot read what the last one writes")
				}
			}
			visitors = append(visitors, mine)
		}
	})
}
