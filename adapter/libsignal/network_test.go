package libsignal

import (
	"math/rand/v2"
	"sync"

	"go.mau.fi/libsignal/serialize"
)

// envelope is a message under way.
type envelope struct {
	id    string
	text  string
	kind  kind
	late  bool
	chain int // which of the sender's chains it is of, counted from 0
	m     Message
}

type kind int

const (
	direct  kind = iota
	grouped      // encrypted with the sender key
	shared       // a distribution message, encrypted with the session
)

// line carries the messages of one party to the other: it loses some, delays
// some and delivers the others in any order. It knows the one bound that the
// protocol has: a session remembers five chains, so a message is delivered
// before the fourth after its own.
type line struct {
	mu     sync.Mutex
	change *sync.Cond
	random *rand.Rand
	chains map[string]int
	held   []envelope
	newest int // the highest chain delivered
	ended  bool

	sent, dropped, delayed int
}

func newLine(r *rand.Rand) *line {
	l := &line{random: rand.New(rand.NewPCG(r.Uint64(), 0)), chains: map[string]int{}}
	l.change = sync.NewCond(&l.mu)
	return l
}

// push takes a message to carry. It waits while many are under way, so that the
// parties stay in conversation.
func (l *line) push(e envelope) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.held) >= 6 {
		l.change.Wait()
	}
	l.sent++
	if e.kind != grouped {
		e.chain = l.chainOf(e.m)
	} else {
		e.chain = l.newest // sender keys have no turns
	}
	switch draw := l.random.IntN(100); {
	case draw < 3:
		l.dropped++
		return
	case draw < 10:
		e.late = true
		l.delayed++
	}
	l.held = append(l.held, e)
	l.change.Broadcast()
}

// chainOf numbers the chains in the order in which they are used first.
func (l *line) chainOf(m Message) int {
	body := m.Body
	if m.PreKey {
		var p serialize.PreKeySignalMessage
		if _, err := split(body, 0, &p); err != nil {
			panic(err)
		}
		body = p.Message
	}
	var s serialize.SignalMessage
	if _, err := split(body, macBytes, &s); err != nil {
		panic(err)
	}
	key := string(s.RatchetKey)
	if _, ok := l.chains[key]; !ok {
		l.chains[key] = len(l.chains)
	}
	return l.chains[key]
}

// pull delivers a message; ok is false when none will come any more.
func (l *line) pull() (e envelope, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		if i := l.pick(); i >= 0 {
			e = l.held[i]
			l.held = append(l.held[:i], l.held[i+1:]...)
			l.newest = max(l.newest, e.chain)
			l.change.Broadcast()
			return e, true
		}
		if l.ended {
			return e, false
		}
		l.change.Wait()
	}
}

// pick is the place of the message to deliver next, -1 for none now.
func (l *line) pick() int {
	if len(l.held) == 0 {
		return -1
	}
	i := l.random.IntN(len(l.held))
	for n := 0; l.held[i].late && n < len(l.held); n++ {
		i = (i + 1) % len(l.held)
	}
	if l.held[i].late && !l.ended && len(l.held) < 4 {
		return -1
	}
	for j := range l.held { // nothing may stay behind for too long
		if l.held[j].chain < l.held[i].chain-3 {
			i = j
		}
	}
	return i
}

func (l *line) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	l.change.Broadcast()
}
