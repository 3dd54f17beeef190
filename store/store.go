package store

import (
	"context"
	"fmt"

	"github.com/keyfam/keyfam/internal/hidden"
	"github.com/keyfam/keyfam/store/driver"
)

// Store is a handle on one namespace of a backend. It is safe for concurrent
// use. All handles on one backend share labels and Close: those that
// [Store.Namespace] returns, and those of several calls of [New] with one
// driver or with wrappers of it.
type Store struct{ in hidden.Pointer[binding] }

func (s *Store) driver() driver.Driver { return s.in.Get().driver }
func (s *Store) engine() *engine       { return s.in.Get().engine }
func (s *Store) settings() *settings   { return s.in.Get().set }
func (s *Store) namespace() string     { return s.in.Get().namespace }

// Handle is what [*Store] and [*Tx] have in common, for helpers that work
// inside a transaction and outside.
type Handle interface {
	Get(ctx context.Context, family, id string) (value []byte, ok bool, err error)
	GetMany(ctx context.Context, family string, ids ...string) (map[string][]byte, error)
	Has(ctx context.Context, family, id string) (bool, error)
	Read(ctx context.Context, r *Reads) error
	Scan(ctx context.Context, family, prefix string) Records
	Select(family string) Selection
	Families(ctx context.Context) ([]string, error)
	Set(ctx context.Context, ds *DataSet) error
	Clear(ctx context.Context) error
	Transaction(ctx context.Context, label string, fn TxFunc) error
	TransactionWith(ctx context.Context, o TxOptions, fn TxFunc) error
	InTransaction(ctx context.Context) bool
}

var (
	_ Handle = (*Store)(nil)
	_ Handle = (*Tx)(nil)
)

// New returns a handle on the empty namespace of the backend d. Backends have
// an Open that calls it. Use New for a driver that you wrote or wrapped
// ([driver.Wrapper]).
//
// If New succeeds, the store closes the driver; otherwise the caller does. ctx
// is not kept.
//
// Errors: [ErrUnsupported] if the backend does not reach the durability that
// the options demand; [ErrInvalid] if an option is out of range; ctx's if ctx
// has ended.
func New(ctx context.Context, d driver.Driver, o *Options) (*Store, error) {
	p, err := newBinding(ctx, d, o)
	if err != nil {
		return nil, fail("new", "", err)
	}
	return &Store{hidden.To(p)}, nil
}

// Namespace returns a handle on the namespace with that name, which need not
// exist yet. It sees only records of that namespace, and shares driver,
// options and Close with s. Any string is a name. The empty one is that of
// [New].
func (s *Store) Namespace(name string) *Store {
	other := *s.in.Get()
	other.namespace = name
	return &Store{hidden.To(&other)}
}

// InTransaction reports whether ctx comes from a callback that has not ended,
// of a Transaction or View on this backend and namespace. Callbacks around the
// innermost one count too. With such a context the verbs of a Store answer
// [ErrOuterHandle].
func (s *Store) InTransaction(ctx context.Context) bool {
	return ctx != nil && insideOf(ctx, s.engine(), s.namespace())
}

// Driver returns the driver that the handle calls: that of [New], or what
// Options.Wrap made of it, inside Options.Tracer. It is for packages that
// offer more than a [Store] does, such as a backend's metrics; [driver.As]
// finds the power that they need. A commit through it breaks no transaction,
// but skips the limits.
func (s *Store) Driver() driver.Driver { return s.driver() }

// Close waits for running backend calls and closes the backend, through the
// driver of this handle and for all handles on it. Every later call answers
// [ErrClosed], also inside a running transaction, and so does a wait for a
// label. A second Close waits for the first and returns the same error.
func (s *Store) Close() error {
	return fail("close", "", s.engine().close(s.driver()))
}

// enter starts every verb of a Store. It refuses a nil context, a closed
// store, and an outer handle inside a transaction.
func (s *Store) enter(ctx context.Context) error {
	if ctx == nil {
		return errNilContext
	}
	if s.engine().calls.closing.Load() {
		return ErrClosed
	}
	if insideOf(ctx, s.engine(), s.namespace()) {
		return ErrOuterHandle
	}
	return nil
}

var errNilContext = fmt.Errorf("%w: nil context", ErrInvalid)

// enterFamily is enter for a verb that names a family.
func (s *Store) enterFamily(ctx context.Context, family string) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	return checkFamily(ctx, family)
}
