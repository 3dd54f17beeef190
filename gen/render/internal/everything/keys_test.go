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
	for want, k := range map[string]interface{ String() string }{
		"text":                 everything.ScalarsKey("text"),
		"-2147483648":          everything.BoundedKey(math.MinInt32),
		"-9223372036854775808": everything.ListsKey(math.MinInt64),
		"0":                    everything.MapsKey(0),
		"18446744073709551615": everything.NestedKey(math.MaxUint64),
		"0000000042":           everything.OrderedKey(42),
		"4294967295":           everything.OrderedKey(math.MaxUint32),
		"00000000000000000042": everything.LongOrderedKey(42),
		"user-x!":              everything.FramedKey("x"),
		"<g::7/0000000001:-1>": everything.ManyKey{Group: "g", UserID: 7, At: 1, Seq: -1},
	} {
		assert.Equal(t, want, k.String())
	}
	back, err := everything.ParseListsKey("-9223372036854775808")
	require.NoError(t, err)
	assert.Equal(t, everything.ListsKey(math.MinInt64), back)
}

// Each text is refused, with a reason that does not repeat it.
func TestBadKeyTexts(t *testing.T) {
	for _, c := range []struct {
		want string
		err  error
	}{
		{"the part key of the key is empty", second(everything.ParseScalarsKey(""))},
		{"the part key of the key has a leading zero", second(everything.ParseMapsKey("07"))},
		{"the part key of the key is not a number", second(everything.ParseMapsKey("+7"))},
		{"the part key of the key is not a number", second(everything.ParseMapsKey(""))},
		{"the part key of the key is not a number", second(everything.ParseMapsKey("-1"))},
		{"the part key of the key is too large a number", second(everything.ParseMapsKey("4294967296"))},
		{"the part key of the key is too large a number", second(everything.ParseBoundedKey("2147483648"))},
		{"the part key of the key is too large a number", second(everything.ParseBoundedKey("-2147483649"))},
		{"the part key of the key is not a number", second(everything.ParseBoundedKey("-0"))},
		{"the part key of the key has a leading zero", second(everything.ParseListsKey("-01"))},
		{"the part key of the key is too large a number", second(everything.ParseListsKey("99999999999999999999999"))},
		{"the part key of the key is not a number of 10 digits", second(everything.ParseOrderedKey("42"))},
		{"the part key of the key is too large a number", second(everything.ParseOrderedKey("4294967296"))},
		{"the part key of the key is not a number of 20 digits", second(everything.ParseLongOrderedKey("042"))},
		{"the part key of the key is too large a number", second(everything.ParseLongOrderedKey("18446744073709551616"))},
		{"the text of the key goes on after its end", second(everything.ParseMapsKey("7x"))},
		{`the text of the key has no "user-" where it belongs`, second(everything.ParseFramedKey("x!"))},
		{`the text of the key has no "!" where it belongs`, second(everything.ParseFramedKey("user-x"))},
		{`the text of the key has no "::" where it belongs`, second(everything.ParseManyKey("<g:7/0000000001:1>"))},
	} {
		assert.EqualError(t, c.err, "invalid argument: "+c.want)
		assert.ErrorIs(t, c.err, store.ErrInvalid)
	}
}

func second[T any](_ T, err error) error { return err }

// Keys whose text would be that of others are refused by every verb.
func TestBadKeys(t *testing.T) {
	r := open(t).Many()
	ctx := t.Context()
	bad, good := everything.ManyKey{Group: "a:b"}, everything.ManyKey{Group: "g"}
	_, _, get := r.Get(ctx, bad)
	_, has := r.Has(ctx, bad)
	_, many := r.GetMany(ctx, good, bad)
	var b everything.Batch
	b.Many().Put(bad, 1)
	var scan error
	for _, scan = range r.OfAt(ctx, "a:b", 1, 2) {
	}
	for op, err := range map[string]error{
		"get": get, "has": has, "get many": many, "scan": scan,
		"put":         r.Put(ctx, bad, 1),
		"put many":    r.PutMany(ctx, map[everything.ManyKey]everything.ManyValue{good: 1, bad: 1}),
		"delete":      r.Delete(ctx, bad),
		"delete many": r.DeleteMany(ctx, good, bad),
		"apply":       open(t).Apply(ctx, &b),
		"transaction": open(t).Transaction(ctx, everything.ManyLock(bad), func(context.Context, *everything.Tx) error { return nil }),
	} {
		assert.EqualError(t, err, "store: "+op+` many: invalid argument: the part group of the key contains one of "::"`)
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
	for _, n := range []everything.OrderedKey{100, 9, 10, math.MaxUint32, 0} {
		require.NoError(t, r.Ordered().Put(ctx, n, true))
	}
	assert.Equal(t, []everything.OrderedKey{0, 9, 10, 100, math.MaxUint32}, keys(t, r.Ordered().All(ctx)))

	a := everything.ManyKey{Group: "a", UserID: 1, At: 1, Seq: 1}
	for _, k := range []everything.ManyKey{a, {"a", 1, 1, -1}, {"a", 1, 2, 0}, {"a", 12, 1, 0}, {"ab", 1, 1, 0}} {
		require.NoError(t, r.Many().Put(ctx, k, everything.ManyValueOn))
	}
	assert.Len(t, keys(t, r.Many().All(ctx)), 5)
	assert.Equal(t, []everything.ManyKey{{"a", 1, 1, -1}, a, {"a", 1, 2, 0}, {"a", 12, 1, 0}}, keys(t, r.Many().OfGroup(ctx, "a")))
	assert.Equal(t, []everything.ManyKey{{"a", 1, 1, -1}, a, {"a", 1, 2, 0}}, keys(t, r.Many().OfUserID(ctx, "a", 1)))
	assert.Equal(t, []everything.ManyKey{{"a", 1, 1, -1}, a}, keys(t, r.Many().OfAt(ctx, "a", 1, 1)))
	assert.Empty(t, keys(t, r.Many().OfGroup(ctx, "b")))
}

func keys[K family.Key, V any](t *testing.T, all iter.Seq2[family.Entry[K, V], error]) (ks []K) {
	t.Helper()
	for e, err := range all {
		require.NoError(t, err)
		ks = append(ks, e.Key)
	}
	return ks
}

// A scan yields what it cannot decode with an error, and goes on.
func TestScanOverDamage(t *testing.T) {
	r := open(t)
	ctx := t.Context()
	require.NoError(t, r.Store().Set(ctx, new(store.DataSet).
		Put("fixed", "a", []byte("1234")).Put("fixed", "b", []byte("12")).Put("fixed", "c", []byte("5678")).
		Put("maps", "x1", nil)))
	var seen []everything.FixedKey
	var failed []error
	for e, err := range r.Fixed().All(ctx) {
		seen, failed = append(seen, e.Key), append(failed, err)
	}
	assert.Equal(t, []everything.FixedKey{"a", "b", "c"}, seen)
	require.NoError(t, failed[0])
	require.EqualError(t, failed[1], "store: scan fixed: corrupt data: field value at byte 0: 2 bytes instead of 4")
	require.NoError(t, failed[2])
	for _, err := range r.AllMaps().All(ctx) {
		require.EqualError(t, err, "store: scan maps: corrupt data: the id is not the text of a key: the part key of the key is not a number")
		assert.NotErrorIs(t, err, store.ErrInvalid)
	}
}

func TestEnumString(t *testing.T) {
	assert.Equal(t, "android", everything.ScalarsPlatformAndroid.String())
	assert.Equal(t, "55", everything.ScalarsPlatform(55).String())
}
