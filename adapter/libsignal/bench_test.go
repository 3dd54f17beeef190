package libsignal

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/stretchr/testify/require"
	"go.mau.fi/libsignal/keys/identity"
	"go.mau.fi/libsignal/protocol"
	"go.mau.fi/libsignal/session"
	"go.mau.fi/libsignal/state/record"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/family"
)

var text = make([]byte, 200) // bytes of a usual message

// talked is a pair with a session of usual size: a few turns, a key kept.
func talked(b testing.TB, st *store.Store, i int) (alice, bob party) {
	alice = newParty(b, st, fmt.Sprint("alice", i), 0)
	bob = newParty(b, st, fmt.Sprint("bob", i), 0)
	require.NoError(b, alice.StartSession(b.Context(), bob.address, bob.bundle(b)))
	for range 3 {
		_, err := alice.Encrypt(b.Context(), bob.address, text)
		require.NoError(b, err)
		tell(b, alice, bob, "ping")
		tell(b, bob, alice, "pong")
	}
	return alice, bob
}

// counted is a driver that counts what reaches it.
type counted struct {
	driver.Driver
	reads, commits, bytes atomic.Int64
}

func (c *counted) Read(ctx context.Context, namespace string, keys []driver.Key, into []driver.Record) error {
	c.reads.Add(1)
	return c.Driver.Read(ctx, namespace, keys, into)
}

func (c *counted) Commit(ctx context.Context, namespace string, commit *driver.Commit) error {
	c.commits.Add(1)
	for _, w := range commit.Writes {
		c.bytes.Add(int64(len(w.Value)))
	}
	return c.Driver.Commit(ctx, namespace, commit)
}

func (c *counted) report(b *testing.B) {
	for unit, n := range map[string]*atomic.Int64{"reads/op": &c.reads, "commits/op": &c.commits, "B-written/op": &c.bytes} {
		b.ReportMetric(float64(n.Load())/float64(b.N), unit)
	}
}

func (c *counted) reset() {
	c.reads.Store(0)
	c.commits.Store(0)
	c.bytes.Store(0)
}

// perMessage runs a benchmark of the store's cost on each backend.
func perMessage(b *testing.B, prepare func(b *testing.B, st *store.Store) func() error) {
	for name, open := range backends {
		b.Run(name, func(b *testing.B) {
			c := &counted{Driver: open(b, store.Options{}).Driver()}
			st, err := store.New(b.Context(), c, nil)
			require.NoError(b, err)
			op := prepare(b, st)
			c.reset()
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				require.NoError(b, op())
			}
			c.report(b)
		})
	}
}

func BenchmarkEncrypt(b *testing.B) {
	perMessage(b, func(b *testing.B, st *store.Store) func() error {
		alice, bob := talked(b, st, 0)
		return func() error { _, err := alice.Encrypt(ctx, bob.address, text); return err }
	})
}

func BenchmarkDecrypt(b *testing.B) {
	perMessage(b, func(b *testing.B, st *store.Store) func() error {
		alice, bob := talked(b, st, 0)
		var sent []Message
		for range b.N {
			m, err := alice.Encrypt(ctx, bob.address, text)
			require.NoError(b, err)
			sent = append(sent, m)
		}
		return func() error {
			m := sent[0]
			sent = sent[1:]
			_, err := bob.Decrypt(ctx, alice.address, m)
			return err
		}
	})
}

func BenchmarkEncryptGroup(b *testing.B) {
	perMessage(b, func(b *testing.B, st *store.Store) func() error {
		alice, _ := talked(b, st, 0)
		sender := GroupSender{Group: "group", Name: "alice"}
		_, err := alice.ShareSenderKey(ctx, sender)
		require.NoError(b, err)
		return func() error { _, err := alice.EncryptGroup(ctx, sender, text); return err }
	})
}

// BenchmarkEncryptMany is a message to 64 devices.
func BenchmarkEncryptMany(b *testing.B) {
	perMessage(b, func(b *testing.B, st *store.Store) func() error {
		alice := newParty(b, st, "alice", 0)
		texts := map[Address][]byte{}
		for i := range 64 {
			p := newParty(b, st, fmt.Sprint("device", i), 0)
			require.NoError(b, alice.StartSession(ctx, p.address, p.bundle(b)))
			tell(b, alice, p, "hello")
			tell(b, p, alice, "hello")
			texts[p.address] = text
		}
		return func() error { _, err := alice.EncryptMany(ctx, texts); return err }
	})
}

// BenchmarkSixtyFour is 64 conversations that send at once, on Pebble, each op
// one message, in turns that are compared with one another:
//
//	bare         synced commits of the records, to Pebble itself
//	commit       keyfam's commits of the same records
//	reads+bare   Pebble's own reads of session and identity, and a bare commit
//	transaction  keyfam's reads and commits of the same records, no cryptography
//	memory+bare  libsignal with its sessions in a Go map, and a bare commit
//	encrypt      Account.Encrypt
//
// The ratios are medians of the turns' own.
func BenchmarkSixtyFour(b *testing.B) {
	const turns, messages = 9, conversations * 100
	s := newSixtyFour(b)
	variants := []struct {
		name string
		op   func(i int) error
	}{
		{"bare", s.bare},
		{"commit", s.commit},
		{"reads+bare", s.readsAndBare},
		{"transaction", s.transaction},
		{"memory+bare", s.memoryAndBare},
		{"encrypt", func(i int) error { _, err := s.parties[i].Encrypt(ctx, s.peers[i], text); return err }},
	}
	for range b.N {
		took := map[string][]float64{}
		for range turns {
			for _, v := range variants {
				took[v.name] = append(took[v.name], atOnce(b, conversations, messages, v.op))
			}
		}
		for _, v := range variants {
			b.ReportMetric(median(took[v.name]), v.name+"-µs")
		}
		b.ReportMetric(median(quotients(took["bare"], took["commit"])), "commit/bare-rate")
		b.ReportMetric(median(quotients(took["reads+bare"], took["transaction"])), "transaction/reads+bare-rate")
		b.ReportMetric(median(quotients(took["encrypt"], took["memory+bare"])), "encrypt/memory+bare-time")
	}
	b.ReportMetric(0, "ns/op")
}

const conversations = 64

// sixtyFour is what the variants work on.
type sixtyFour struct {
	db      *pebble.DB
	parties []party
	peers   []Address
	records []family.Secret
	memory  []*inMemory
}

func newSixtyFour(b *testing.B) (s sixtyFour) {
	st := backends["pebblestore"](b, store.Options{})
	var err error
	s.db, err = pebble.Open(filepath.Join(b.TempDir(), "bare"), &pebble.Options{
		MemTableSize: 32 << 20, MemTableStopWritesThreshold: 4, Logger: quietPebble{},
	})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, s.db.Close()) })
	for i := range conversations {
		alice, bob := talked(b, st, i)
		record, _, err := alice.Keys().Sessions().Get(ctx, bob.address)
		require.NoError(b, err)
		session, err := alice.Protocol().LoadSession(ctx, addressOf(bob.address))
		require.NoError(b, err)
		s.parties, s.peers, s.records = append(s.parties, alice), append(s.peers, bob.address), append(s.records, record)
		s.memory = append(s.memory, &inMemory{session: session, Protocol: alice.Protocol()})
		require.NoError(b, s.bare(i))
		require.NoError(b, s.db.Set(fmt.Append(nil, "identity/", i), make([]byte, pointBytes), pebble.Sync))
	}
	return s
}

type quietPebble struct{}

func (quietPebble) Infof(string, ...any)  {}
func (quietPebble) Errorf(string, ...any) {}
func (quietPebble) Fatalf(string, ...any) {}

func (s sixtyFour) bare(i int) error {
	return s.db.Set(fmt.Append(nil, "session/", i), s.records[i].Reveal(), pebble.Sync)
}

func (s sixtyFour) commit(i int) error {
	return s.parties[i].Keys().Sessions().Put(ctx, s.peers[i], s.records[i])
}

func (s sixtyFour) readsAndBare(i int) error {
	for _, family := range []string{"session/", "identity/"} {
		value, closer, err := s.db.Get(fmt.Append(nil, family, i))
		if err != nil {
			return err
		}
		bytes.Clone(value)
		if err := closer.Close(); err != nil {
			return err
		}
	}
	return s.bare(i)
}

func (s sixtyFour) transaction(i int) error {
	return s.parties[i].transact(ctx, func(ctx context.Context, p *Protocol) error {
		if _, _, err := p.keys.Sessions().Get(ctx, s.peers[i]); err != nil {
			return err
		}
		if _, _, err := p.identityOf(ctx, s.peers[i]); err != nil {
			return err
		}
		return p.keys.Sessions().Put(ctx, s.peers[i], s.records[i])
	}, signalkeys.SessionLabel(s.peers[i]))
}

func (s sixtyFour) memoryAndBare(i int) error {
	address := addressOf(s.peers[i])
	m, err := session.NewCipher(session.NewBuilderFromSignal(s.memory[i], address, wire), address).Encrypt(ctx, text)
	if err != nil {
		return err
	}
	m.Serialize()
	return s.bare(i)
}

// atOnce runs an operation from many goroutines and answers microseconds for each.
func atOnce(b *testing.B, goroutines, operations int, op func(i int) error) float64 {
	var wg sync.WaitGroup
	start := time.Now()
	for i := range goroutines {
		wg.Go(func() {
			for range operations / goroutines {
				if err := op(i); err != nil {
					b.Error(err)
				}
			}
		})
	}
	wg.Wait()
	return float64(time.Since(start).Microseconds()) / float64(operations)
}

func quotients(a, b []float64) []float64 {
	q := make([]float64, len(a))
	for i := range a {
		q[i] = a[i] / b[i]
	}
	return q
}

func median(of []float64) float64 {
	of = slices.Sorted(slices.Values(of))
	return of[len(of)/2]
}

// inMemory is a session kept as libsignal's own tests keep it: as it is, in
// memory, like the identity.
type inMemory struct {
	*Protocol
	session  *record.Session
	identity *identity.Key
}

func (m *inMemory) LoadSession(context.Context, *protocol.SignalAddress) (*record.Session, error) {
	return m.session, nil
}

func (m *inMemory) StoreSession(_ context.Context, _ *protocol.SignalAddress, s *record.Session) error {
	m.session = s
	return nil
}

func (m *inMemory) SaveIdentity(_ context.Context, _ *protocol.SignalAddress, k *identity.Key) error {
	m.identity = k
	return nil
}

func (m *inMemory) IsTrustedIdentity(_ context.Context, _ *protocol.SignalAddress, k *identity.Key) (bool, error) {
	return m.identity == nil || m.identity.Fingerprint() == k.Fingerprint(), nil
}
