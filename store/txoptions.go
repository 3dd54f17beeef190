package store

import (
	"fmt"
	"math"
	"time"
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

// of fills in what the options of a transaction leave to the store.
func (s *settings) of(o *TxOptions) (attempts int32, labelWait time.Duration) {
	attempts = int32(min(orDefault(o.MaxAttempts, s.attempts), math.MaxInt32))
	return attempts, orDefault(o.LabelWait, s.labelWait)
}
