package signalkeys

import (
	"fmt"
	"testing"

	"github.com/keyfam/keyfam/store/family"
)

func BenchmarkKeyPair(b *testing.B) {
	benchmarkCodec(b, &preKeyRecords, KeyPair{Public: [32]byte{1}, Private: NewSecret32([32]byte{2})})
}

func BenchmarkMACs5000(b *testing.B) {
	v := AppStateSyncVersion{Version: 7, IndexValueMap: map[string]AppStateSyncValue{}}
	for i := range 5000 {
		v.IndexValueMap[fmt.Sprintf("%043x=", i*2654435761)] = AppStateSyncValue{ValueMAC: [32]byte{byte(i)}}
	}
	benchmarkCodec(b, &appStateSyncVersionRecords, v)
}

func benchmarkCodec[K family.Key, V any](b *testing.B, f *family.Family[K, V], v V) {
	stored, err := f.Marshal(v)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("encode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := f.Marshal(v); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := f.Unmarshal(stored); err != nil {
				b.Fatal(err)
			}
		}
	})
}
