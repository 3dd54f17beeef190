package secretleak

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/keyfam/keyfam/analyzer/testdata/src/reveal"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/store/family"
)

type dump struct {
	name string
	key  []byte
}

func prints(s family.Secret, pair signalkeys.KeyPair, logger *slog.Logger) error {
	fmt.Printf("%x\n", s.Reveal()) // want `secret bytes from Reveal are given to fmt.Printf, which prints them: give it the secret itself, which prints redacted, or its length`
	fmt.Printf("%x\n", s)
	private := pair.Private.Reveal()
	log.Println(string(private[:])) // want `given to log.Println`
	log.Println(pair.Private, pair.Public)
	slog.Info("loaded", "key", s.Reveal())           // want `given to slog.Info`
	logger.Info("loaded", slog.Any("k", s.Reveal())) // want `given to slog.Any`
	logger.Info("loaded", "key", s, "size", len(s.Reveal()))
	b := s.Reveal()
	text := hex.EncodeToString(b[:4])
	fmt.Println("key " + text) // want `given to fmt.Println`
	sum := sha256.Sum256(b)
	fmt.Printf("fingerprint %x\n", sum[:4])
	d := dump{name: "alice", key: b}
	fmt.Println(d)      // want `given to fmt.Println`
	fmt.Println(d.name) // not the key
	all := map[string][]byte{"alice": b}
	fmt.Println(all) // want `given to fmt.Println`
	fmt.Println(len(all))
	if !bytes.Equal(b, nil) {
		return fmt.Errorf("bad key %x", b) // want `given to fmt.Errorf`
	}
	if len(b) != 32 {
		return fmt.Errorf("bad key of %d bytes", len(b))
	}
	return errors.New("bad key " + string(b)) // want `given to errors.New`
}

func show(b []byte) { fmt.Printf("%x", b) }

func count(b []byte) { fmt.Printf("%d", len(b)) }

func raw(s family.Secret) []byte { return bytes.Clone(s.Reveal()) }

func logf(format string, args ...any) { log.Printf("keys: "+format, args...) }

func helpers(s family.Secret) {
	show(s.Reveal()) // want `given to show \(which calls fmt.Printf\)`
	count(s.Reveal())
	show([]byte("public"))
	fmt.Println(raw(s))          // want `given to fmt.Println`
	logf("%x", s.Reveal())       // want `given to logf`
	fmt.Println(reveal.Hex(s))   // want `given to fmt.Println`
	reveal.Dump("k", s.Reveal()) // want `given to Dump \(which calls log.Printf\)`
	reveal.Dump("k", []byte("public"))
	fmt.Println(reveal.Size(s.Reveal()))
	inner := func(b []byte) { fmt.Println(b) } // want `given to fmt.Println`
	inner(s.Reveal())
}

func fails(s family.Secret) { panic(string(s.Reveal())) } // want `given to panic`

func TestKey(t *testing.T) {
	repo, ctx := new(signalkeys.Repo), context.Background()
	s, ok, err := repo.Sessions().Get(ctx, signalkeys.SessionID{})
	if err != nil || !ok {
		t.Fatal(err)
	}
	if !s.Equal(family.NewSecret([]byte("x"))) {
		t.Errorf("got %q", s.Reveal()) // want `given to Errorf`
		t.Errorf("got %v", s)
	}
	//famvet:ignore secretleak a key made for this test
	t.Logf("got %q", s.Reveal())
}

func streams(s family.Secret, file *os.File) error {
	os.Stderr.Write(s.Reveal())               // want `given to os.Stderr.Write`
	os.Stdout.WriteString(string(s.Reveal())) // want `given to os.Stdout.WriteString`
	os.Stderr.WriteString("no secret")
	_, err := file.Write(s.Reveal()) // a file is a place to keep it
	return err
}

func buffers(s family.Secret) {
	var buf, other bytes.Buffer
	var sb strings.Builder
	buf.WriteString("key ")
	buf.Write(s.Reveal())
	sb.WriteString(hex.EncodeToString(s.Reveal()))
	other.WriteString("key ")
	log.Print(buf.String()) // want `given to log.Print`
	log.Print(sb.String())  // want `given to log.Print`
	log.Print(other.String(), buf.Len())
}

type node struct {
	text string
	next *node
}

// A list that is copied into its own tail has no deepest place.
func intoItself(n *node, s family.Secret) {
	n.text = string(s.Reveal())
	for n.next != nil {
		*n.next = *n
		log.Println(n.next.text) // want `given to log.Println`
	}
}
