package dynamic

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family"
	"github.com/keyfam/keyfam/store/family/codec"
)

const head = "keyfam schema 2\n"

const shop = head + `+enum-name messages.order.4 1 paid
+field-name line 1 article
+field-name line 2 count
+field-name order 1 customer
+field-name order 2 card
+field-name order 3 lines
+field-name order 4 state
+field-name order 5 note
+go-type families.blob.value example.com/shop.Blob
+id order shop number
+secret families.order
+secret families.pin
+secret messages.order.2
enum messages.order.4 open 1
enum messages.order.4 paid 1
family blob go{} {string}
family order order {string}/{uint32 ordered}
family pin bytes {int64}
family tags map[string]string {string}
field line 1 string
field line 2 uint32 optional
field order 1 string
field order 2 bytes[4]
field order 3 []line
field order 4 int32
field order 5 string optional
message line
message order
`

func parse(t *testing.T, text string) *Schema {
	s, err := Parse("shop", text)
	require.NoError(t, err)
	return s
}

func get(t *testing.T, s *Schema, name string) *Family {
	f, ok := s.Family(name)
	require.True(t, ok)
	return f
}

// Secrets show only when they are revealed, by no printer.
func TestForm(t *testing.T) {
	s := parse(t, shop)
	assert.Equal(t, shop, s.Text())
	order := get(t, s, "order")
	const form = `{"customer":"<ann>","card":"AAECAw==","lines":[{"article":"tea"},{"article":"","count":0}],"state":"paid"}`
	v, err := order.FromJSON([]byte(form))
	require.NoError(t, err)
	assert.Equal(t, form, string(v.Reveal()))
	redacted := strings.Replace(form, "AAECAw==", family.Redacted, 1)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x"} {
		assert.Equal(t, redacted, fmt.Sprintf(verb, v))
	}
	assert.Equal(t, redacted, v.LogValue().String())
	b, err := order.Codec().Marshal(v)
	require.NoError(t, err)
	back, err := order.Codec().Unmarshal(b)
	require.NoError(t, err)
	assert.Equal(t, form, string(back.Reveal()))

	_, err = order.FromJSON([]byte(redacted))
	require.ErrorIs(t, err, family.ErrRedacted)
	require.ErrorIs(t, err, store.ErrInvalid)
	pin, err := get(t, s, "pin").FromJSON([]byte(`"AQ=="`))
	require.NoError(t, err)
	assert.Equal(t, `"[redacted]"`, fmt.Sprint(pin))
	assert.Equal(t, `"AQ=="`, string(pin.Reveal()))
	assert.Equal(t, "example.com/shop.Blob", get(t, s, "blob").Type().GoType)

	old, err := order.FromJSON([]byte(strings.Replace(form, "paid", "open", 1)))
	require.NoError(t, err, "a name that the number had")
	assert.Equal(t, form, string(old.Reveal()))
}

// Errors say where, in words of the schema, and repeat nothing of the value.
func TestErrorsNameThePath(t *testing.T) {
	s := parse(t, shop)
	const card = `"card":"AAECAw=="`
	for _, c := range []struct{ family, data, want string }{
		{"order", `{"customer":17}`, "the value.customer must be a string"},
		{"order", `{"customer":"marker"}`, "the value.card is missing"},
		{"order", `{"card":"AAEC"}`, "the value.card has 3 bytes, not 4"},
		{"order", `{` + card + `,"lines":[{},{"count":-1}]}`, "the value.lines[1].count must be a number of the type uint32"},
		{"order", `{` + card + `,"lines":[{},{"count":1.0}]}`, "the value.lines[1].count must be"},
		{"order", `{` + card + `,"lines":[{},{"count":4294967296}]}`, "the value.lines[1].count must be"},
		{"order", `{` + card + `,"lines":[{"marker":1}]}`, "the value.lines[0] has a member that is no field of the message line"},
		{"order", `{` + card + `,"state":"marker"}`, "the value.state must be the name or the number"},
		{"order", `{` + card + `,` + card + `}`, "the value.card is there twice"},
		{"order", `{` + card + `,"note":null}`, "the value.note must be a string"},
		{"order", `{` + card + `,"(unknown)":"CgA="}`, "the value.(unknown) holds no unknown fields"},
		{"order", `{` + card + `,"(unknown)":"Mg=="}`, "the value.(unknown) holds no unknown fields"},
		{"order", `[]`, "the value must be an object"},
		{"order", `{` + card + `} marker`, "not JSON"},
		{"order", `{` + card + ` "marker`, "not JSON"},
		{"order", ``, "not JSON"},
		{"tags", `{"marker":"a","other":1}`, "the value{1} must be a string"},
		{"tags", `{"marker":"a","marker":"b"}`, "the value{1} has the key of an earlier entry"},
		{"tags", "{\"marker\":\"\xff\"}", "not UTF-8"},
		{"pin", `"AQ"`, "the value must be a string of standard base64"},
		{"pin", `"AQ=\n="`, "the value must be a string of standard base64"},
		{"pin", `null`, "the value must be"},
	} {
		_, err := get(t, s, c.family).FromJSON([]byte(c.data))
		require.ErrorIs(t, err, store.ErrInvalid, c.data)
		assert.ErrorContains(t, err, c.want, c.data)
		assert.NotContains(t, err.Error(), "marker")
	}
}

func TestIDs(t *testing.T) {
	order := get(t, parse(t, shop), "order")
	assert.Equal(t, []Part{{"shop", "string"}, {"number", "uint32 ordered"}}, order.Parts())
	id, err := order.Join("berlin", "17")
	require.NoError(t, err)
	assert.Equal(t, ID("berlin/0000000017"), id)
	parts, err := order.Split(string(id))
	require.NoError(t, err)
	assert.Equal(t, []string{"berlin", "17"}, parts)
	for _, bad := range [][]string{{"berlin"}, {"", "1"}, {"a/b", "1"}, {"a", "x"}, {"a", "07"}, {"a", "4294967296"}, {"a", "-1"}} {
		_, err := order.Join(bad...)
		assert.ErrorIs(t, err, store.ErrInvalid, bad)
	}
	for _, bad := range []string{"", "marker", "marker/1", "/0000000001", "marker/00000000017"} {
		_, err := order.ParseID(bad)
		require.ErrorIs(t, err, store.ErrInvalid, bad)
		assert.NotContains(t, err.Error(), "marker")
	}
}

// Facts that no generator makes are refused, not believed.
func TestHostileFacts(t *testing.T) {
	for _, lines := range []string{
		"family a", "family a bytes", "family a nothing {string}", "family a bytes x", "family a bytes {float}", "family a bytes {string",
		"family a bytes[0] {string}", "family a bytes[99999999999] {string}", "family a bytes[4 {string}", "family a [][]bytes {string}",
		"family a [] {string}", "inverse a _r\nfamily a bytes {string}", "inverse a\nfamily a string {string}",
		"field r 1 string", "field r 0 string\nmessage r", "field r 01 string\nmessage r", "field r 1 r\nmessage r",
		"field r 1 q optional\nmessage r\nmessage q\nfield q 1 []r", "field r 1 []string optional\nmessage r",
		"+field-name r 1 a\n+field-name r 2 a\nfield r 1 string\nfield r 2 string\nmessage r",
	} {
		_, err := Parse("p", head+lines)
		assert.ErrorIs(t, err, store.ErrCorrupt, lines)
	}
	var deep strings.Builder
	for i := range 64 { // 2 to the 64th ways from the first to the last
		fmt.Fprintf(&deep, "message m%d\nfield m%[1]d 1 m%d\nfield m%[1]d 2 m%[2]d\n", i, i+1)
	}
	_, err := Parse("p", head+deep.String()+"message m64")
	require.NoError(t, err)
	_, err = Parse("p", head+"unheard-of a")
	require.ErrorIs(t, err, store.ErrSchema)
	_, err = Parse("p", "keyfam schema 1")
	require.ErrorIs(t, err, store.ErrSchema)
}

// schemas are random facts with one family f.
var schemas = rapid.Custom(func(t *rapid.T) string {
	lines := []string{}
	messages := rapid.IntRange(0, 3).Draw(t, "messages")
	var classes func(below int) string
	plain := func(below int) string {
		names := []string{"bool", "int32", "int64", "uint32", "uint64", "string", "bytes", "bytes[3]", "bytes[..3]"}
		for i := range below {
			names = append(names, fmt.Sprintf("m%d", i))
		}
		return rapid.SampledFrom(names).Draw(t, "type")
	}
	classes = func(below int) string {
		switch rapid.IntRange(0, 5).Draw(t, "shape") {
		case 0:
			return "[]" + plain(below)
		case 1:
			return "map[string]" + plain(below)
		case 2:
			return plain(below) + " optional"
		case 3:
			return "go{}"
		}
		return plain(below)
	}
	for i := range messages {
		lines = append(lines, fmt.Sprintf("message m%d", i))
		for _, n := range rapid.SliceOfNDistinct(rapid.SampledFrom([]int{1, 2, 15, 16, 300, 1<<29 - 1}), 0, 4, rapid.ID).Draw(t, "numbers") {
			class := classes(i)
			lines = append(lines, fmt.Sprintf("field m%d %d %s", i, n, class))
			if class == "int32" && rapid.Bool().Draw(t, "enum") {
				lines = append(lines, fmt.Sprintf("enum messages.m%d.%d on 1\n+enum-name messages.m%[1]d.%d 1 on", i, n, n))
			}
			if rapid.Bool().Draw(t, "secret") {
				lines = append(lines, fmt.Sprintf("+secret messages.m%d.%d", i, n))
			}
		}
	}
	return head + strings.Join(append(lines, "family f "+strings.TrimSuffix(classes(messages), " optional")+" {string}"), "\n")
})

// draw is a random value of a type.
func draw(t *rapid.T, typ *Type) any {
	if typ.Optional && rapid.Bool().Draw(t, "absent") {
		return nil
	}
	switch typ.Kind {
	case Bool:
		return rapid.Bool().Draw(t, "bool")
	case Int32:
		return int64(rapid.Int32().Draw(t, "int32"))
	case Int64:
		return rapid.Int64().Draw(t, "int64")
	case Uint32:
		return uint64(rapid.Uint32().Draw(t, "uint32"))
	case Uint64:
		return rapid.Uint64().Draw(t, "uint64")
	case String:
		return rapid.StringN(0, 5, -1).Draw(t, "string")
	case Message:
		return drawMessage(t, typ.message)
	case List:
		list := make([]any, rapid.IntRange(0, 3).Draw(t, "length"))
		for i := range list {
			list[i] = draw(t, typ.Elem)
		}
		return list
	case Map:
		m := map[string]any{}
		for _, k := range rapid.SliceOfN(rapid.StringN(0, 3, -1), 0, 3).Draw(t, "keys") {
			m[k] = draw(t, typ.Elem)
		}
		return m
	}
	least, most := typ.Size, 5
	if typ.Size+typ.Max > 0 {
		most = typ.Size + typ.Max
	}
	return rapid.SliceOfN(rapid.Byte(), least, most).Draw(t, "bytes")
}

func drawMessage(t *rapid.T, m *message) *fields {
	v := &fields{}
	for _, f := range m.fields {
		v.values = append(v.values, draw(t, f.typ))
	}
	if rapid.Bool().Draw(t, "unknown") {
		d := codec.NewDecoder([]byte("\xa0\x06\x07\xa2\x06\x01x")) // number 100, twice
		for d.Next() {
			d.Unknown(&v.unknown)
		}
	}
	return v
}

// A value comes back from its bytes and from its JSON, to the byte.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := schemas.Draw(t, "schema")
		s, err := Parse("p", text)
		if err != nil {
			t.Fatal(err)
		}
		f := s.Families()[0]
		b, err := f.Codec().Marshal(valueOf(f.value, draw(t, f.value)))
		if err != nil {
			t.Fatal(err)
		}
		v, err := f.Codec().Unmarshal(b)
		if err != nil {
			t.Fatal(err)
		}
		same := func(v Value) {
			again, err := f.Codec().Marshal(v)
			if err != nil || string(again) != string(b) {
				t.Fatalf("%x became %x: %v", b, again, err)
			}
		}
		same(v)
		back, err := f.FromJSON(v.Reveal())
		if err != nil {
			//famvet:ignore secretleak a made-up secret of the test
			t.Fatalf("%s: %v", v.Reveal(), err)
		}
		same(back)
	})
}

// No bytes make the codec panic, and what it takes it gives back as a value.
func FuzzUnmarshal(f *testing.F) {
	s, err := Parse("shop", shop)
	require.NoError(f, err)
	f.Add([]byte("\x0a\x01a\x12\x04\x00\x01\x02\x03\x1a\x03\x0a\x01t"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, fam := range s.Families() {
			v, err := fam.Codec().Unmarshal(b)
			if err != nil {
				assert.ErrorIs(t, err, store.ErrCorrupt)
				continue
			}
			_, err = fam.FromJSON(v.Reveal())
			require.NoError(t, err)
		}
	})
}
