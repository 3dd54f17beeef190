package libsignal

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family"
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

// serve is the process that is killed: bob, who carries out each line of input
// in a goroutine of its own and answers with a line.
//
//	read id message  →  text id text | twice id | failed id why
//	send id text     →  sent id message
func serve(dir string, in io.Reader, out io.Writer) {
	st, err := pebblestore.Open(dir, nil)
	if err != nil {
		fmt.Fprintln(out, "failed open", err)
		return
	}
	bob, err := Open(ctx, st)
	if err != nil {
		fmt.Fprintln(out, "failed account", err)
		return
	}
	var mu sync.Mutex
	for lines := bufio.NewScanner(in); lines.Scan(); {
		words := strings.Fields(lines.Text())
		go func() {
			answer := carryOut(bob, words[0], words[1], words[2])
			mu.Lock()
			defer mu.Unlock()
			fmt.Fprintln(out, answer)
		}()
	}
}

// carryOut nests in an outer transaction, as a client that stores more does.
func carryOut(bob *Account, verb, id, arg string) (answer string) {
	body, err := hex.DecodeString(arg)
	if err != nil {
		return "failed " + id + " hex"
	}
	err = bob.Keys().Transaction(ctx, family.Lock{}, func(ctx context.Context, tx *signalkeys.Tx) error {
		if verb == "send" {
			m, err := bob.In(tx).Encrypt(ctx, aliceAddress, body)
			answer = fmt.Sprintf("sent %s %x", id, m.Body)
			return err
		}
		text, err := bob.In(tx).Decrypt(ctx, aliceAddress, Message{Body: body})
		if err != nil {
			return err
		}
		answer = fmt.Sprintf("text %s %x", id, text)
		//famvet:ignore familyname a family of this program's own, untyped
		return tx.Tx().Set(ctx, new(store.DataSet).Put("inbox", id, text))
	})
	if errors.Is(err, ErrDuplicateMessage) {
		return "twice " + id
	}
	if err != nil {
		return "failed " + id + " " + err.Error()
	}
	return answer
}

// killed is the side that lives on: alice, and all that is under way.
type killed struct {
	alice    *Account
	texts    map[string]string  // what alice has sent, by id
	underWay map[string]Message // of these, what bob has not acknowledged
	next     int
	read     int // messages of bob that alice has read
	twice    int // messages that bob had read before he was killed
}

// TestT20Killed kills one party again and again in the middle of messages, and
// delivers again what was not acknowledged: none is lost, none is read twice.
func TestT20Killed(t *testing.T) {
	r := random(t)
	dir := filepath.Join(t.TempDir(), "store")
	k := newKilled(t, dir)
	kills := 20
	if rounds() > 500 {
		kills = 200
	}
	for range kills {
		c := startChild(t, dir)
		c.ask(k.resend()...)
		for range r.IntN(2 * rounds() / kills) {
			c.ask(k.something(t, r.IntN(2) == 0))
			k.answer(t, c.line())
		}
		c.ask(k.something(t, true), k.something(t, false), k.something(t, true))
		require.NoError(t, c.cmd.Process.Kill())
		for c.out.Scan() {
			k.answer(t, c.out.Text())
		}
		_ = c.cmd.Wait()
	}
	c := startChild(t, dir)
	c.ask(k.resend()...)
	for len(k.underWay) > 0 {
		k.answer(t, c.line())
	}
	require.NoError(t, c.cmd.Process.Kill())
	_ = c.cmd.Wait()
	t.Logf("%d kills, %d messages to the killed party (%d acknowledged only when repeated), %d from it: none lost", kills, len(k.texts), k.twice, k.read)

	st, err := pebblestore.Open(dir, nil)
	require.NoError(t, err)
	inbox := map[string]string{}
	//famvet:ignore familyname a family of this program's own, untyped
	for record, err := range st.Scan(ctx, "inbox", "") {
		require.NoError(t, err)
		inbox[record.ID] = string(record.Value)
	}
	assert.Equal(t, k.texts, inbox)
	require.NoError(t, st.Close())
}

func newKilled(t *testing.T, dir string) *killed {
	mem, err := memstore.Open(nil)
	require.NoError(t, err)
	closing(t, mem)
	st, err := pebblestore.Open(dir, nil)
	require.NoError(t, err)
	a, err := Create(ctx, mem, nil)
	require.NoError(t, err)
	b, err := Create(ctx, st, nil)
	require.NoError(t, err)
	alice, bob := party{a, aliceAddress}, party{b, bobAddress}
	require.NoError(t, alice.StartSession(ctx, bob.address, bob.bundle(t)))
	tell(t, alice, bob, "hello")
	tell(t, bob, alice, "hello yourself")
	require.NoError(t, st.Close())
	return &killed{alice: a, texts: map[string]string{}, underWay: map[string]Message{}}
}

// something is a line that has bob send, or read a new message.
func (k *killed) something(t *testing.T, read bool) string {
	k.next++
	id, text := fmt.Sprint(k.next), fmt.Sprint("text ", k.next)
	if !read {
		return fmt.Sprintf("send %s %x", id, text)
	}
	m, err := k.alice.Encrypt(ctx, bobAddress, []byte(text))
	require.NoError(t, err)
	k.texts[id], k.underWay[id] = text, m
	return readLine(id, m)
}

func readLine(id string, m Message) string { return fmt.Sprintf("read %s %x", id, m.Body) }

// resend is everything that was not acknowledged.
func (k *killed) resend() (lines []string) {
	for id, m := range k.underWay {
		lines = append(lines, readLine(id, m))
	}
	return lines
}

func (k *killed) answer(t *testing.T, line string) {
	words := strings.Fields(line)
	require.GreaterOrEqual(t, len(words), 2, line)
	switch words[0] {
	case "sent":
		body, err := hex.DecodeString(words[2])
		require.NoError(t, err)
		text, err := k.alice.Decrypt(ctx, bobAddress, Message{Body: body})
		require.NoError(t, err)
		require.Equal(t, "text "+words[1], string(text))
		k.read++
	case "text":
		require.Equal(t, hex.EncodeToString([]byte(k.texts[words[1]])), words[2])
		delete(k.underWay, words[1])
	case "twice":
		k.twice++
		delete(k.underWay, words[1])
	default:
		require.Fail(t, line)
	}
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
