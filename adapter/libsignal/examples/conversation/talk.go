package main

import (
	"context"
	"errors"
	"fmt"

	"go.mau.fi/libsignal/keys/prekey"

	"github.com/keyfam/keyfam/adapter/libsignal"
	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/store"
)

// The messages themselves, in families of this program's own beside the generated
// ones.
//
//famvet:family inbox outbox

// speaker is one of the two accounts.
type speaker struct {
	*libsignal.Account
	address libsignal.Address
}

// conversation is what two accounts say.
type conversation struct {
	messages int
	tell     func(text string) // gets each text that was heard, once it is committed
	before   func(n string)    // called before the commit that hears message n
}

// talk says and hears messages in turn, from where an earlier run has ended.
func (c conversation) talk(ctx context.Context, st *store.Store) error {
	var both [2]speaker
	for i, name := range []string{"alice", "bob"} {
		a, err := account(ctx, st.Namespace(name))
		if err != nil {
			return err
		}
		both[i] = speaker{a, libsignal.Address{Name: name}}
	}
	if err := introduce(ctx, both[0], both[1]); err != nil {
		return err
	}
	for n := range c.messages {
		from, to := both[n%2], both[(n+1)%2]
		if err := c.step(ctx, from, to, fmt.Sprintf("%02d", n)); err != nil {
			return err
		}
	}
	return nil
}

// account opens the account of a namespace, or makes it.
func account(ctx context.Context, st *store.Store) (*libsignal.Account, error) {
	a, err := libsignal.Open(ctx, st)
	if errors.Is(err, libsignal.ErrNoAccount) {
		return libsignal.Create(ctx, st, nil)
	}
	return a, err
}

// introduce starts the session if there is none. In life the bundle comes from a
// server.
func introduce(ctx context.Context, from, to speaker) error {
	missing, err := from.Missing(ctx, to.address)
	if err != nil || len(missing) == 0 {
		return err
	}
	signed, err := to.NewSignedPreKey(ctx)
	if err != nil {
		return err
	}
	once, err := to.NewPreKeys(ctx, 1)
	if err != nil {
		return err
	}
	self := to.Identity()
	return from.StartSession(ctx, to.address, prekey.NewBundle(
		self.RegistrationID, to.address.Device,
		once[0].ID(), signed.ID(), once[0].KeyPair().PublicKey(),
		signed.KeyPair().PublicKey(), signed.Signature(), self.KeyPair.PublicKey(),
	))
}

// step says message n and has it heard, each unless an earlier run has done so.
func (c conversation) step(ctx context.Context, from, to speaker, n string) error {
	m, err := say(ctx, from, to, n)
	if err != nil {
		return err
	}
	text, err := c.hear(ctx, to, from, n, m)
	if err == nil && text != "" {
		c.tell(text)
	}
	return err
}

// say encrypts message n and notes it in the outbox, in one commit. Of a message
// that is there already it answers what was noted: it may have been sent.
func say(ctx context.Context, from, to speaker, n string) (m libsignal.Message, err error) {
	err = from.Keys().Transaction(ctx, nil, func(ctx context.Context, tx *signalkeys.Tx) error {
		noted, ok, err := tx.Tx().Get(ctx, "outbox", n)
		if err != nil {
			return err
		}
		if ok {
			m = libsignal.Message{PreKey: noted[0] == 1, Body: noted[1:]}
			return nil
		}
		m, err = from.In(tx).Encrypt(ctx, to.address, []byte(from.address.Name+" says "+n))
		if err != nil {
			return err
		}
		noted = append([]byte{0}, m.Body...)
		if m.PreKey {
			noted[0] = 1
		}
		return tx.Tx().Set(ctx, new(store.DataSet).Put("outbox", n, noted))
	})
	return m, err
}

// hear decrypts message n and notes its text in the inbox, in one commit. The
// text of a message that was heard before is empty.
func (c conversation) hear(ctx context.Context, to, from speaker, n string, m libsignal.Message) (text string, err error) {
	err = to.Keys().Transaction(ctx, nil, func(ctx context.Context, tx *signalkeys.Tx) error {
		text = ""
		if heard, err := tx.Tx().Has(ctx, "inbox", n); err != nil || heard {
			return err
		}
		plain, err := to.In(tx).Decrypt(ctx, from.address, m)
		if err != nil {
			return err
		}
		text = string(plain)
		c.before(n)
		return tx.Tx().Set(ctx, new(store.DataSet).Put("inbox", n, plain))
	})
	return text, err
}
