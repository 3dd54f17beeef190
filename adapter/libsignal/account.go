package libsignal

import (
	"context"
	"fmt"

	"go.mau.fi/libsignal/keys/identity"
	"go.mau.fi/libsignal/util/keyhelper"

	"github.com/keyfam/keyfam/adapter/libsignal/localkeys"
	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/internal/hidden"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family"
)

// Address is a device of a user, as the session with it is stored.
type Address = signalkeys.SessionID

// GroupSender is a sender in a group, as its sender key is stored.
type GroupSender = signalkeys.SenderKeyID

// Account encrypts and decrypts for the account that a namespace of a store
// holds. It is safe for concurrent use.
//
// Each method is one serializable transaction, under the label of the session
// or the group that it is about. What it returns has been committed. After an
// error nothing has changed. To commit more together with it, such as a
// received text, see [Account.In].
type Account struct {
	keys  signalkeys.Families
	local localkeys.Families
	self  hidden.Pointer[Identity] // holds the private key
	home  *store.Store             // the namespace, outside of transactions
	err   error                    // what every method answers
}

// selfID is the id in families with one record.
const selfID = "self"

// Create makes an account in the namespace. A nil identity means a new one.
//
// Errors: [ErrAccountExists] if there is an account: it is never replaced;
// [store.ErrInvalid] if a half of the identity is missing.
func Create(ctx context.Context, s *store.Store, self *Identity) (*Account, error) {
	a, err := create(ctx, s, self)
	return a, failed("create", err)
}

func create(ctx context.Context, s *store.Store, self *Identity) (*Account, error) {
	quieten()
	if self == nil {
		pair, err := keyhelper.GenerateIdentityKeyPair()
		if err != nil {
			return nil, err
		}
		// Between 1 and 16380, as the protocol has it; libsignal draws from all numbers.
		self = &Identity{KeyPair: pair, RegistrationID: keyhelper.GenerateRegistrationID()%16380 + 1}
	}
	if pair := self.KeyPair; pair == nil || !isKey(pair.PublicKey()) || pair.PrivateKey() == nil {
		return nil, errIncomplete
	}
	a, err := repositories(ctx, s)
	if err != nil {
		return nil, err
	}
	own := *self // later changes are the caller's
	a.self = hidden.To(&own)
	record := localkeys.LocalIdentity{
		Public:         self.KeyPair.PublicKey().PublicKey().PublicKey(),
		Private:        localkeys.NewSecret32(self.KeyPair.PrivateKey().Serialize()),
		RegistrationID: self.RegistrationID,
	}
	err = a.local.LocalIdentities().Update(ctx, selfID, func(_ localkeys.LocalIdentity, ok bool) (localkeys.LocalIdentity, error) {
		if ok {
			return record, ErrAccountExists
		}
		return record, nil
	})
	if err != nil {
		return nil, err
	}
	return a, nil
}

// Open opens the account that the namespace holds.
//
// The error is [ErrNoAccount] if it holds none, and [store.ErrSchema] if it was
// written with families that do not fit.
func Open(ctx context.Context, s *store.Store) (*Account, error) {
	a, err := open(ctx, s)
	return a, failed("open", err)
}

func open(ctx context.Context, s *store.Store) (*Account, error) {
	quieten()
	a, err := repositories(ctx, s)
	if err != nil {
		return nil, err
	}
	self, ok, err := a.local.LocalIdentities().Get(ctx, selfID)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, ErrNoAccount
	}
	pair := keyPair(self.Public, self.Private.Reveal())
	a.self = hidden.To(&Identity{
		KeyPair:        identity.NewKeyPair(identity.NewKey(pair.PublicKey()), pair.PrivateKey()),
		RegistrationID: self.RegistrationID,
	})
	return a, nil
}

func repositories(ctx context.Context, s *store.Store) (*Account, error) {
	keys, err := signalkeys.Open(ctx, s)
	if err != nil {
		return nil, err
	}
	local, err := localkeys.Open(ctx, s)
	if err != nil {
		return nil, err
	}
	return &Account{keys: keys, local: local, home: s}, nil
}

// In returns the account inside a transaction of its namespace. Its methods
// commit with that transaction. So do not send a message that they return
// before the transaction has committed. A text that they return may be from a
// run that will be repeated. The account ends with the transaction.
//
// In a transaction of another namespace or store it does nothing, and its
// methods answer [store.ErrInvalid].
func (a *Account) In(tx *signalkeys.Tx) *Account {
	if tx == nil {
		return &Account{self: a.self, err: errOtherTransaction}
	}
	in := a.within(tx)
	// The store can tell: inside a transaction of its namespace, a.home is an
	// outer handle, and even an empty Set fails. In any other transaction that
	// Set succeeds. A transaction that has ended answers by itself.
	_ = tx.Transaction(context.Background(), nil, func(ctx context.Context, inner *signalkeys.Tx) error {
		if a.home.Set(ctx, new(store.DataSet)) == nil {
			//famvet:ignore txescape an ended handle is what this account shall have
			in = a.within(inner)
			in.err = errOtherTransaction
		}
		return nil
	})
	return in
}

// within is In for a transaction of the account's namespace.
func (a *Account) within(tx *signalkeys.Tx) *Account {
	return &Account{keys: tx, local: localkeys.NewTx(tx.Tx()), self: a.self, home: a.home, err: a.err}
}

var errOtherTransaction = fmt.Errorf("%w: the transaction is not of the account's namespace", store.ErrInvalid)

// Identity is who the account is to others.
func (a *Account) Identity() Identity { return *a.self.Get() }

// Keys returns the account's families, to open transactions for [Account.In].
func (a *Account) Keys() signalkeys.Families { return a.keys }

// Protocol is for libsignal's own ciphers and builders. They read, compute and
// write in several steps, so use the Protocol of an account that is
// [Account.In] a transaction.
func (a *Account) Protocol() *Protocol {
	return NewProtocol(a.keys, a.local, a.Identity(), nil)
}

// transact runs fn with the protocol in a transaction. If the account is
// inside one, that transaction is nested in it.
func (a *Account) transact(ctx context.Context, fn func(ctx context.Context, p *Protocol) error, labels ...family.Label) error {
	if a.err != nil {
		return a.err
	}
	return a.keys.TransactionWith(ctx, family.TxOptions{Labels: labels}, func(ctx context.Context, tx *signalkeys.Tx) error {
		return fn(ctx, a.within(tx).Protocol())
	})
}

// Trust replaces the trusted identity of an address with the key. The session
// that was made with the old key can no longer be written to.
// [Account.Missing] names the address until there is a session with the new
// key: from [Account.StartSession] with a bundle, or from a first message of
// the other side.
func (a *Account) Trust(ctx context.Context, who Address, key *identity.Key) error {
	return failed("trust", a.transact(ctx, func(ctx context.Context, p *Protocol) error {
		return p.SaveIdentity(ctx, addressOf(who), key)
	}, signalkeys.SessionLabel(who)))
}
