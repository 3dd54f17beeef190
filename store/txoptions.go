package store

import (
	"fmt"
	"math"
	"time"

	"github.com/keyfam/keyfam/internal/hidden"
)

// TxOptions settle one transaction. A zero field means what the store's
// [Options] say.
type TxOptions struct {
	// Labels order transactions: see [Store.Transaction]. Their order here
	// does not matter, and empty and repeated ones are ignored.
	Labels []string
	// MaxAttempts is Options.MaxAttempts for this transaction. It must be zero
	// in a nested one, which runs again with the outermost.
	MaxAttempts int
	// LabelWait is Options.LabelWait for this transaction and for the labels
	// of nested ones. It must be zero in a nested one, because a wait for its
	// label may become a rerun of the outermost.
	LabelWait time.Duration
}

// check returns the error of the options of an outermost transaction.
func (o *TxOptions) check() error {
	if o.MaxAttempts < 0 {
		return fmt.Errorf("%w: TxOptions.MaxAttempts is negative: %d", ErrInvalid, o.MaxAttempts)
	}
	if o.LabelWait < 0 {
		return fmt.Errorf("%w: TxOptions.LabelWait is negative: %v", ErrInvalid, o.LabelWait)
	}
	return nil
}

// checkNested returns the error of the options of a nested transaction.
func (o *TxOptions) checkNested() error {
	if o.MaxAttempts != 0 {
		return fmt.Errorf("%w: TxOptions.MaxAttempts of a nested transaction", ErrInvalid)
	}
	if o.LabelWait != 0 {
		return fmt.Errorf("%w: TxOptions.LabelWait of a nested transaction", ErrInvalid)
	}
	return nil
}

// with returns the handle that a transaction with these options runs on: s
// itself, unless they set bounds.
func (s *Store) with(o *TxOptions) *Store {
	if o.MaxAttempts == 0 && o.LabelWait == 0 {
		return s
	}
	set := *s.settings()
	set.attempts = min(orDefault(o.MaxAttempts, set.attempts), math.MaxInt32)
	set.labelWait = orDefault(o.LabelWait, set.labelWait)
	own := *s.in.Get()
	own.set = &set
	return &Store{hidden.To(&own)}
}
