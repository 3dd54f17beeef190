package signalkeys

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"slices"
	"testing"

	"github.com/keyfam/keyfam/store/family"
)

func BenchmarkKeyPair(b *testing.B) {
	benchmarkCodec(b, &preKeyRecords, KeyPair{Public: [32]byte{1}, Private: NewSecret32([32]byte{2})})
}

func BenchmarkMACs5000(b *testing.B) {
	v := AppStateSyncVersion{Version: 7, IndexValueMap: map[string]AppStateSyncValue{}}
	for i := range 5000 {
		v.IndexValueMap[indexMAC(i)] = AppStateSyncValue{ValueMAC: [32]byte{byte(i)}}
	}
	benchmarkCodec(b, &appStateSyncVersionRecords, v)
}

func benchmarkCodec[I family.ID, V any](b *testing.B, f *family.Family[I, V], v V) {
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

// The same records as somebody would write the codec by hand, for these two and
// nothing else: no field names in errors, no unknown fields, no secrets, no check
// of text. This is what PEERS measured.

type handPair struct{ public, private [32]byte }

func (p *handPair) marshal() []byte {
	b := make([]byte, 0, 68)
	b = append(b, 0x0a, 32)
	b = append(b, p.public[:]...)
	b = append(b, 0x12, 32)
	return append(b, p.private[:]...)
}

func (p *handPair) unmarshal(b []byte) error {
	for len(b) > 0 {
		tag, n := binary.Uvarint(b)
		if n <= 0 || tag&7 != 2 {
			return errHand
		}
		b = b[n:]
		size, n := binary.Uvarint(b)
		if n <= 0 || size > uint64(len(b)-n) {
			return errHand
		}
		field := b[n : n+int(size)]
		b = b[n+int(size):]
		switch {
		case size != 32:
			return errHand
		case tag>>3 == 1:
			copy(p.public[:], field)
		case tag>>3 == 2:
			copy(p.private[:], field)
		}
	}
	return nil
}

// sink keeps what is made from being made on the stack.
var sink []byte

// indexMAC is a random index MAC as WhatsApp spells it.
func indexMAC(i int) string {
	sum := sha256.Sum256([]byte{byte(i), byte(i >> 8)})
	return base64.StdEncoding.EncodeToString(sum[:])
}

var errHand = errors.New("malformed")

func handMACs(m map[string][32]byte) []byte {
	keys := make([]string, 0, len(m))
	size := 0
	for k := range m {
		keys = append(keys, k)
		size += 2 + 2 + len(k) + 2 + 2 + 32
	}
	slices.Sort(keys)
	b := make([]byte, 0, size)
	for _, k := range keys {
		mac := m[k]
		b = append(b, 0x1a, byte(2+len(k)+2+2+32), 0x0a, byte(len(k)))
		b = append(b, k...)
		b = append(b, 0x12, 34, 0x0a, 32)
		b = append(b, mac[:]...)
	}
	return b
}

func handUnmarshalMACs(b []byte) (map[string][32]byte, error) {
	n := 0
	for rest := b; len(rest) > 2; rest = rest[2+int(rest[1]):] {
		n++
	}
	m := make(map[string][32]byte, n)
	text := string(b)
	for at := 0; at < len(b); {
		if b[at] != 0x1a || int(b[at+1]) > len(b)-at-2 || b[at+2] != 0x0a {
			return nil, errHand
		}
		end := at + 2 + int(b[at+1])
		key := text[at+4 : at+4+int(b[at+3])]
		if end-at-4-len(key) != 36 {
			return nil, errHand
		}
		m[key] = [32]byte(b[end-32 : end])
		at = end
	}
	return m, nil
}

func BenchmarkByHand(b *testing.B) {
	pair := handPair{public: [32]byte{1}, private: [32]byte{2}}
	stored := pair.marshal()
	macs := map[string][32]byte{}
	for i := range 5000 {
		macs[indexMAC(i)] = [32]byte{byte(i)}
	}
	many := handMACs(macs)
	b.Run("KeyPair/encode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			sink = pair.marshal()
		}
	})
	b.Run("KeyPair/decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := new(handPair).unmarshal(stored); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("MACs5000/encode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			sink = handMACs(macs)
		}
	})
	b.Run("MACs5000/decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := handUnmarshalMACs(many); err != nil {
				b.Fatal(err)
			}
		}
	})
}
