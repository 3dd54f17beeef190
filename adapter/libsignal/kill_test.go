package libsignal

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/memstore"
	"github.com/keyfam/keyfam/store/pebblestore"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv("KEYFAM_TEST_CHILD"); dir != "" {
		serve(dir, os.Stdin, os.Stdout)
		return
	}
	os.Exit(m.Run())
}

var (
	aliceAddress = Address{Name: "alice"}
	bobAddress   = Address{Name: "bob", Device: 7}
)

// serve is the process that is killed: bob, who begins with what is in his
// outbox, carries out each line of input in a goroutine of its own and answers
// with a line.
//
//	read id message    from alice               →  text id text | twice id
//	hear id message    from alice, in the group →  text id text | twice id | early id
//	accept id message  alice's sender key       →  text id text | twice id
//	send id text       to alice                 →  sent id send message
//	call id text       in the group             →  sent id call message
//	rotate id          a new sender key         →  sent id rotate message
//	done id            takes it from the outbox
func serve(dir string, in io.Reader, out io.Writer) {
	st, err := pebblestore.Open(context.Background(), dir, nil)
	if err != nil {
		fmt.Fprintln(out, "failed open", err)
		return
	}
	bob, err := Open(ctx, st)
	if err != nil {
		fmt.Fprintln(out, "failed account", err)
		return
	}
	for record, err := range st.Scan(ctx, "outbox", "") {
		if err != nil {
			fmt.Fprintln(out, "failed outbox", err)
			return
		}
		fmt.Fprintln(out, string(record.Value))
	}
	var mu sync.Mutex
	for lines := bufio.NewScanner(in); lines.Scan(); {
		words := append(strings.Fields(lines.Text()), "")
		go func() {
			answer := carryOut(bob, words[0], words[1], words[2])
			mu.Lock()
			defer mu.Unlock()
			fmt.Fprint(out, answer)
		}()
	}
}

// carryOut nests in an outer transaction, as a client that stores more does.
func carryOut(bob *Account, verb, id, arg string) (answer string) {
	body, err := hex.DecodeString(arg)
	if err != nil {
		return "failed " + id + " hex\n"
	}
	err = bob.Keys().Transaction(ctx, nil, func(ctx context.Context, tx *signalkeys.Tx) error {
		in, also := bob.In(tx), new(store.DataSet)
		switch verb {
		case "done":
			also.Delete("outbox", id)
		case "send", "call", "rotate":
			m, err := writeAs(ctx, in, verb, body)
			if err != nil {
				return err
			}
			answer = fmt.Sprintf("sent %s %s %x\n", id, verb, m)
			also.Put("outbox", id, []byte(strings.TrimSpace(answer)))
		default:
			text, err := readAs(ctx, in, verb, body)
			if err != nil {
				return err
			}
			answer = fmt.Sprintf("text %s %x\n", id, text)
			also.Put("inbox", id, text)
		}
		return tx.Tx().Set(ctx, also)
	})
	switch {
	case errors.Is(err, ErrDuplicateMessage):
		return "twice " + id + "\n"
	case errors.Is(err, ErrUnknownSenderKey):
		return "early " + id + "\n"
	case err != nil:
		return "failed " + id + " " + err.Error() + "\n"
	}
	return answer
}

func writeAs(ctx context.Context, bob *Account, verb string, text []byte) ([]byte, error) {
	switch verb {
	case "call":
		return bob.EncryptGroup(ctx, groupOf(bobAddress), text)
	case "rotate":
		var err error
		if text, err = bob.RotateSenderKey(ctx, groupOf(bobAddress)); err != nil {
			return nil, err
		}
	}
	m, err := bob.Encrypt(ctx, aliceAddress, text)
	return m.Body, err
}

func readAs(ctx context.Context, bob *Account, verb string, body []byte) ([]byte, error) {
	if verb == "hear" {
		return bob.DecryptGroup(ctx, groupOf(aliceAddress), body)
	}
	text, err := bob.Decrypt(ctx, aliceAddress, Message{Body: body})
	if err == nil && verb == "accept" {
		err = bob.AcceptSenderKey(ctx, groupOf(aliceAddress), text)
	}
	return text, err
}

// groupOf is the sender key of a party in the group.
func groupOf(who Address) GroupSender {
	return GroupSender{Group: "group", Name: who.Name, Device: who.Device}
}

// killed is the side that lives on: alice, and all that is under way.
type killed struct {
	alice    *Account
	random   *rand.Rand
	texts    map[string]string // what alice has sent, by id
	underWay map[string]string // of these, the lines that bob has not acknowledged
	count    int               // of messages of both
	next     []string          // lines for bob that follow from his answers
	twice    int               // messages that bob had read before he was killed

	read  map[string]bool // messages of bob that alice has read, by id
	again int             // of these, how many came again
	early []string        // group messages whose sender key did not come yet
}

// TestT20Killed kills one party again and again in the middle of messages, in
// the session and in a group whose keys change, and delivers again what was not
// acknowledged: none is lost, none is read twice, on either side.
func TestT20Killed(t *testing.T) {
	r := random(t)
	dir := filepath.Join(t.TempDir(), "store")
	k := newKilled(t, dir, r)
	kills := 20
	if rounds() > 500 {
		kills = 200
	}
	for range kills {
		c := startChild(t, dir)
		c.ask(k.resend()...)
		for range r.IntN(2 * rounds() / kills) {
			c.ask(k.something(t))
			k.hear(t, c)
		}
		c.ask(k.something(t), k.something(t), k.something(t), k.something(t))
		require.NoError(t, c.cmd.Process.Kill())
		for c.out.Scan() {
			k.answer(t, c.out.Text())
		}
		_ = c.cmd.Wait()
	}
	c := startChild(t, dir)
	c.ask(k.resend()...)
	for end := time.Now().Add(time.Minute); len(k.underWay) > 0; {
		require.True(t, time.Now().Before(end), "messages stay under way")
		k.hear(t, c)
	}
	require.NoError(t, c.cmd.Process.Kill())
	_ = c.cmd.Wait()
	k.check(t, dir)
	t.Logf("%d kills, %d messages to the killed party (%d acknowledged only when repeated), %d from it (%d came again): none lost",
		kills, len(k.texts), k.twice, len(k.read), k.again)
}

// check holds what is stored against what was sent.
func (k *killed) check(t *testing.T, dir string) {
	st, err := pebblestore.Open(t.Context(), dir, nil)
	require.NoError(t, err)
	inbox := map[string]string{}
	for record, err := range st.Scan(ctx, "inbox", "") {
		require.NoError(t, err)
		inbox[record.ID] = string(record.Value)
	}
	assert.Equal(t, k.texts, inbox)
	for record, err := range st.Scan(ctx, "outbox", "") {
		require.NoError(t, err)
		k.answer(t, string(record.Value))
		assert.True(t, k.read[record.ID] || len(k.early) > 0, "what bob has committed can be read")
	}
	assert.Empty(t, k.early)
	require.NoError(t, st.Close())
}

func newKilled(t *testing.T, dir string, r *rand.Rand) *killed {
	mem, err := memstore.Open(t.Context(), nil)
	require.NoError(t, err)
	closing(t, mem)
	st, err := pebblestore.Open(t.Context(), dir, nil)
	require.NoError(t, err)
	a, err := Create(ctx, mem, nil)
	require.NoError(t, err)
	b, err := Create(ctx, st, nil)
	require.NoError(t, err)
	alice, bob := party{a, aliceAddress}, party{b, bobAddress}
	require.NoError(t, alice.StartSession(ctx, bob.address, bob.bundle(t)))
	tell(t, alice, bob, "hello")
	tell(t, bob, alice, "hello yourself")
	for _, p := range [][2]party{{alice, bob}, {bob, alice}} {
		d, err := p[0].ShareSenderKey(ctx, groupOf(p[0].address))
		require.NoError(t, err)
		require.NoError(t, p[1].AcceptSenderKey(ctx, groupOf(p[0].address), d))
	}
	require.NoError(t, st.Close())
	return &killed{alice: a, random: r, texts: map[string]string{}, underWay: map[string]string{}, read: map[string]bool{}}
}

// something is a line that has bob send, or read a new message.
func (k *killed) something(t *testing.T) string {
	k.count++
	id, text := fmt.Sprint(k.count), fmt.Sprint("text ", k.count)
	switch draw := k.random.IntN(100); {
	case draw < 30:
		return fmt.Sprintf("send %s %x", id, text)
	case draw < 47:
		return fmt.Sprintf("call %s %x", id, text)
	case draw < 50:
		return "rotate " + id
	case draw < 67:
		m, err := k.alice.EncryptGroup(ctx, groupOf(aliceAddress), []byte(text))
		require.NoError(t, err)
		k.underWay[id] = fmt.Sprintf("hear %s %x", id, m)
	case draw < 70:
		d, err := k.alice.RotateSenderKey(ctx, groupOf(aliceAddress))
		require.NoError(t, err)
		m, err := k.alice.Encrypt(ctx, bobAddress, d)
		require.NoError(t, err)
		text, k.underWay[id] = string(d), fmt.Sprintf("accept %s %x", id, m.Body)
	default:
		m, err := k.alice.Encrypt(ctx, bobAddress, []byte(text))
		require.NoError(t, err)
		k.underWay[id] = fmt.Sprintf("read %s %x", id, m.Body)
	}
	k.texts[id] = text
	return k.underWay[id]
}

// hear takes an answer, and says what follows from it. What came before its key
// it sends again until there is another answer: there must not come five keys
// meanwhile.
func (k *killed) hear(t *testing.T, c child) {
	for early := true; early; {
		line := c.line()
		k.answer(t, line)
		if early = strings.HasPrefix(line, "early "); early {
			time.Sleep(time.Millisecond) // the key is being stored
		}
		c.ask(k.next...)
		k.next = nil
	}
}

// resend is everything that was not acknowledged.
func (k *killed) resend() []string { return slices.Collect(maps.Values(k.underWay)) }

func (k *killed) answer(t *testing.T, line string) {
	words := strings.Fields(line)
	require.GreaterOrEqual(t, len(words), 2, line)
	switch words[0] {
	case "sent":
		k.receive(t, line, words[1], words[2], words[3])
	case "text":
		require.Equal(t, hex.EncodeToString([]byte(k.texts[words[1]])), words[2])
		delete(k.underWay, words[1])
	case "twice":
		k.twice++
		delete(k.underWay, words[1])
	case "early":
		if again, ok := k.underWay[words[1]]; ok {
			k.next = append(k.next, again)
		}
	default:
		require.Fail(t, line)
	}
}

// receive is alice reading what bob has sent.
func (k *killed) receive(t *testing.T, line, id, verb, arg string) {
	body, err := hex.DecodeString(arg)
	require.NoError(t, err)
	var text []byte
	if verb == "call" {
		text, err = k.alice.DecryptGroup(ctx, groupOf(bobAddress), body)
	} else {
		text, err = k.alice.Decrypt(ctx, bobAddress, Message{Body: body})
	}
	switch {
	case errors.Is(err, ErrUnknownSenderKey):
		k.early = append(k.early, line)
		return
	case errors.Is(err, ErrDuplicateMessage) && k.read[id]:
		k.again++
	case verb == "rotate":
		require.NoError(t, err)
		require.NoError(t, k.alice.AcceptSenderKey(ctx, groupOf(bobAddress), text))
		early := k.early
		k.early = nil
		for _, line := range early {
			k.answer(t, line)
		}
	default:
		require.NoError(t, err)
		require.Equal(t, "text "+id, string(text))
	}
	k.read[id] = true
	k.next = append(k.next, "done "+id)
}

// child is a process of bob's.
type child struct {
	t   *testing.T
	cmd *exec.Cmd
	in  io.Writer
	out *bufio.Scanner
}

func startChild(t *testing.T, dir string) child {
	exe, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), "KEYFAM_TEST_CHILD="+dir)
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	return child{t, cmd, in, bufio.NewScanner(out)}
}

func (c child) ask(lines ...string) {
	for _, line := range lines {
		_, err := fmt.Fprintln(c.in, line)
		require.NoError(c.t, err)
	}
}

func (c child) line() string {
	require.True(c.t, c.out.Scan(), "the process has ended by itself")
	return c.out.Text()
}
