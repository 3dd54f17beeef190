package fault

import (
	"fmt"
	"sync"

	"github.com/keyfam/keyfam/store/driver"
)

// A Mark records that the engine has failed. It is set once and stays set:
// every call of the store returns its error until the store is opened again.
type Mark struct {
	once   sync.Once
	failed chan struct{} // closed when set
	cause  error
}

// NewMark returns a mark that is not set.
func NewMark() *Mark { return &Mark{failed: make(chan struct{})} }

// Set sets the mark. Only the first error counts.
func (m *Mark) Set(err error) {
	m.once.Do(func() {
		m.cause = err
		close(m.failed)
	})
}

// Failed returns a channel that is closed when the mark is set.
func (m *Mark) Failed() <-chan struct{} { return m.failed }

// Err returns nil while the engine works, and then the error it failed with.
func (m *Mark) Err() error {
	select {
	case <-m.failed:
		return m.cause
	default:
		return nil
	}
}

// InFlight returns the error of a commit that was under way when the engine
// failed. Only opening the store again shows whether the commit is on the
// disk.
func (m *Mark) InFlight() error {
	return fmt.Errorf("%w until the store is opened again: %w", driver.ErrUnknownOutcome, m.Err())
}
