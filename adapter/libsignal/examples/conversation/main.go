// Conversation lets two accounts in two namespaces of one Pebble store talk,
// kills the process in the middle and goes on.
//
//	go run ./examples/conversation
//
// The program starts itself twice. The first run is killed with SIGKILL while it
// hears message 5, between the decryption and the commit; the second one goes on
// with that message. Nothing is heard twice and nothing is missing, because each
// step is one transaction: a message is noted in the outbox by the commit that
// encrypts it, and its text in the inbox by the commit that decrypts it.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/keyfam/keyfam/store/pebblestore"
)

const (
	messages = 10
	killedAt = "05"
)

func main() {
	err := run()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) == 4 && os.Args[1] == "talk" {
		return talkIn(context.Background(), os.Args[2], os.Args[3])
	}
	dir, err := os.MkdirTemp("", "conversation")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := start(dir, killedAt); err == nil {
		return errors.New("the process has not been killed")
	}
	fmt.Println("-- killed --")
	return start(dir, "never")
}

// start runs the conversation in a process of its own.
func start(dir, killAt string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(self, "talk", filepath.Join(dir, "store"), killAt)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return cmd.Run()
}

// talkIn is that process. It kills itself when it is about to have heard message
// killAt.
func talkIn(ctx context.Context, dir, killAt string) error {
	st, err := pebblestore.Open(ctx, dir, nil)
	if err != nil {
		return err
	}
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		return err
	}
	c := conversation{
		messages: messages,
		tell:     func(text string) { fmt.Println(text) },
		before: func(n string) {
			if n == killAt {
				_ = self.Kill()
				select {} // no commit comes before the signal
			}
		},
	}
	return errors.Join(c.talk(ctx, st), st.Close())
}
