package libsignal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mau.fi/libsignal/keys/prekey"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/store"
)

// Where tests keep texts, beside the generated families.
//
//famvet:family inbox outbox

func TestConversation(t *testing.T) {
	onBackends(t, func(t *testing.T, st *store.Store) {
		alice, bob := newParty(t, st, "alice", 0), newParty(t, st, "bob", 7)
		missing, err := alice.Missing(ctx, bob.address, Address{Name: "carol"})
		require.NoError(t, err)
		require.Equal(t, []Address{bob.address, {Name: "carol"}}, missing)

		require.NoError(t, alice.StartSession(ctx, bob.address, bob.bundle(t)))
		first, err := alice.Encrypt(ctx, bob.address, []byte("one"))
		require.NoError(t, err)
		require.True(t, first.PreKey)
		hear(t, bob, alice, first, "one")
		count, err := bob.Keys().ReadOnly().PreKeys().Count(ctx)
		require.NoError(t, err)
		require.Zero(t, count, "the one-time pre-key is used up")

		reply, err := bob.Encrypt(ctx, alice.address, []byte("two"))
		require.NoError(t, err)
		require.False(t, reply.PreKey)
		hear(t, alice, bob, reply, "two")

		alice.Account, err = Open(ctx, st.Namespace("alice"))
		require.NoError(t, err)
		tell(t, alice, bob, "")
		tell(t, bob, alice, "three")

		require.NoError(t, alice.Forget(ctx, bob.address))
		_, err = alice.Encrypt(ctx, bob.address, nil)
		require.ErrorIs(t, err, ErrNoSession)
	})
}

// TestBothStart starts a session from both sides at once: each first message
// makes a state that does not fit the other, and no message may suffer.
func TestBothStart(t *testing.T) {
	onBackends(t, func(t *testing.T, st *store.Store) {
		alice, bob := newParty(t, st, "alice", 0), newParty(t, st, "bob", 0)
		require.NoError(t, alice.StartSession(ctx, bob.address, bob.bundle(t)))
		require.NoError(t, bob.StartSession(ctx, alice.address, alice.bundle(t)))
		for round := range 6 {
			var a, b []Message
			for range 3 {
				m, err := alice.Encrypt(ctx, bob.address, []byte("from alice"))
				require.NoError(t, err)
				a = append(a, m)
				m, err = bob.Encrypt(ctx, alice.address, []byte("from bob"))
				require.NoError(t, err)
				b = append(b, m)
			}
			if round%2 == 1 {
				slices.Reverse(a)
				slices.Reverse(b)
			}
			for i := range a {
				hear(t, bob, alice, a[i], "from alice")
				hear(t, alice, bob, b[i], "from bob")
			}
		}
	})
}

func TestEncryptMany(t *testing.T) {
	for name, open := range backends {
		t.Run(name, func(t *testing.T) {
			var seen observations
			st := open(t, store.Options{Tracer: store.TracerFunc(seen.add)})
			alice := newParty(t, st, "alice", 0)
			devices := map[Address]party{}
			bundles, texts := map[Address]*prekey.Bundle{}, map[Address][]byte{}
			for i := range 64 {
				p := newParty(t, st, fmt.Sprint("device", i), uint32(i))
				devices[p.address], bundles[p.address] = p, p.bundle(t)
				texts[p.address] = fmt.Append(nil, "for ", i)
			}
			seen.reset()
			require.NoError(t, alice.StartSessions(ctx, bundles))
			messages, err := alice.EncryptMany(ctx, texts)
			require.NoError(t, err)
			require.Len(t, seen.commits, 2, "one commit to start, one to send")
			assert.Equal(t, 2*64, seen.commits[0].Writes, "sessions and identities")
			assert.Equal(t, 64, seen.commits[1].Writes, "sessions only: no identity has changed")
			assert.Equal(t, 2, seen.reads, "since the first commit")
			for address, m := range messages {
				hear(t, devices[address], alice, m, string(texts[address]))
			}

			texts[Address{Name: "stranger"}] = nil
			_, err = alice.EncryptMany(ctx, texts)
			require.ErrorIs(t, err, ErrNoSession)
			delete(texts, Address{Name: "stranger"})
			messages, err = alice.EncryptMany(ctx, texts)
			require.NoError(t, err)
			for address, m := range messages {
				hear(t, devices[address], alice, m, string(texts[address]))
			}
		})
	}
}

// TestWhichDevice asks for the device that failed, which the error knows and
// does not say.
func TestWhichDevice(t *testing.T) {
	onBackends(t, func(t *testing.T, st *store.Store) {
		alice, bob := pair(t, st)
		mallory := Address{Name: "mallory", Device: 3}
		fails := func(want error, at Address, call func() error) {
			t.Helper()
			refuses(t, alice, want, func() error {
				err := call()
				var device *DeviceError
				require.ErrorAs(t, err, &device)
				require.Equal(t, at, device.Address)
				require.NotContains(t, fmt.Sprintf("%v %+v %s %q", device, err, err, err), "mallory")
				return err
			})
		}
		fails(ErrNoSession, mallory, func() error {
			_, err := alice.EncryptMany(ctx, map[Address][]byte{bob.address: nil, mallory: nil})
			return err
		})
		fails(store.ErrInvalid, mallory, func() error {
			return alice.StartSessions(ctx, map[Address]*prekey.Bundle{mallory: nil})
		})
		malformed := Address{Name: "mallory.1"}
		fails(store.ErrInvalid, malformed, func() error {
			_, err := alice.EncryptMany(ctx, map[Address][]byte{bob.address: nil, malformed: nil})
			return err
		})
		fails(store.ErrInvalid, malformed, func() error {
			return alice.StartSessions(ctx, map[Address]*prekey.Bundle{malformed: bob.bundle(t)})
		})
	})
}

// TestEncryptManyAtOnce sends to the same devices from many goroutines, each
// naming them in its own order.
func TestEncryptManyAtOnce(t *testing.T) {
	onBackends(t, func(t *testing.T, st *store.Store) {
		alice := newParty(t, st, "alice", 0)
		devices := map[Address]party{}
		texts := map[Address][]byte{}
		for i := range 8 {
			p := newParty(t, st, fmt.Sprint("device", i), 0)
			require.NoError(t, alice.StartSession(ctx, p.address, p.bundle(t)))
			devices[p.address], texts[p.address] = p, []byte("text")
		}
		var wg sync.WaitGroup
		sent := make([]map[Address]Message, 16)
		for i := range sent {
			wg.Go(func() {
				var err error
				sent[i], err = alice.EncryptMany(ctx, texts)
				assert.NoError(t, err)
			})
		}
		wg.Wait()
		for _, messages := range sent {
			for address, m := range messages {
				hear(t, devices[address], alice, m, "text")
			}
		}
	})
}

func TestGroup(t *testing.T) {
	onBackends(t, func(t *testing.T, st *store.Store) {
		alice, bob := pair(t, st)
		sender := GroupSender{Group: "group", Name: alice.address.Name, Device: alice.address.Device}
		_, err := alice.EncryptGroup(ctx, sender, nil)
		require.ErrorIs(t, err, ErrNoSenderKey)

		var sent [][]byte
		share := func() []byte {
			d, err := alice.ShareSenderKey(ctx, sender)
			require.NoError(t, err)
			return d
		}
		send := func(n int) {
			for range n {
				m, err := alice.EncryptGroup(ctx, sender, fmt.Append(nil, len(sent)))
				require.NoError(t, err)
				sent = append(sent, m)
			}
		}
		expect := func(i int) {
			t.Helper()
			got, err := bob.DecryptGroup(ctx, sender, sent[i])
			require.NoError(t, err)
			require.Equal(t, fmt.Sprint(i), string(got))
		}
		first := share()
		send(5)
		_, err = bob.DecryptGroup(ctx, sender, sent[0])
		require.ErrorIs(t, err, ErrNoSenderKey)
		require.NoError(t, bob.AcceptSenderKey(ctx, sender, first))
		expect(4)
		expect(1)

		// The same key again, from where it stands now and from the start: nothing
		// that was missing is lost, nothing that was read can be read again.
		require.NoError(t, bob.AcceptSenderKey(ctx, sender, share()))
		require.NoError(t, bob.AcceptSenderKey(ctx, sender, first))
		expect(0)
		expect(3)
		for _, i := range []int{0, 1, 3, 4} {
			_, err = bob.DecryptGroup(ctx, sender, sent[i])
			require.ErrorIs(t, err, ErrDuplicateMessage)
		}

		// A new key: the old one still reads what is late.
		rotated, err := alice.RotateSenderKey(ctx, sender)
		require.NoError(t, err)
		require.NoError(t, bob.AcceptSenderKey(ctx, sender, rotated))
		require.NoError(t, bob.AcceptSenderKey(ctx, sender, share()), "the same key")
		send(2)
		expect(6)
		expect(2)
		expect(5)

		_, err = bob.EncryptGroup(ctx, sender, nil)
		require.ErrorIs(t, err, ErrOwnSenderKey)
		_, err = bob.ShareSenderKey(ctx, sender)
		require.ErrorIs(t, err, ErrOwnSenderKey)
		_, err = bob.RotateSenderKey(ctx, sender)
		require.ErrorIs(t, err, ErrOwnSenderKey)
		require.ErrorIs(t, alice.AcceptSenderKey(ctx, sender, first), ErrOwnSenderKey)

		// Somebody who has only the key before cannot read what comes now.
		carol := newParty(t, st, "carol", 0)
		require.NoError(t, carol.AcceptSenderKey(ctx, sender, share()))
		_, err = alice.RotateSenderKey(ctx, sender)
		require.NoError(t, err)
		send(1)
		_, err = carol.DecryptGroup(ctx, sender, sent[len(sent)-1])
		require.ErrorIs(t, err, ErrUnknownSenderKey)
		// The first key of a group may come from here, too.
		_, err = carol.RotateSenderKey(ctx, GroupSender{Group: "group", Name: "carol"})
		require.NoError(t, err)
	})
}

// TestNested shows what In is for: a text and the ratchet that it came by are
// committed together, or neither is.
func TestNested(t *testing.T) {
	onBackends(t, func(t *testing.T, st *store.Store) {
		alice, bob := pair(t, st)
		m, err := alice.Encrypt(ctx, bob.address, []byte("keep me"))
		require.NoError(t, err)
		receive := func(fail error) error {
			return bob.Keys().Transaction(ctx, nil, func(ctx context.Context, tx *signalkeys.Tx) error {
				text, err := bob.In(tx).Decrypt(ctx, alice.address, m)
				if err != nil {
					return err
				}
				if err := tx.Tx().Set(ctx, new(store.DataSet).Put("inbox", "1", text)); err != nil {
					return err
				}
				return fail
			})
		}
		full := errors.New("no room")
		require.ErrorIs(t, receive(full), full)
		require.NoError(t, receive(nil))
		require.ErrorIs(t, receive(nil), ErrDuplicateMessage)
		text, _, err := st.Namespace("bob").Get(ctx, "inbox", "1")
		require.NoError(t, err)
		require.Equal(t, "keep me", string(text))
	})
}

// TestForeignTransaction gives an account the transaction of another one.
func TestForeignTransaction(t *testing.T) {
	onBackends(t, func(t *testing.T, st *store.Store) {
		alice, bob := pair(t, st)
		elsewhere := newParty(t, backends["memstore"](t, store.Options{}), "alice", 0)
		for _, other := range []party{bob, elsewhere} {
			refuses(t, other, store.ErrInvalid, func() error {
				return other.Keys().Transaction(ctx, nil, func(ctx context.Context, tx *signalkeys.Tx) error {
					in := alice.In(tx)
					for _, call := range []func() error{
						func() error { _, err := in.Encrypt(ctx, bob.address, nil); return err },
						func() error { _, err := in.NewPreKeys(ctx, 1); return err },
						func() error { _, err := in.Missing(ctx, bob.address); return err },
						func() error { _, err := in.In(tx).NewSignedPreKey(ctx); return err },
					} {
						require.ErrorIs(t, call(), store.ErrInvalid)
					}
					_, err := in.Protocol().ContainsPreKey(ctx, 1)
					require.Error(t, err)
					require.Error(t, in.Keys().Sessions().Delete(ctx, bob.address))
					_, err = in.Encrypt(ctx, bob.address, nil)
					return err
				})
			})
		}
		refuses(t, alice, store.ErrInvalid, func() error { _, err := alice.In(nil).Encrypt(ctx, bob.address, nil); return err })
		tell(t, alice, bob, "text")
		// The namespace by another handle, and an account in a transaction again.
		err := signalkeys.New(st.Namespace("alice")).Transaction(ctx, nil, func(ctx context.Context, tx *signalkeys.Tx) error {
			_, err := alice.In(tx).In(tx).Encrypt(ctx, bob.address, nil)
			return err
		})
		require.NoError(t, err)
		// A transaction that has ended.
		var kept *signalkeys.Tx
		require.NoError(t, alice.Keys().Transaction(ctx, nil, func(ctx context.Context, tx *signalkeys.Tx) error {
			//famvet:ignore txescape kept to see what an ended transaction answers
			kept = tx
			return nil
		}))
		refuses(t, alice, store.ErrTxDone, func() error { _, err := alice.In(kept).Encrypt(ctx, bob.address, nil); return err })
	})
}

// observations collects the calls of the backend.
type observations struct {
	mu      sync.Mutex
	commits []store.Result
	reads   int // since the last commit
}

func (o *observations) add(seen store.Result) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch seen.Op {
	case store.OpDriverRead:
		o.reads++
	case store.OpDriverCommit:
		o.commits = append(o.commits, seen)
		if len(o.commits) == 1 {
			o.reads = 0
		}
	}
}

func (o *observations) reset() { o.commits = nil }
