package libsignal

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/family"
)

// rounds is how many messages the conversations of the long tests have.
func rounds() int {
	if os.Getenv("KEYFAM_SOAK") != "" {
		return 20_000
	}
	return 500
}

// TestT20NoMessageIsLost is rule T20: sends nested in outer transactions against
// receives from the same peer, groups, lost, late, reordered and repeated
// messages: every message that arrives can be read.
func TestT20NoMessageIsLost(t *testing.T) {
	for name, open := range backends {
		t.Run(name, func(t *testing.T) {
			c := converse(t, func(o store.Options) *store.Store { return open(t, o) }, honoured, rounds())
			assert.Empty(t, c.failures, "lost")
			c.checkInboxes(t)
		})
	}
}

// TestT20LabelsAreOnlyOrder has the nested transactions take no label: the checks of the
// commits alone lose nothing either.
func TestT20LabelsAreOnlyOrder(t *testing.T) {
	c := converse(t, func(o store.Options) *store.Store { return backends["memstore"](t, o) }, ignored, rounds())
	assert.Empty(t, c.failures, "lost")
	assert.Positive(t, c.conflicts.Load(), "the commits had something to find")
	c.checkInboxes(t)
}

// TestT20SeesLosses has the same conversation on a store with the nesting rule of
// Baileys: a nested transaction works in the outer one's cache without taking
// its own key, and commits what it has without a check. The test that finds
// nothing lost above must find losses here.
func TestT20SeesLosses(t *testing.T) {
	c := converse(t, func(o store.Options) *store.Store {
		st, err := store.New(t.Context(), &blind{backends["memstore"](t, store.Options{}).Driver()}, &o)
		require.NoError(t, err)
		return st
	}, ignored, 500)
	assert.NotEmpty(t, c.failures)
}

// blind commits without checks.
type blind struct{ driver.Driver }

func (b *blind) Commit(ctx context.Context, namespace string, c *driver.Commit) error {
	return b.Driver.Commit(ctx, namespace, &driver.Commit{Deletes: c.Deletes, Writes: c.Writes})
}

// nesting is what a nested transaction does with its labels.
type nesting func(a *Account, tx *signalkeys.Tx) *Account

func honoured(a *Account, tx *signalkeys.Tx) *Account { return a.In(tx) }

func ignored(a *Account, tx *signalkeys.Tx) *Account {
	in := a.In(tx)
	in.keys = unlabelled{tx}
	return in
}

type unlabelled struct{ *signalkeys.Tx }

func (u unlabelled) TransactionWith(ctx context.Context, _ family.TxOptions, fn func(context.Context, *signalkeys.Tx) error) error {
	return fn(ctx, u.Tx)
}

// conversation is two parties who send and receive at once.
type conversation struct {
	nest      nesting
	sides     [2]*side
	conflicts atomic.Int64
	restarts  atomic.Int64

	mu       sync.Mutex
	failures []string
}

// side is one party, and the line on which its messages go out.
type side struct {
	party
	out     *line
	inbox   map[string]string // what arrived and was read, by id
	repeats int
}

func converse(t *testing.T, open func(store.Options) *store.Store, nest nesting, messages int) *conversation {
	r := random(t)
	c := &conversation{nest: nest}
	st := open(store.Options{Tracer: store.TracerFunc(func(r store.Result) {
		switch {
		case r.Op == store.OpAttempt && r.Class == store.ClassConflict:
			c.conflicts.Add(1)
		case r.Op == store.OpAttempt && r.Class == store.ClassRestart:
			c.restarts.Add(1)
		}
	})})
	alice, bob := pair(t, st)
	for i, p := range []party{alice, bob} {
		c.sides[i] = &side{party: p, out: newLine(r), inbox: map[string]string{}}
	}
	c.shareKeys(t)
	var wg sync.WaitGroup
	for i, s := range c.sides {
		sending, receiving := rand.New(rand.NewPCG(r.Uint64(), 1)), rand.New(rand.NewPCG(r.Uint64(), 2))
		peer := c.sides[1-i]
		wg.Go(func() { c.send(s, peer, messages/2, sending) })
		wg.Go(func() { c.receive(s, peer, receiving) })
	}
	wg.Wait()
	c.report(t)
	return c
}

func (c *conversation) report(t *testing.T) {
	var sent, dropped, delayed, turns, repeats int
	for _, s := range c.sides {
		sent, dropped, delayed = sent+s.out.sent, dropped+s.out.dropped, delayed+s.out.delayed
		turns, repeats = turns+len(s.out.chains), repeats+s.repeats
	}
	t.Logf("%d messages (%d dropped by the line, %d late, %d repeated), %d turns of the ratchet, %d reruns, %d restarts: %d lost",
		sent, dropped, delayed, repeats, turns, c.conflicts.Load(), c.restarts.Load(), len(c.failures))
}

func (s *side) sender() GroupSender {
	return GroupSender{Group: "group", Name: s.address.Name, Device: s.address.Device}
}

// shareKeys gives both sides the sender key of the other.
func (c *conversation) shareKeys(t *testing.T) {
	for i, s := range c.sides {
		d, err := s.ShareSenderKey(ctx, s.sender())
		require.NoError(t, err)
		require.NoError(t, c.sides[1-i].AcceptSenderKey(ctx, s.sender(), d))
	}
}

var errChangedMind = errors.New("the sender has changed its mind")

// send sends messages, one or a few in each outer transaction.
func (c *conversation) send(s, peer *side, messages int, r *rand.Rand) {
	defer s.out.end()
	for n := 0; n < messages; {
		batch, fails, wait := 1+r.IntN(3), r.IntN(20) == 0, time.Duration(r.IntN(1000))*time.Microsecond
		draws := make([]int, batch)
		for i := range draws {
			draws[i] = r.IntN(100)
		}
		var out []envelope
		err := s.Keys().Transaction(ctx, signalkeys.TCTokenLabel("outer"), func(ctx context.Context, tx *signalkeys.Tx) error {
			out = nil
			in := c.nest(s.Account, tx)
			for i, draw := range draws {
				e, err := s.write(ctx, in, peer, draw)
				if err != nil {
					return err
				}
				e.id = fmt.Sprint(n + i)
				out = append(out, e)
				time.Sleep(wait) // so that the receiver is under way meanwhile
			}
			if fails {
				return errChangedMind
			}
			return nil
		})
		if errors.Is(err, errChangedMind) {
			continue
		}
		if err != nil {
			c.fail("send: %v", err)
			return
		}
		for _, e := range out {
			s.out.push(e)
		}
		n += batch
	}
}

// write encrypts one message of the kind that was drawn.
func (s *side) write(ctx context.Context, in *Account, peer *side, draw int) (e envelope, err error) {
	e.text = fmt.Sprint("text ", draw)
	switch {
	case draw < 20:
		e.kind = grouped
		e.m.Body, err = in.EncryptGroup(ctx, s.sender(), []byte(e.text))
	case draw < 23:
		e.kind = shared
		d, err := in.ShareSenderKey(ctx, s.sender())
		if err != nil {
			return e, err
		}
		e.text = string(d)
		e.m, err = in.Encrypt(ctx, peer.address, d)
		return e, err
	default:
		e.m, err = in.Encrypt(ctx, peer.address, []byte(e.text))
	}
	return e, err
}

// receive reads what arrives, and stores each text in the commit that read it.
func (c *conversation) receive(s, peer *side, r *rand.Rand) {
	for {
		e, ok := peer.out.pull()
		if !ok {
			return
		}
		err := c.read(s, peer, e, time.Duration(r.IntN(1000))*time.Microsecond)
		if err != nil {
			c.fail("receive: %v", err)
			continue
		}
		s.inbox[e.id] = e.text
		if r.IntN(10) == 0 {
			s.repeats++
			if err := c.read(s, peer, e, 0); !errors.Is(err, ErrDuplicateMessage) {
				c.fail("repeated: %v", err)
			}
		}
	}
}

func (c *conversation) read(s, peer *side, e envelope, wait time.Duration) error {
	return s.Keys().Transaction(ctx, nil, func(ctx context.Context, tx *signalkeys.Tx) (err error) {
		in, text := c.nest(s.Account, tx), []byte(nil)
		switch e.kind {
		case grouped:
			text, err = in.DecryptGroup(ctx, peer.sender(), e.m.Body)
		default:
			text, err = in.Decrypt(ctx, peer.address, e.m)
		}
		if err != nil {
			return err
		}
		if string(text) != e.text {
			return errors.New("another text")
		}
		if e.kind == shared {
			if err := in.AcceptSenderKey(ctx, peer.sender(), text); err != nil {
				return err
			}
		}
		time.Sleep(wait) // so that the sender is under way meanwhile
		return tx.Tx().Set(ctx, new(store.DataSet).Put("inbox", e.id, text))
	})
}

func (c *conversation) fail(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failures = append(c.failures, fmt.Sprintf(format, args...))
}

// checkInboxes holds what is stored against what was read.
func (c *conversation) checkInboxes(t *testing.T) {
	for i, s := range c.sides {
		stored := map[string]string{}
		st := s.Keys().(*signalkeys.Repo).Store()
		for r, err := range st.Scan(ctx, "inbox", "") {
			require.NoError(t, err)
			stored[r.ID] = string(r.Value)
		}
		assert.Equal(t, s.inbox, stored)
		out := c.sides[1-i].out
		assert.Len(t, stored, out.sent-out.dropped, "what was not dropped has arrived")
	}
}
