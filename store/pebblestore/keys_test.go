package pebblestore

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/keyfam/keyfam/store/driver"
)

// anyBytes draws short strings of bytes that the encoding treats specially.
func anyBytes(least int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		return string(rapid.SliceOfN(rapid.SampledFrom([]byte{0x00, 0x01, 0x02, 'a', 0xfe, 0xff}), least, 6).Draw(t, "bytes"))
	})
}

func anyKey() *rapid.Generator[driver.Key] {
	return rapid.Custom(func(t *rapid.T) driver.Key {
		return driver.Key{Family: anyBytes(0).Draw(t, "family"), ID: anyBytes(0).Draw(t, "id")}
	})
}

// The order of stored keys is the order of namespaces, then of driver keys.
// This includes bounds of ranges, which need not be names that a store
// accepts.
func TestKeyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		na, nb := anyBytes(0).Draw(t, "na"), anyBytes(0).Draw(t, "nb")
		a, b := anyKey().Draw(t, "a"), anyKey().Draw(t, "b")
		want := strings.Compare(na, nb)
		if want == 0 {
			want = a.Compare(b)
		}
		require.Equal(t, want, bytes.Compare(appendKey(nil, na, a).bytes, appendKey(nil, nb, b).bytes))
	})
}

func TestKeyRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		namespace, k := anyBytes(0).Draw(t, "namespace"), anyKey().Draw(t, "key")
		e := appendKey(nil, namespace, k)
		require.LessOrEqual(t, len(e.bytes), keyLen(namespace, k))
		got, ok := parse(e.bytes)
		require.True(t, ok)
		require.Equal(t, e, got)
		require.Equal(t, namespace, string(got.namespaceName()))
		require.Equal(t, k, driver.Key{Family: string(got.familyName()), ID: string(got.id())})
		require.Less(t, string(e.bytes), string(afterNamespace(namespace)))
		require.Less(t, string(afterNamespace(namespace)), string(appendNamespace(nil, namespace+"\x00")))
	})
}

func TestParseForeignKeys(t *testing.T) {
	for _, key := range []string{"", "x", "\x01", "\x01n", "\x01n\x00", "\x01n\x00\x01", "\x01n\x00\x01f\x00", "\x01n\x00\x02f\x00\x01id"} {
		_, ok := parse([]byte(key))
		assert.False(t, ok, "%q", key)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(appendKey(nil, "n\x00", driver.Key{Family: "session", ID: "a.0"}).bytes)
	f.Fuzz(func(t *testing.T, key []byte) {
		e, ok := parse(key)
		if !ok {
			return
		}
		again := appendKey(nil, string(e.namespaceName()), driver.Key{Family: string(e.familyName()), ID: string(e.id())})
		require.Equal(t, key, again.bytes)
	})
}
