package store

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/keyfam/keyfam/store/driver"
)

// Durability is what an acknowledged commit survives.
type Durability = driver.Durability

// The durability classes, each surviving what those before it do.
const (
	Volatile     = driver.Volatile     // nothing: records are gone with the process
	ProcessCrash = driver.ProcessCrash // the end of the process, kill -9 included
	PowerLoss    = driver.PowerLoss    // the end of the machine's power
	Replicated   = driver.Replicated   // the loss of a machine
)

// Options settle how a store behaves. Nil and the zero value mean the
// defaults.
type Options struct {
	// Durability is the class that the backend must reach; otherwise New fails
	// with [ErrUnsupported]. Zero demands nothing.
	Durability Durability

	// MaxIDBytes is the length of the longest id, in bytes. Zero means 512.
	MaxIDBytes int
	// MaxValueBytes is the size of the largest value, in bytes. Zero means 4
	// MiB.
	MaxValueBytes int
	// MaxCommitBytes is the size of the largest commit, ids and values of its
	// writes together, in bytes. Zero means 256 MiB.
	MaxCommitBytes int
	// MaxCommitRecords is the count of writes in the largest commit. Zero
	// means 1,000,000. Where a backend's own limit is lower, it applies
	// instead of this one and the three above.
	MaxCommitRecords int

	// MaxAttempts is how often a transaction's callback may run because of
	// conflicts; after that the transaction ends in [ErrConflict]. Zero means
	// 100.
	MaxAttempts int
	// GateWait is how long commits wait for a transaction that has lost twice
	// and now goes first. Such a transaction waits as long for another one
	// that goes first. It bounds waits only; correctness does not need it.
	// Zero means 1 s.
	GateWait time.Duration
	// GateLimit bounds that wait where the callback is slow: commits wait
	// twice as long as its slowest run took, at least GateWait and at most
	// GateLimit. Zero means 30 s. A value below GateWait counts as GateWait.
	GateLimit time.Duration
	// LabelWait is how long a transaction waits for one label before it ends
	// in [ErrConflict]. Zero means until its context ends.
	LabelWait time.Duration
	// CommitTimeout bounds one commit on a backend that can lose the outcome
	// of a commit. Such a commit runs on after the caller's context has ended.
	// Zero means 30 s.
	CommitTimeout time.Duration

	// Wrap, if not nil, puts a driver around that of [New], such as one that
	// encrypts, traces or fails. What it returns must be a [driver.Wrapper].
	// New calls it once, with its own ctx, and fails with its error. If New
	// fails after that, it does not close what Wrap returned.
	Wrap func(ctx context.Context, d driver.Driver) (driver.Driver, error)

	// Tracer, if not nil, is told of every operation. Nil costs nothing.
	Tracer Tracer
}

// settings are checked options with all defaults filled in.
type settings struct {
	limits
	certain       bool // the backend loses no outcome of a commit
	attempts      int
	gateWait      time.Duration
	gateLimit     time.Duration
	labelWait     time.Duration
	commitTimeout time.Duration
	tracer        Tracer
}

func newSettings(o *Options, info driver.Info) (*settings, error) {
	if o == nil {
		o = &Options{}
	}
	if o.Durability < Volatile || o.Durability > Replicated {
		return nil, fmt.Errorf("%w: no such durability class: %v", ErrInvalid, o.Durability)
	}
	if info.Durability < o.Durability {
		return nil, fmt.Errorf("%w: durability %v was demanded, the backend offers %v", ErrUnsupported, o.Durability, info.Durability)
	}
	var bad error
	size := func(name string, set, def, backend int) int {
		if set < 0 && bad == nil {
			bad = fmt.Errorf("%w: Options.%s is negative: %d", ErrInvalid, name, set)
		}
		return lower(orDefault(set, def), backend)
	}
	wait := func(name string, set, def time.Duration) time.Duration {
		if set < 0 && bad == nil {
			bad = fmt.Errorf("%w: Options.%s is negative: %v", ErrInvalid, name, set)
		}
		return orDefault(set, def)
	}
	s := &settings{
		limits: limits{
			id:            size("MaxIDBytes", o.MaxIDBytes, 512, info.Limits.IDBytes),
			value:         size("MaxValueBytes", o.MaxValueBytes, 4<<20, info.Limits.ValueBytes),
			commitBytes:   size("MaxCommitBytes", o.MaxCommitBytes, 256<<20, info.Limits.CommitBytes),
			commitRecords: size("MaxCommitRecords", o.MaxCommitRecords, 1_000_000, info.Limits.CommitRecords),
			checks:        lower(math.MaxInt, info.Limits.CommitChecks),
			readKeys:      lower(math.MaxInt, info.Limits.ReadKeys),
		},
		certain:       info.CertainOutcome,
		attempts:      size("MaxAttempts", o.MaxAttempts, 100, math.MaxInt32),
		gateWait:      wait("GateWait", o.GateWait, time.Second),
		gateLimit:     wait("GateLimit", o.GateLimit, 30*time.Second),
		labelWait:     wait("LabelWait", o.LabelWait, 0),
		commitTimeout: wait("CommitTimeout", o.CommitTimeout, 30*time.Second),
		tracer:        o.Tracer,
	}
	s.gateLimit = max(s.gateLimit, s.gateWait)
	return s, bad
}

func orDefault[T comparable](set, def T) T {
	var zero T
	if set == zero {
		return def
	}
	return set
}
