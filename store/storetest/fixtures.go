package storetest

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/keyfam/keyfam/store/driver"
)

// checks returns all checks. Each table is in the file of its topic.
func checks() []check {
	return slices.Concat(
		readChecks, writeChecks, scanChecks, sizeChecks, namespaceChecks, inputChecks,
		transactionChecks, rollbackChecks, savepointChecks, labelChecks, nestedChecks, labelWaitChecks, handleChecks, contextChecks,
		updateChecks, serializableChecks, progressChecks, waitChecks, viewChecks, outcomeChecks, durabilityChecks, secrecyChecks,
		traceChecks, versionChecks, lifeChecks, wrappedChecks, leftBehindChecks, modelChecks, historyChecks,
		selectionChecks, pageChecks, deleteChecks, edgeChecks, countChecks, versionOfRangeChecks, programChecks,
	)
}

// set commits plain writes.
func (e *env) set(ws ...write) {
	e.t.Helper()
	e.ok(e.s.Set(e.ctx, ws...), "Set")
}

// want checks the value of a record through the handle.
func (e *env) want(ctx context.Context, h handle, family, id, value string) {
	e.t.Helper()
	got, ok, err := h.Get(ctx, family, id)
	switch {
	case err != nil:
		e.Errorf("Get %s %q: %v", family, id, err)
	case !ok:
		e.Errorf("Get %s %q: absent, want %s", family, id, show(value))
	case string(got) != value:
		e.Errorf("Get %s %q: got %s, want %s", family, id, show(string(got)), show(value))
	}
}

// absent checks that there is no record.
func (e *env) absent(ctx context.Context, h handle, family, id string) {
	e.t.Helper()
	got, ok, err := h.Get(ctx, family, id)
	if err != nil || ok {
		e.Errorf("Get %s %q: got %s, %v, %v, want it absent", family, id, show(string(got)), ok, err)
	}
}

// holds checks the committed value of a record.
func (e *env) holds(family, id, value string) {
	e.t.Helper()
	e.want(e.ctx, e.s, family, id, value)
}

// lacks checks that there is no committed record.
func (e *env) lacks(family, id string) {
	e.t.Helper()
	e.absent(e.ctx, e.s, family, id)
}

// scan returns the ids in the order in which h yields them.
func (e *env) scan(ctx context.Context, h handle, family, prefix string) []string {
	e.t.Helper()
	ids := []string{}
	for r, err := range h.Scan(ctx, family, prefix) {
		if err != nil {
			e.Errorf("Scan %s %q: %v", family, prefix, err)
			break
		}
		ids = append(ids, r.ID)
	}
	return ids
}

// scans checks the ids that a scan yields.
func (e *env) scans(ctx context.Context, h handle, family, prefix string, want ...string) {
	e.t.Helper()
	if got := e.scan(ctx, h, family, prefix); !slices.Equal(got, want) {
		e.Errorf("Scan %s %q: got %q, want %q", family, prefix, got, want)
	}
}

// families checks the names that Families lists.
func (e *env) families(ctx context.Context, h handle, want ...string) {
	e.t.Helper()
	got, err := h.Families(ctx)
	if err != nil || !slices.Equal(got, want) {
		e.Errorf("Families: got %q, %v, want %q", got, err, want)
	}
}

// tx runs a transaction that must commit.
func (e *env) tx(label string, fn txFunc) {
	e.t.Helper()
	e.ok(e.s.Transaction(e.ctx, label, fn), "Transaction")
}

// number reads a counter. An absent record counts 0.
func number(ctx context.Context, h handle, family, id string) (int, error) {
	value, ok, err := h.Get(ctx, family, id)
	if err != nil || !ok {
		return 0, err
	}
	return strconv.Atoi(string(value))
}

// add adds n to a counter, inside a transaction.
func add(ctx context.Context, h handle, family, id string, n int) error {
	before, err := number(ctx, h, family, id)
	if err != nil {
		return err
	}
	return h.Set(ctx, put(family, id, strconv.Itoa(before+n)))
}

// increment is a callback that adds one to a counter.
func increment(family, id string) txFunc {
	return func(ctx context.Context, tx handle) error { return add(ctx, tx, family, id, 1) }
}

// counted checks the committed value of a counter.
func (e *env) counted(family, id string, want int) {
	e.t.Helper()
	got, err := number(e.ctx, e.s, family, id)
	if err != nil || got != want {
		e.Errorf("%s %q counts %d, %v, want %d", family, id, got, err, want)
	}
}

// once returns a function that is true the first time only.
func once() func() bool {
	done := false
	return func() bool {
		first := !done
		done = true
		return first
	}
}

// fill commits n records with the ids name(i), in batches within the backend's
// limits.
func (e *env) fill(s root, family string, n int, name func(i int) string) {
	e.t.Helper()
	batch := 500
	if most := e.limits().CommitRecords; most > 0 {
		batch = min(batch, most)
	}
	for from := 0; from < n; from += batch {
		var ws []write
		for i := from; i < min(from+batch, n); i++ {
			ws = append(ws, put(family, name(i), strconv.Itoa(i)))
		}
		e.ok(s.Set(e.ctx, ws...), "Set")
	}
}

func padded(i int) string { return fmt.Sprintf("%08d", i) }

// show quotes a value for a failure message and cuts it short.
func show(value string) string {
	if len(value) > 60 {
		return fmt.Sprintf("%q… (%d bytes)", value[:60], len(value))
	}
	return strconv.Quote(value)
}

// key is the place of a record, for calls of the driver.
func key(family, id string) driver.Key { return driver.Key{Family: family, ID: id} }
