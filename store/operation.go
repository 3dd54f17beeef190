package store

import (
	"context"

	"github.com/keyfam/keyfam/store/driver"
)

// operation is one operation that a tracer was told of. A nil one does
// nothing.
type operation struct {
	tracer Tracer
	ctx    context.Context
	result Result
}

// trace begins an operation. The caller defers end with the same err. Until
// the return sets *err, a tracer is told that the operation did not return; so
// code that calls a callback must not set *err before.
func (s *settings) trace(ctx context.Context, kind Op, family string, err *error) (context.Context, *operation) {
	if s.tracer == nil {
		return ctx, nil
	}
	return newOperation(ctx, s.tracer, kind, family, err)
}

func (s *Store) trace(ctx context.Context, kind Op, family string, err *error) (context.Context, *operation) {
	return s.settings().trace(ctx, kind, family, err)
}

func (tx *Tx) trace(ctx context.Context, kind Op, family string, err *error) (context.Context, *operation) {
	return tx.attempt().store.trace(ctx, kind, family, err)
}

func newOperation(ctx context.Context, t Tracer, kind Op, family string, err *error) (context.Context, *operation) {
	if ctx == nil {
		return nil, nil
	}
	o := &operation{tracer: t, result: Result{Op: kind, Family: familyOf(ctx, family)}}
	o.ctx = t.Begin(ctx, kind, o.result.Family)
	*err = errNoReturn
	return o.ctx, o
}

// end is deferred, so that a panic or Goexit ends the operation too.
func (o *operation) end(err *error) {
	if o != nil {
		o.result.Class = classOf(*err)
		o.tracer.End(o.ctx, o.result)
	}
}

// asked counts the keys that a read asks for, or that a commit checks.
func (o *operation) asked(keys int) {
	if o != nil {
		o.result.Keys = keys
	}
}

// found counts one record or name of the answer.
func (o *operation) found(bytes int) {
	if o != nil {
		o.result.Rows++
		o.result.Bytes += bytes
	}
}

// names counts names of the answer.
func (o *operation) names(n int) {
	if o != nil {
		o.result.Rows += n
	}
}

// foundAll counts the records of the answer.
func (o *operation) foundAll(records map[string][]byte) {
	if o != nil {
		for _, value := range records {
			o.found(len(value))
		}
	}
}

// counted notes how many records there are, without their bytes.
func (o *operation) counted(records int) {
	if o != nil {
		o.result.Rows = records
	}
}

// set counts what a data set writes.
func (o *operation) set(ds *DataSet) {
	if o != nil {
		o.wrote(ds.writes())
	}
}

// wrote counts what is written. Nobody knows how many records a deleted range
// held.
func (o *operation) wrote(writes []driver.Write) {
	if o != nil {
		o.result.Writes = len(writes)
		for i := range writes {
			o.result.Bytes += len(writes[i].Value)
		}
	}
}

// endAttempt is end for a run of a callback.
func (o *operation) endAttempt(as ending, err error) {
	switch as {
	case lost:
		err = ErrConflict
	case misordered:
		err = errRestart
	}
	o.end(&err)
}

// attempted notes the number of an attempt.
func (o *operation) attempted(n int) {
	if o != nil {
		o.result.Attempt = n
	}
}
