package signalkeys_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/store/family"
)

// A typed Get is to cost at most 1.3 times the untyped one of the same record.
func BenchmarkGet(b *testing.B) {
	r, ctx := open(b), context.Background()
	id := signalkeys.SessionID{Name: "100000000000188_1", Device: 7}
	require.NoError(b, r.Sessions().Put(ctx, id, family.NewSecret(make([]byte, 2048))))
	b.Run("untyped", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, ok, err := r.Store().Get(ctx, "session", "100000000000188_1.7"); !ok || err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("typed", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, ok, err := r.Sessions().Get(ctx, id); !ok || err != nil {
				b.Fatal(err)
			}
		}
	})
}

// jsonPair is a key pair as encoding/json would keep it, to compare machines.
type jsonPair struct {
	Public, Private []byte
}

func BenchmarkJSON(b *testing.B) {
	p := jsonPair{make([]byte, 32), make([]byte, 32)}
	text, err := json.Marshal(p)
	require.NoError(b, err)
	b.Run("encode", func(b *testing.B) {
		for b.Loop() {
			if _, err := json.Marshal(p); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("decode", func(b *testing.B) {
		for b.Loop() {
			var p jsonPair
			if err := json.Unmarshal(text, &p); err != nil {
				b.Fatal(err)
			}
		}
	})
}
