package store

import (
	"fmt"
	"math"
	"time"

	"github.com/keyfam/keyfam/internal/hidden"
)

// TxOptions settle one transaction. What is zero is as the store's [Options]
// say.
type TxOptions struct {
	// Labels order transactions: see [Store.Transaction]. Their order here, empty
	// ones and repeated ones do not matter.
	Labels []string
	// MaxAttempts is Options.MaxAttempts for this transaction. It must be zero in
	// a nested one, which runs again with the outermost.
	MaxAttempts int
	// LabelWait is Options.LabelWait for this transaction, labels of nested ones
	// included. It must be zero in a nested one: waiting for its labels may mean
	// to run the outermost again.
	LabelWait time.Duration
}

// check is the error of options of an outermost transaction.
func (o *TxOptions) check() error {
	if o.MaxAttempts < 0 {
		return fmt.Errorf("%w: TxOptions.MaxAttempts is negative: %d", ErrInvalid, o.MaxAttempts)
	}
	if o.LabelWait < 0 {
		return fmt.Errorf("%w: TxOptions.LabelWait is negative: %v", ErrInvalid, o.LabelWait)
	}
	return nil
}

// checkNested is the error of options of a nested transaction.
func (o *TxOptions) checkNested() error {
	if o.MaxAttempts != 0 {
		return fmt.Errorf("%w: TxOptions.MaxAttempts of a nested transaction", ErrInvalid)
	}
	if o.LabelWait != 0 {
		return fmt.Errorf("%w: TxOptions.LabelWait of a nested transaction", ErrInvalid)
	}
	return nil
}

// with is the handle that a transaction with the options runs on: s, unless it
// has bounds of its own.
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
