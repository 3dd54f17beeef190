package store

import (
	"context"
	"fmt"

	"github.com/keyfam/keyfam/internal/hidden"
	"github.com/keyfam/keyfam/store/driver"
)

// Store is a handle on one namespace of a backend. It is safe for concurrent
// use. Handles on one backend, whether from [Store.Namespace] or from several
// calls of [New] with one driver or with wrappers of it, share labels and Close.
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
	Scan(ctx context.Context, family, prefix string) Records
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
// an Open of their own that calls it; use New for a driver that you wrote, or
// that you have wrapped ([driver.Wrapper]).
//
// The error is [ErrUnsupported] if the backend does not reach the durability
// that the options demand, [ErrInvalid] if an option is out of range, and ctx's
// if ctx has ended. The driver stays the caller's to close if New fails, and is
// the store's if not. ctx is not kept.
func New(ctx context.Context, d driver.Driver, o *Options) (*Store, error) {
	p, err := newBinding(ctx, d, o)
	if err != nil {
		return nil, fail("new", "", err)
	}
	return &Store{hidden.To(p)}, nil
}

// Namespace returns a handle on the namespace of that name, which need not
// exist yet. Records of other namespaces do not show in it; driver, options and
// Close are shared. Any string is a name, and the empty one is that of [New].
func (s *Store) Namespace(name string) *Store {
	other := *s.in.Get()
	other.namespace = name
	return &Store{hidden.To(&other)}
}

// InTransaction reports whether ctx is that of a callback, also an outer one,
// of a Transaction or View on this backend and namespace that has not ended.
// With such a context the verbs of a Store answer [ErrOuterHandle].
func (s *Store) InTransaction(ctx context.Context) bool {
	return ctx != nil && insideOf(ctx, s.engine(), s.namespace())
}

// Driver is what the handle sends its calls through: the driver of [New], or what
// Options.Wrap made of it, with Options.Tracer around. It is for packages that
// offer more than a [Store] does, such as a backend's metrics; [driver.As] finds what they look for.
// Committing through it breaks no transaction, but skips the limits.
func (s *Store) Driver() driver.Driver { return s.driver() }

// Close lets running backend calls end and closes the backend, through the driver
// of this handle and for all handles on it. Every later call answers [ErrClosed],
// also inside transactions under way, and so do waits for a label. A second Close waits for the
// first and answers the same.
func (s *Store) Close() error {
	return fail("close", "", s.engine().close(s.driver()))
}

// enter does what every verb of a Store does first: it refuses a nil context,
// a closed store and the use of an outer handle inside a transaction.
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
