package libsignal

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	wireprotocol "go.mau.fi/libsignal/protocol"
	"go.mau.fi/libsignal/serialize"
	"go.mau.fi/libsignal/session"
	"go.mau.fi/libsignal/state/record"

	"github.com/keyfam/keyfam/store"
)

// shapesOfSessions are sessions of every shape: fresh, with kept keys, with a
// pending pre-key and with earlier states.
func shapesOfSessions(t testing.TB) (records [][]byte) {
	st := backends["memstore"](t, store.Options{})
	alice, bob := newParty(t, st, "alice", 0), newParty(t, st, "bob", 7)
	note := func() {
		for _, p := range [][2]party{{alice, bob}, {bob, alice}} {
			record, ok, err := p[0].Keys().Sessions().Get(ctx, p[1].address)
			require.NoError(t, err)
			if ok {
				records = append(records, record.Reveal())
			}
		}
	}
	signed, err := bob.NewSignedPreKey(ctx)
	require.NoError(t, err)
	require.NoError(t, alice.StartSession(ctx, bob.address, bob.bundleOf(signed, nil)))
	note()
	for range 3 {
		_, err := alice.Encrypt(ctx, bob.address, nil)
		require.NoError(t, err)
		tell(t, alice, bob, "a key is kept")
		tell(t, bob, alice, "an answer")
		note()
	}
	require.NoError(t, bob.StartSession(ctx, alice.address, alice.bundle(t)))
	tell(t, bob, alice, "another session")
	note()
	return records
}

// TestSendingIsTheSession compares what Encrypt makes of a record with what
// comes of all of it read and written.
func TestSendingIsTheSession(t *testing.T) {
	for _, data := range shapesOfSessions(t) {
		s, err := readSending(data)
		require.NoError(t, err)
		for _, index := range []uint32{0, 1, 127, 128, 1 << 31} {
			key := bytes.Repeat([]byte{byte(index)}, keyBytes)
			whole, err := decodeSession(data)
			require.NoError(t, err)
			whole.SessionState.SenderChain.ChainKey.Index, whole.SessionState.SenderChain.ChainKey.Key = index, key
			want, err := encodeSession(whole)
			require.NoError(t, err)
			require.Equal(t, want, s.advanced(key, index))
		}
	}
}

// TestSealIsLibsignals compares messages with those that libsignal's own cipher
// makes of the same sessions.
func TestSealIsLibsignals(t *testing.T) {
	protocol := newParty(t, backends["memstore"](t, store.Options{}), "x", 0).Protocol()
	for _, data := range shapesOfSessions(t) {
		s, err := readSending(data)
		require.NoError(t, err)
		whole, err := decodeSession(data)
		require.NoError(t, err)
		loaded, err := record.NewSessionFromStructure(whole, wire.Session, wire.State)
		require.NoError(t, err)
		theirs := &inMemory{session: loaded, Protocol: protocol}
		c := session.NewCipher(session.NewBuilderFromSignal(theirs, addressOf(bobAddress), wire), addressOf(bobAddress))
		for _, length := range []int{0, 1, 15, 16, 3000} {
			text := bytes.Repeat([]byte{7}, length)
			want, err := c.Encrypt(ctx, text)
			require.NoError(t, err)
			m, next, err := seal(&s.state, text)
			require.NoError(t, err)
			require.Equal(t, want.Serialize(), m.Body)
			require.Equal(t, want.Type() == wireprotocol.PREKEY_TYPE, m.PreKey)
			s, err = readSending(s.advanced(next.Key(), next.Index()))
			require.NoError(t, err)
		}
	}
}

// TestSendingIsAsStrict changes records: what decodeSession refuses, readSending does.
// (It also refuses numbers with more bits than their type, which protobuf cuts.)
func TestSendingIsAsStrict(t *testing.T) {
	strict := func(data []byte) {
		t.Helper()
		_, want := decodeSession(data)
		_, got := readSending(data)
		require.False(t, want != nil && got == nil, "%v", want)
	}
	for _, data := range shapesOfSessions(t) {
		eachKey(t, data, &serialize.RecordStructure{}, func(data []byte) {
			_, err := readSending(data)
			require.ErrorIs(t, err, store.ErrCorrupt)
		})
		for i := range data {
			strict(data[:i])
			for bit := range 8 {
				changed := bytes.Clone(data)
				changed[i] ^= 1 << bit
				strict(changed)
			}
		}
		strict(append(bytes.Clone(data), 0xfa, 1, 0))
		strict(append(bytes.Clone(data), data...))
	}
}
