package everything_test

import (
	"context"
	"flag"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/gen/render/internal/everything"
	"github.com/keyfam/keyfam/gen/render/internal/everything/peer"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family"
	"github.com/keyfam/keyfam/store/memstore"
)

func open(t testing.TB) *everything.Repo {
	s, err := memstore.Open(t.Context(), nil)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close()) })
	return everything.New(s)
}

// repo is the verbs of any family that the tests need.
type repo[I family.ID, V any] interface {
	Get(ctx context.Context, id I) (V, bool, error)
	Put(ctx context.Context, id I, v V) error
}

// kept checks that a value comes back as it was put.
func kept[I family.ID, V any](t *testing.T, r repo[I, V], id I, v V) {
	t.Helper()
	require.NoError(t, r.Put(t.Context(), id, v))
	got, ok, err := r.Get(t.Context(), id)
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, v, got)
}

func TestEveryTypeComesBack(t *testing.T) {
	r := open(t)
	for i, v := range []everything.Scalars{
		{},
		{Flag: true, Small: -1, Large: math.MinInt64, Count: math.MaxUint32, Total: math.MaxUint64, Name: "é\x00", Data: []byte{0}, Platform: everything.ScalarsPlatformWeb},
		{Small: math.MinInt32, Platform: 99},
		{OptFlag: new(false), OptSmall: new(int32(0)), OptLarge: new(int64(0)), OptCount: new(uint32(0)), OptTotal: new(uint64(0)), OptName: new(""), OptData: []byte{}, OptPlatform: new(everything.ScalarsOptPlatformNone)},
		{OptFlag: new(true), OptSmall: new(int32(-7)), OptName: new("x"), OptData: []byte("y"), OptPlatform: new(everything.ScalarsOptPlatformSome)},
		{Ratio: -0.5, Seen: time.UnixMilli(0).UTC(), Exact: time.Unix(0, 0).UTC(), OptRatio: new(float64(0)), Text: "t"},
		{Ratio: math.MaxFloat64, Seen: time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC), Exact: time.Date(2261, 12, 31, 23, 59, 59, 999999999, time.UTC), OptRatio: new(math.Copysign(0, -1))},
		{Seen: time.Date(1, 1, 1, 0, 0, 0, 1e6, time.UTC), Exact: time.Date(1678, 1, 1, 0, 0, 0, 1, time.UTC)},
	} {
		kept(t, r.AllScalars(), everything.ScalarsID(fmt.Sprint(i)), v)
	}

	secret := everything.NewSecret16([16]byte{15: 1})
	for i, v := range []everything.Bounded{
		{Fixed: [4]byte{1, 2, 3, 4}, SecretFixed: secret},
		{
			SecretFixed: secret, Limited: []byte("1234"), Secret: family.NewSecret([]byte("s")), SecretLimited: family.NewSecret([]byte("1234")),
			OptFixed: new([4]byte{9}), OptLimited: []byte{}, OptSecret: new(family.NewSecret([]byte{})), OptSecretFixed: &secret, OptSecretLimited: new(family.NewSecret([]byte("12"))),
			SecretText: family.NewSecretString("é"), OptSecretText: new(family.NewSecretString("")),
		},
	} {
		kept(t, r.AllBounded(), everything.BoundedID(-i), v)
	}

	kept(t, r.AllLists(), 0, everything.Lists{})
	kept(t, r.AllLists(), math.MinInt64, everything.Lists{
		Flags: []bool{false, true}, Smalls: []int32{-1, 0}, Larges: []int64{math.MaxInt64}, Counts: []uint32{0, 300}, Totals: []uint64{1 << 63},
		Names: []string{"", "a"}, Datas: [][]byte{{}, {1}}, Fixeds: [][4]byte{{}, {1}}, Limiteds: [][]byte{{}, {1, 2, 3, 4}},
		Kinds: []everything.ListsKinds{everything.ListsKindsB, 77}, Points: []everything.Point{{}, {X: 1, Y: -1}},
		Ratios: []float64{0, -1.5}, Times: []time.Time{{}, time.UnixMilli(1).UTC()}, Exacts: []time.Time{{}, time.Unix(0, 0).UTC(), time.Unix(1, 1).UTC()},
	})

	maps := everything.Maps{
		Flags: map[string]bool{"": false, "a": true}, Larges: map[string]int64{"": 0, "b": -1}, Names: map[string]string{"": "", "c": "d"},
		Datas: map[string][]byte{"": {}, "e": {1}}, Fixeds: map[string][4]byte{"": {}, "f": {1}},
		Kinds: map[string]everything.MapsKinds{"": everything.MapsKindsX, "g": 9}, Points: map[string]everything.Point{"": {}, "h": {Y: 3}},
		Ratios: map[string]float64{"": 0, "k": 1e300},
		Times:  map[string]time.Time{"": {}, "l": time.UnixMilli(-1).UTC()}, Exacts: map[string]time.Time{"": {}, "m": time.Unix(0, -1).UTC()},
	}
	kept(t, r.AllMaps(), 1, maps)
	kept(t, r.AllMaps(), 2, everything.Maps{
		Smalls: map[string]int32{"": 0, "i": -4}, Counts: map[string]uint32{"": 0, "j": 5},
	})

	long := everything.Lists{Names: []string{strings.Repeat("x", 20_000)}}
	for i, v := range []everything.Nested{
		{},
		{Point: everything.Point{X: 1}, Maybe: &everything.Point{}, Deeper: long, Peer: peer.State{Sent: 4}},
		{Point: everything.Point{Y: -1}, Maybe: &everything.Point{Y: 2}, Deeper: everything.Lists{Names: []string{"a"}, Points: []everything.Point{{X: 3}}}, Peer: peer.State{Sent: 1}},
	} {
		kept(t, r.AllNested(), everything.NestedID(i), v)
	}

	kept(t, r.Ordered(), 1, false)
	kept(t, r.Ordered(), 2, true)
	kept(t, r.LongOrdered(), 1, -5)
	kept(t, r.Framed(), "x", 0)
	kept(t, r.Many(), everything.ManyID{Group: "g", Seq: -1}, everything.ManyValueOn)
	kept(t, r.Shadows(), everything.ShadowsID{Family: "a", Ctx: "b", R: "c.d"}, []everything.Point{{X: 1}, {}})
	kept(t, r.Fixed(), "x", [4]byte{3: 1})
	kept(t, r.Limited(), "x", []byte{})
	kept(t, r.SecretFixed(), "x", secret)
	kept(t, r.SecretLimited(), "x", family.NewSecret([]byte("1234")))
	kept(t, r.SecretTexts(), "x", family.NewSecretString("s"))
	kept(t, r.SecretTexts(), "y", family.SecretString{})
	kept(t, r.Counts(), "x", nil)
	kept(t, r.Counts(), "y", map[string]uint64{"": 0, "z": 1})
	kept(t, r.Ratios(), "x", 0)
	kept(t, r.Ratios(), "y", 0.1)
	kept(t, r.Seen(), "x", time.Time{})
	kept(t, r.Seen(), "y", time.UnixMilli(0).UTC())
	kept(t, r.Ticks(), "x", []time.Time{time.Unix(0, 7).UTC(), {}})
	kept(t, r.Peers(), "x", peer.State{})
	kept(t, r.Peers(), "y", peer.State{Sent: 1})
	kept(t, r.Aliases(), "x", "")
	vectors(t, r.Store())
}

var update = flag.Bool("update", false, "rewrite testdata/stored.txt")

// vectors compares every stored row of at most 1,000 bytes with testdata/stored.txt:
// released code has written such bytes, so a line may be added and none changed.
// internal/crosscheck reads them with protobuf-go.
func vectors(t *testing.T, s *store.Store) {
	t.Helper()
	var got strings.Builder
	families, err := s.Families(t.Context())
	require.NoError(t, err)
	for _, name := range families {
		for row, err := range s.Scan(t.Context(), name, "") {
			require.NoError(t, err)
			if len(row.Value) <= 1000 {
				fmt.Fprintf(&got, "%s %q %x\n", name, row.ID, row.Value)
			}
		}
	}
	const file = "testdata/stored.txt"
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(got.String()), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, string(want), got.String())
}

// What has no stored form is refused when it is put, with the field.
func TestRefusedValues(t *testing.T) {
	r := open(t)
	ctx := t.Context()
	for want, err := range map[string]error{
		"store: put scalars: invalid argument: field name: text is not UTF-8":                     r.AllScalars().Put(ctx, "k", everything.Scalars{Name: "\xff"}),
		"store: put bounded: invalid argument: field limited: 5 bytes, the limit is 4":            r.AllBounded().Put(ctx, 1, everything.Bounded{Limited: make([]byte, 5)}),
		"store: put bounded: invalid argument: field opt_secret_limited: 5 bytes, the limit is 4": r.AllBounded().Put(ctx, 1, everything.Bounded{OptSecretLimited: new(family.NewSecret(make([]byte, 5)))}),
		"store: put lists: invalid argument: field limiteds: 5 bytes, the limit is 4":             r.AllLists().Put(ctx, 1, everything.Lists{Limiteds: [][]byte{make([]byte, 5)}}),
		"store: put maps: invalid argument: field flags: text is not UTF-8":                       r.AllMaps().Put(ctx, 1, everything.Maps{Flags: map[string]bool{"\xff": true}}),
		"store: put nested: invalid argument: field peer: refused by its Go type":                 r.AllNested().Put(ctx, 1, everything.Nested{Peer: peer.State{Sent: 0xff}}),
		"store: put peer: invalid argument: field value: refused by its Go type":                  r.Peers().Put(ctx, "k", peer.State{Sent: 0xff}),
		"store: put limited: invalid argument: field value: 5 bytes, the limit is 4":              r.Limited().Put(ctx, "k", make([]byte, 5)),
		"store: put secret-limited: invalid argument: field value: 5 bytes, the limit is 4":       r.SecretLimited().Put(ctx, "k", family.NewSecret(make([]byte, 5))),
		"store: put scalars: invalid argument: field ratio: number that is not finite":            r.AllScalars().Put(ctx, "k", everything.Scalars{Ratio: math.NaN()}),
		"store: put lists: invalid argument: field ratios: number that is not finite":             r.AllLists().Put(ctx, 1, everything.Lists{Ratios: []float64{math.Inf(1)}}),
		"store: put scalars: invalid argument: field seen: year outside of 1 to 9999":             r.AllScalars().Put(ctx, "k", everything.Scalars{Seen: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}),
		"store: put scalars: invalid argument: field exact: year outside of 1678 to 2261":         r.AllScalars().Put(ctx, "k", everything.Scalars{Exact: time.Date(2262, 1, 1, 0, 0, 0, 0, time.UTC)}),
		"store: put maps: invalid argument: field exacts: year outside of 1678 to 2261":           r.AllMaps().Put(ctx, 1, everything.Maps{Exacts: map[string]time.Time{"k": time.Date(1677, 1, 1, 0, 0, 0, 0, time.UTC)}}),
		"store: put bounded: invalid argument: field secret_text: text is not UTF-8":              r.AllBounded().Put(ctx, 1, everything.Bounded{SecretText: family.NewSecretString("\xff")}),
		"store: put secret-text: invalid argument: field value: text is not UTF-8":                r.SecretTexts().Put(ctx, "k", family.NewSecretString("\xff")),
		"store: put alias: invalid argument: field value: text is not UTF-8":                      r.Aliases().Put(ctx, "k", "\xff"),
	} {
		assert.EqualError(t, err, want)
		assert.ErrorIs(t, err, store.ErrInvalid)
	}
	families, err := r.Store().Families(ctx)
	require.NoError(t, err)
	assert.Empty(t, families)
}

// Stored bytes that do not decode are an error that says where.
func TestCorruptValues(t *testing.T) {
	r := open(t)
	for _, c := range []struct {
		family, id string
		stored     string
		want       string
		get        func(context.Context) error
	}{
		{"scalars", "k", "\x08", "field flag at byte 1: cut short", got(r.AllScalars(), "k")},
		{"scalars", "k", "\x08\x02", "field flag at byte 1: number out of range", got(r.AllScalars(), "k")},
		{"scalars", "k", "\x09\x01", "field flag at byte 0: wrong wire type", got(r.AllScalars(), "k")},
		{"scalars", "k", "\x08\x81\x00", "field flag at byte 1: malformed number", got(r.AllScalars(), "k")},
		{"scalars", "k", "\x10\xff\xff\xff\xff\x0f", "field small at byte 1: number out of range", got(r.AllScalars(), "k")},
		{"scalars", "k", "\x20\x80\x80\x80\x80\x10", "field count at byte 1: number out of range", got(r.AllScalars(), "k")},
		{"scalars", "k", "\x28\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", "field total at byte 1: malformed number", got(r.AllScalars(), "k")},
		{"scalars", "k", "\x32\x02a", "field name at byte 2: cut short", got(r.AllScalars(), "k")},
		{"scalars", "k", "\x32\x01\xff", "field name at byte 2: text is not UTF-8", got(r.AllScalars(), "k")},
		{"scalars", "k", "\x08\x01\x08\x01", "at byte 2: field out of order or twice", got(r.AllScalars(), "k")},
		{"scalars", "k", "\x10\x01\x08\x01", "at byte 2: field out of order or twice", got(r.AllScalars(), "k")},
		{"scalars", "k", "\x00\x01", "at byte 0: no such field number", got(r.AllScalars(), "k")},
		{"scalars", "k", "\x4b", "at byte 0: wrong wire type", got(r.AllScalars(), "k")},
		{"scalars", "k", "\x4d\x01", "at byte 1: cut short", got(r.AllScalars(), "k")},
		{"scalars", "k", "\x99\x01\x00\x00\x00\x00\x00\x00\xf0\x7f", "field ratio at byte 2: number that is not finite", got(r.AllScalars(), "k")},
		{"scalars", "k", "\x99\x01\x00", "field ratio at byte 2: cut short", got(r.AllScalars(), "k")},
		{"scalars", "k", "\x98\x01\x00", "field ratio at byte 0: wrong wire type", got(r.AllScalars(), "k")},
		{"scalars", "k", "\xa0\x01\xff\xff\xff\xff\xff\xff\xff\x7f", "field seen at byte 2: year outside of 1 to 9999", got(r.AllScalars(), "k")},
		{"scalars", "k", "\xa8\x01\xff\xff\xff\xff\xff\xff\xff\xff\x7f", "field exact at byte 2: year outside of 1678 to 2261", got(r.AllScalars(), "k")},
		{"bounded", "1", "", "field fixed at byte 0: missing", got(r.AllBounded(), 1)},
		{"bounded", "1", "\x0a\x03abc", "field fixed at byte 2: 3 bytes instead of 4", got(r.AllBounded(), 1)},
		{"bounded", "1", "\x12\x05abcde", "field limited at byte 2: 5 bytes, the limit is 4", got(r.AllBounded(), 1)},
		{"lists", "1", "\x0a\x02\x01\x02", "field flags at byte 3: number out of range", got(r.AllLists(), 1)},
		{"lists", "1", "\x12\x01\x80", "field smalls at byte 2: cut short", got(r.AllLists(), 1)},
		{"lists", "1", "\x32\x01a\x32\x02b", "field names at byte 5: cut short", got(r.AllLists(), 1)},
		{"lists", "1", "\x5a\x01\x00", "field ratios at byte 2: cut short", got(r.AllLists(), 1)},
		{"maps", "1", "\x0a\x00", "field flags at byte 2: malformed map entry", got(r.AllMaps(), 1)},
		{"maps", "1", "\x0a\x03\x0a\x01a", "field flags at byte 5: malformed map entry", got(r.AllMaps(), 1)},
		{"maps", "1", "\x0a\x06\x0a\x00\x10\x01\x10\x01", "field flags at byte 6: malformed map entry", got(r.AllMaps(), 1)},
		{"maps", "1", "\x0a\x04\x0a\x00\x10\x01\x0a\x04\x0a\x00\x10\x01", "field flags at byte 6: key twice", got(r.AllMaps(), 1)},
		{"nested", "1", "\x0a\x02\x08\x80", "field point.x at byte 3: cut short", got(r.AllNested(), 1)},
		{"nested", "1", "\x0a\x00\x1a\x04\x32\x02a", "field deeper at byte 4: cut short", got(r.AllNested(), 1)},
		{"nested", "1", "\x0a\x00\x1a\x00\x22\x02ab", "field peer at byte 4: refused by its Go type", got(r.AllNested(), 1)},
		{"nested", "1", "\x0a\x00", "field deeper at byte 2: missing", got(r.AllNested(), 1)},
		{"ordered", "0000000001", "\x10\x01", "at byte 0: no such field number", got(r.Ordered(), 1)},
		{"fixed", "k", "abc", "field value at byte 0: 3 bytes instead of 4", got(r.Fixed(), "k")},
		{"secret-limited", "k", "abcde", "field value at byte 0: 5 bytes, the limit is 4", got(r.SecretLimited(), "k")},
		{"peer", "k", "abc", "field value at byte 0: refused by its Go type", got(r.Peers(), "k")},
		{"alias", "k", "\xff", "field value at byte 0: text is not UTF-8", got(r.Aliases(), "k")},
	} {
		require.NoError(t, r.Store().Set(t.Context(), new(store.DataSet).Put(c.family, c.id, []byte(c.stored))))
		err := c.get(t.Context())
		assert.EqualError(t, err, "store: get "+c.family+": corrupt data: "+c.want, "%q", c.stored)
		assert.ErrorIs(t, err, store.ErrCorrupt)
	}
}

func got[I family.ID, V any](r repo[I, V], id I) func(context.Context) error {
	return func(ctx context.Context) error {
		_, _, err := r.Get(ctx, id)
		return err
	}
}

// A field of a newer schema survives a rewrite, in its place among the others.
func TestUnknownFieldsAreKept(t *testing.T) {
	r := open(t)
	ctx := t.Context()
	for name, stored := range map[string]string{
		"before":  "\x4a\x01x" + "\x58\x01", // 9 unknown, 11 opt_flag
		"between": "\x08\x01" + "\x48\x05" + "\x4d\x01\x02\x03\x04" + "\x58\x00",
		"behind":  "\x08\x01" + "\xa1\x06\x01\x02\x03\x04\x05\x06\x07\x08" + "\xa2\x06\x00",
	} {
		require.NoError(t, r.Store().Set(ctx, new(store.DataSet).Put("scalars", name, []byte(stored))))
		err := r.AllScalars().Update(ctx, everything.ScalarsID(name), func(v everything.Scalars, ok bool) (everything.Scalars, error) { return v, nil })
		require.NoError(t, err)
		again, _, err := r.Store().Get(ctx, "scalars", name)
		require.NoError(t, err)
		assert.Equal(t, stored, string(again), name)
	}

	nested := "\x0a\x04" + "\x08\x01" + "\x18\x09" + "\x1a\x00" + "\x22\x00" // point has a field 3
	require.NoError(t, r.Store().Set(ctx, new(store.DataSet).Put("nested", "1", []byte(nested))))
	require.NoError(t, r.AllNested().Update(ctx, 1, func(v everything.Nested, ok bool) (everything.Nested, error) {
		v.Point.Y = 2
		return v, nil
	}))
	again, _, err := r.Store().Get(ctx, "nested", "1")
	require.NoError(t, err)
	assert.Equal(t, "\x0a\x06"+"\x08\x01"+"\x10\x02"+"\x18\x09"+"\x1a\x00"+"\x22\x00", string(again))

	v, _, err := r.AllNested().Get(ctx, 1)
	require.NoError(t, err)
	own := v.Clone()
	assert.Equal(t, v, own)
	assert.True(t, v.Equal(own))
	own.Point = everything.Point{X: own.Point.X, Y: own.Point.Y}
	assert.False(t, v.Equal(own), "the unknown field is gone")
	assert.NotContains(t, fmt.Sprintf("%v %+v %#v", v, v, v), "24 9", "unknown fields may be secret")
}
