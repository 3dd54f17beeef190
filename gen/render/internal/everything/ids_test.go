package everything_test

import (
	"context"
	"iter"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/gen/render/internal/everything"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family"
)

func TestKeyTexts(t *testing.T) {
	for want, id := range map[string]interface{ String() string }{
		"text":                 everything.ScalarsID("text"),
		"-2147483648":          everything.BoundedID(math.MinInt32),
		"-9223372036854775808": everything.ListsID(math.MinInt64),
		"0":                    everything.MapsID(0),
		"18446744073709551615": everything.NestedID(math.MaxUint64),
		"0000000042":           everything.OrderedID(42),
		"4294967295":           everything.OrderedID(math.MaxUint32),
		"00000000000000000042": everything.LongOrderedID(42),
		"user-x!":              everything.FramedID("x"),
		"<g::7/0000000001:-1>": everything.ManyID{Group: "g", UserID: 7, At: 1, Seq: -1},
	} {
		assert.Equal(t, want, id.String())
	}
	back, err := everything.ParseListsID("-9223372036854775808")
	require.NoError(t, err)
	assert.Equal(t, everything.ListsID(math.MinInt64), back)
}

// Each text is refused, with a reason that does not repeat it.
func TestBadKeyTexts(t *testing.T) {
	for _, c := range []struct {
		want string
		err  error
	}{
		{"the part id of the id is empty", second(everything.ParseScalarsID(""))},
		{"the part id of the id has a leading zero", second(everything.ParseMapsID("07"))},
		{"the part id of the id is not a number", second(everything.ParseMapsID("+7"))},
		{"the part id of the id is not a number", second(everything.ParseMapsID(""))},
		{"the part id of the id is not a number", second(everything.ParseMapsID("-1"))},
		{"the part id of the id is too large a number", second(everything.ParseMapsID("4294967296"))},
		{"the part id of the id is too large a number", second(everything.ParseBoundedID("2147483648"))},
		{"the part id of the id is too large a number", second(everything.ParseBoundedID("-2147483649"))},
		{"the part id of the id is not a number", second(everything.ParseBoundedID("-0"))},
		{"the part id of the id has a leading zero", second(everything.ParseListsID("-01"))},
		{"the part id of the id is too large a number", second(everything.ParseListsID("99999999999999999999999"))},
		{"the part id of the id is not a number of 10 digits", second(everything.ParseOrderedID("42"))},
		{"the part id of the id is too large a number", second(everything.ParseOrderedID("4294967296"))},
		{"the part id of the id is not a number of 20 digits", second(everything.ParseLongOrderedID("042"))},
		{"the part id of the id is too large a number", second(everything.ParseLongOrderedID("18446744073709551616"))},
		{"the text of the id goes on after its end", second(everything.ParseMapsID("7x"))},
		{`the text of the id has no "user-" where it belongs`, second(everything.ParseFramedID("x!"))},
		{`the text of the id has no "!" where it belongs`, second(everything.ParseFramedID("user-x"))},
		{`the text of the id has no "::" where it belongs`, second(everything.ParseManyID("<g:7/0000000001:1>"))},
	} {
		assert.EqualError(t, c.err, "invalid argument: "+c.want)
		assert.ErrorIs(t, c.err, store.ErrInvalid)
	}
}

func second[T any](_ T, err error) error { return err }

// Ids whose text would be that of others are refused by every verb.
func TestBadKeys(t *testing.T) {
	r := open(t).Many()
	ctx := t.Context()
	bad, good := everything.ManyID{Group: "a:b"}, everything.ManyID{Group: "g"}
	_, _, get := r.Get(ctx, bad)
	_, has := r.Has(ctx, bad)
	_, many := r.GetMany(ctx, good, bad)
	var b everything.Batch
	b.Many().Put(bad, 1)
	var scan error
	for _, scan = range r.OfAt("a:b", 1, 2).All(ctx) {
	}
	for op, err := range map[string]error{
		"get": get, "has": has, "get many": many, "scan": scan,
		"put":         r.Put(ctx, bad, 1),
		"put many":    r.PutMany(ctx, map[everything.ManyID]everything.ManyValue{good: 1, bad: 1}),
		"delete":      r.Delete(ctx, bad),
		"delete many": r.DeleteMany(ctx, good, bad),
		"apply":       open(t).Apply(ctx, &b),
		"transaction": open(t).Transaction(ctx, everything.ManyLabel(bad), func(context.Context, *everything.Tx) error { return nil }),
	} {
		assert.EqualError(t, err, "store: "+op+` many: invalid argument: the part group of the id contains one of "::"`)
		assert.ErrorIs(t, err, store.ErrInvalid)
	}
	_, err := r.Has(ctx, good)
	require.NoError(t, err)
	n, err := r.Count(ctx)
	require.NoError(t, err)
	assert.Zero(t, n)
}

// Ordered numbers scan in their order, and prefixes end where a part ends.
func TestScans(t *testing.T) {
	r := open(t)
	ctx := t.Context()
	for _, n := range []everything.OrderedID{100, 9, 10, math.MaxUint32, 0} {
		require.NoError(t, r.Ordered().Put(ctx, n, true))
	}
	assert.Equal(t, []everything.OrderedID{0, 9, 10, 100, math.MaxUint32}, idsOf(t, r.Ordered().All(ctx)))

	a := everything.ManyID{Group: "a", UserID: 1, At: 1, Seq: 1}
	for _, id := range []everything.ManyID{a, {"a", 1, 1, -1}, {"a", 1, 2, 0}, {"a", 12, 1, 0}, {"ab", 1, 1, 0}} {
		require.NoError(t, r.Many().Put(ctx, id, everything.ManyValueOn))
	}
	assert.Len(t, idsOf(t, r.Many().All(ctx)), 5)
	assert.Equal(t, []everything.ManyID{{"a", 1, 1, -1}, a, {"a", 1, 2, 0}, {"a", 12, 1, 0}}, idsOf(t, r.Many().OfGroup("a").All(ctx)))
	assert.Equal(t, []everything.ManyID{{"a", 1, 1, -1}, a, {"a", 1, 2, 0}}, idsOf(t, r.Many().OfUserID("a", 1).All(ctx)))
	assert.Equal(t, []everything.ManyID{{"a", 1, 1, -1}, a}, idsOf(t, r.Many().OfAt("a", 1, 1).All(ctx)))
	assert.Empty(t, idsOf(t, r.Many().OfGroup("b").All(ctx)))
}

func idsOf[I family.ID, V any](t *testing.T, all iter.Seq2[family.Entry[I, V], error]) (ids []I) {
	t.Helper()
	for e, err := range all {
		require.NoError(t, err)
		ids = append(ids, e.ID)
	}
	return ids
}

// A scan yields what it cannot decode with an error, and goes on.
func TestScanOverDamage(t *testing.T) {
	r := open(t)
	ctx := t.Context()
	require.NoError(t, r.Store().Set(ctx, new(store.DataSet).
		Put("fixed", "a", []byte("1234")).Put("fixed", "b", []byte("12")).Put("fixed", "c", []byte("5678")).
		Put("maps", "x1", nil)))
	var seen []everything.FixedID
	var failed []error
	for e, err := range r.Fixed().All(ctx) {
		seen, failed = append(seen, e.ID), append(failed, err)
	}
	assert.Equal(t, []everything.FixedID{"a", "b", "c"}, seen)
	require.NoError(t, failed[0])
	require.EqualError(t, failed[1], "store: scan fixed: corrupt data: field value at byte 0: 2 bytes instead of 4")
	require.NoError(t, failed[2])
	for _, err := range r.AllMaps().All(ctx) {
		require.EqualError(t, err, "store: scan maps: corrupt data: the stored id does not fit its family: the part id of the id is not a number")
		assert.NotErrorIs(t, err, store.ErrInvalid)
	}
}

func TestEnumString(t *testing.T) {
	assert.Equal(t, "android", everything.ScalarsPlatformAndroid.String())
	assert.Equal(t, "55", everything.ScalarsPlatform(55).String())
}
