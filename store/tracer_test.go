package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/memstore"
)

// tree is a tracer that remembers which operation ran inside of which.
type tree struct {
	mu    sync.Mutex
	roots []*node
	open  int
	bad   []string // ends without a beginning
}

type node struct {
	op     store.Op
	family string
	inside []*node
	ended  bool
	result store.Result
}

type nodeKey struct{}

func (t *tree) Begin(ctx context.Context, op store.Op, family string) context.Context {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := &node{op: op, family: family}
	if parent, ok := ctx.Value(nodeKey{}).(*node); ok {
		parent.inside = append(parent.inside, n)
	} else {
		t.roots = append(t.roots, n)
	}
	t.open++
	return context.WithValue(ctx, nodeKey{}, n)
}

func (t *tree) End(ctx context.Context, r store.Result) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n, ok := ctx.Value(nodeKey{}).(*node)
	if !ok || n.ended || n.op != r.Op || n.family != r.Family {
		t.bad = append(t.bad, r.Op.String())
		return
	}
	n.ended, n.result = true, r
	t.open--
}

// String is one line an operation, indented, without the counts that are 0.
func (t *tree) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var b strings.Builder
	var write func(all []*node, indent string)
	write = func(all []*node, indent string) {
		for _, n := range all {
			r := n.result
			b.WriteString(indent + strings.TrimSpace(n.op.String()+" "+n.family))
			for _, c := range []struct {
				name string
				n    int
			}{{"attempt", r.Attempt}, {"keys", r.Keys}, {"rows", r.Rows}, {"writes", r.Writes}, {"bytes", r.Bytes}} {
				if c.n != 0 {
					fmt.Fprintf(&b, " %s=%d", c.name, c.n)
				}
			}
			fmt.Fprintf(&b, " %v\n", r.Class)
			write(n.inside, indent+"  ")
		}
	}
	write(t.roots, "")
	return b.String()
}

func (t *tree) take() string {
	text := t.String()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.roots = nil
	return text
}

func openTraced(t *testing.T, d driver.Driver, o store.Options) (*store.Store, *tree) {
	t.Helper()
	seen := &tree{}
	o.Tracer = seen
	st, err := store.New(t.Context(), d, &o)
	require.NoError(t, err)
	t.Cleanup(func() {
		assert.NoError(t, st.Close())
		assert.Zero(t, seen.open, "every operation has ended")
		assert.Empty(t, seen.bad)
	})
	return st, seen
}

func lines(all ...string) string { return strings.Join(all, "\n") + "\n" }

func TestTracerSeesEveryVerb(t *testing.T) {
	st, seen := openTraced(t, memstore.NewDriver(), store.Options{})
	ctx := t.Context()
	var ds store.DataSet
	ds.Put("f", "a", []byte("12")).Put("f", "b", []byte("345")).Delete("f", "c")
	require.NoError(t, st.Set(ctx, &ds))
	_, _, err := st.Get(ctx, "f", "a")
	require.NoError(t, err)
	_, err = st.GetMany(ctx, "f", "a", "b", "x")
	require.NoError(t, err)
	_, err = st.Has(ctx, "f", "x")
	require.NoError(t, err)
	for _, err := range st.Scan(ctx, "f", "") {
		require.NoError(t, err)
		break
	}
	_, err = st.Families(ctx)
	require.NoError(t, err)
	_, err = st.Namespaces(ctx)
	require.NoError(t, err)
	require.NoError(t, st.Set(ctx, nil))
	_, _, err = st.Get(ctx, "An Id, Swapped", "f")
	require.ErrorIs(t, err, store.ErrInvalid)
	var none context.Context // as a user might
	_, _, err = st.Get(none, "f", "a")
	require.ErrorIs(t, err, store.ErrInvalid)
	require.NoError(t, st.Clear(ctx))
	assert.Equal(t, lines(
		"set writes=3 bytes=5 ok",
		"  driver_commit f writes=3 bytes=5 ok",
		"get f keys=1 rows=1 bytes=2 ok",
		"  driver_read f keys=1 rows=1 bytes=2 ok",
		"get_many f keys=3 rows=2 bytes=5 ok",
		"  driver_read f keys=3 rows=2 bytes=5 ok",
		"has f keys=1 ok",
		"  driver_read f keys=1 ok",
		"scan f rows=1 bytes=2 ok",
		"  driver_scan f rows=2 bytes=5 ok",
		"families rows=1 ok",
		"  driver_scan rows=1 bytes=2 ok",
		"  driver_scan ok",
		"namespaces rows=1 ok",
		"  driver_namespaces rows=1 ok",
		"set ok",
		"get keys=1 invalid",
		"clear ok",
		"  driver_commit ok",
	), seen.take())
}

func TestTracerSeesTransactions(t *testing.T) {
	st, seen := openTraced(t, memstore.NewDriver(), store.Options{})
	ctx := t.Context()
	require.NoError(t, st.Set(ctx, new(store.DataSet).Put("f", "a", []byte("1"))))
	seen.take()
	first := true
	require.NoError(t, st.Transaction(ctx, "label", func(inner context.Context, tx *store.Tx) error {
		if _, _, err := tx.Get(inner, "f", "a"); err != nil {
			return err
		}
		if first {
			//famvet:ignore outerhandle another commit comes first, to see the conflict
			require.NoError(t, st.Set(ctx, new(store.DataSet).Put("f", "a", []byte("22"))))
			first = false
		}
		//famvet:ignore outerhandle going around the transaction is what is tested
		if _, _, err := st.Get(inner, "f", "a"); !errors.Is(err, store.ErrOuterHandle) {
			return errors.New("the context lacks the mark of the transaction")
		}
		return tx.Transaction(inner, "nested", func(inner context.Context, tx *store.Tx) error {
			if _, err := tx.GetMany(inner, "f", "a", "b"); err != nil {
				return err
			}
			if _, err := tx.Has(inner, "g", "a"); err != nil {
				return err
			}
			if err := tx.Clear(inner); err != nil {
				return err
			}
			if err := tx.Set(inner, new(store.DataSet).Put("f", "b", []byte("333"))); err != nil {
				return err
			}
			for _, err := range tx.Scan(inner, "f", "") {
				if err != nil {
					return err
				}
			}
			_, err := tx.Families(inner)
			return err
		})
	}))
	attempt := func(commit string) []string {
		return []string{
			"    get f keys=1 outer_handle",
			"    tx_transaction ok",
			"      tx_get_many f keys=2 rows=1 bytes=%d ok",
			"        driver_read f keys=1 ok",
			"      tx_has g keys=1 ok",
			"        driver_read g keys=1 ok",
			"      tx_clear ok",
			"      tx_set writes=1 bytes=3 ok",
			"      tx_scan f rows=1 bytes=3 ok",
			"      tx_families rows=1 ok",
			"    driver_commit keys=3 writes=1 bytes=3 " + commit,
		}
	}
	all := []string{"transaction attempt=2 writes=1 bytes=3 ok", "  attempt attempt=1 conflict", "    tx_get f keys=1 rows=1 bytes=1 ok", "      driver_read f keys=1 rows=1 bytes=1 ok"}
	one := fmt.Sprintf(strings.Join(attempt("conflict"), "\n"), 1)
	all = append(all, strings.Split(one, "\n")...)
	all = append(all, "  attempt attempt=2 ok", "    tx_get f keys=1 rows=1 bytes=2 ok", "      driver_read f keys=1 rows=1 bytes=2 ok")
	all = append(all, strings.Split(fmt.Sprintf(strings.Join(attempt("ok"), "\n"), 2), "\n")...)
	text := seen.take()
	assert.Equal(t, "set writes=1 bytes=2 ok\n  driver_commit f writes=1 bytes=2 ok\n", text[strings.LastIndex(text, "\nset ")+1:])
	assert.Equal(t, lines(all...), text[:strings.LastIndex(text, "\nset ")+1])
}

// noSnapshots hides a driver's snapshots.
type noSnapshots struct{ driver.Driver }

func TestTracerSeesViews(t *testing.T) {
	visit := func(ctx context.Context, tx *store.Tx) error {
		if _, _, err := tx.Get(ctx, "f", "a"); err != nil {
			return err
		}
		_, err := tx.Has(ctx, "f", "b")
		return err
	}
	inside := []string{
		"    tx_get f keys=1 ok", "      driver_read f keys=1 ok",
		"    tx_has f keys=1 ok", "      driver_read f keys=1 ok",
	}
	st, seen := openTraced(t, memstore.NewDriver(), store.Options{})
	require.NoError(t, st.View(t.Context(), visit))
	assert.Equal(t, lines("view attempt=1 ok", "  driver_snapshot ok", "  attempt attempt=1 ok")+lines(inside...), seen.take())

	st, seen = openTraced(t, &noSnapshots{memstore.NewDriver()}, store.Options{})
	require.NoError(t, st.View(t.Context(), visit))
	assert.Equal(t, lines("view attempt=1 ok", "  attempt attempt=1 ok")+lines(inside...)+lines("    driver_check f keys=2 ok"), seen.take())
	_, err := st.Namespaces(t.Context())
	require.ErrorIs(t, err, store.ErrUnsupported)
	assert.Equal(t, "namespaces unsupported\n", seen.take())
}

// What a callback does not return from ends as well.
func TestTracerSeesWhatDoesNotReturn(t *testing.T) {
	st, seen := openTraced(t, memstore.NewDriver(), store.Options{})
	ctx := t.Context()
	require.NoError(t, st.Set(ctx, new(store.DataSet).Put("f", "a", nil)))
	seen.take()
	for name, leave := range map[string]func(){"panic": func() { panic("of the callback") }, "exit": runtime.Goexit} {
		for _, run := range []struct {
			want string
			do   func()
		}{
			{"transaction attempt=1 no_return\n  attempt attempt=1 no_return\n", func() {
				_ = st.Transaction(ctx, "", func(context.Context, *store.Tx) error { leave(); return nil })
			}},
			{"view attempt=1 no_return\n  driver_snapshot ok\n  attempt attempt=1 no_return\n", func() {
				_ = st.View(ctx, func(context.Context, *store.Tx) error { leave(); return nil })
			}},
			{"transaction attempt=1 no_return\n  attempt attempt=1 no_return\n    tx_transaction no_return\n", func() {
				_ = st.Transaction(ctx, "", func(ctx context.Context, tx *store.Tx) error {
					return tx.Transaction(ctx, "", func(context.Context, *store.Tx) error { leave(); return nil })
				})
			}},
			{"scan f rows=1 no_return\n  driver_scan f rows=1 ok\n", func() {
				//famvet:ignore scanerr the test is about something else than the error
				for range st.Scan(ctx, "f", "") {
					leave()
				}
			}},
			{"view attempt=1 no_return\n  driver_snapshot ok\n  attempt attempt=1 no_return\n    tx_scan f rows=1 no_return\n      driver_scan f rows=1 ok\n", func() {
				_ = st.View(ctx, func(ctx context.Context, tx *store.Tx) error {
					//famvet:ignore scanerr the test is about something else than the error
					for range tx.Scan(ctx, "f", "") {
						leave()
					}
					return nil
				})
			}},
		} {
			done := make(chan struct{})
			go func() {
				defer close(done)
				defer func() { _ = recover() }()
				run.do()
			}()
			<-done
			assert.Equal(t, run.want, seen.take(), name)
		}
	}
}

// Waits are told of when there is something to wait for, and only then.
func TestTracerSeesWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st, seen := openTraced(t, memstore.NewDriver(), store.Options{GateWait: time.Minute})
		ctx := t.Context()
		bump := func() error { return st.Set(ctx, new(store.DataSet).Put("f", "a", nil)) }
		var wg sync.WaitGroup
		runs := 0
		wg.Go(func() {
			assert.NoError(t, st.Transaction(ctx, "label", func(inner context.Context, tx *store.Tx) error {
				if _, _, err := tx.Get(inner, "f", "a"); err != nil {
					return err
				}
				//famvet:ignore rerun how often and when it runs is what is tested
				runs++
				if runs < 3 {
					//famvet:ignore outerhandle going around the transaction is what is tested
					return errors.Join(bump(), tx.Set(inner, new(store.DataSet).Put("f", "b", nil)))
				}
				//famvet:ignore outerhandle going around the transaction is what is tested
				wg.Go(func() { assert.NoError(t, bump()) }) // stops at the gate
				time.Sleep(time.Second)
				return tx.Set(inner, new(store.DataSet).Put("f", "b", nil))
			}))
		})
		synctest.Wait()
		wg.Go(func() {
			assert.NoError(t, st.Transaction(ctx, "label", func(context.Context, *store.Tx) error { return nil }))
		})
		wg.Wait()
		text := seen.take()
		for op, n := range map[string]int{
			"\n  attempt attempt=1 conflict": 1, "\n  attempt attempt=2 conflict": 1, "\n  retry_wait ok": 1, "\n  attempt attempt=3 ok": 1,
			"\n  gate_wait ok": 1, "\n  label_wait ok": 1, "_wait": 3, "attempt attempt": 4, "\ntransaction ": 1, "driver_commit": 6, "conflict": 4,
		} {
			assert.Equal(t, n, strings.Count(text, op), "%q in\n%s", op, text)
		}
	})
}

// A restart is told of as one, with the same number.
func TestTracerSeesRestarts(t *testing.T) {
	st, seen := openTraced(t, memstore.NewDriver(), store.Options{})
	ctx, none := t.Context(), func(context.Context, *store.Tx) error { return nil }
	holding, free := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		assert.NoError(t, st.Transaction(ctx, "a", func(context.Context, *store.Tx) error {
			//famvet:ignore rerun a transaction without reads runs once
			close(holding)
			<-free
			return nil
		}))
	})
	<-holding
	seen.take()
	once := sync.OnceFunc(func() { close(free) })
	require.NoError(t, st.Transaction(ctx, "b", func(ctx context.Context, tx *store.Tx) error {
		err := tx.Transaction(ctx, "a", none)
		once()
		return err
	}))
	wg.Wait()
	text := seen.take()
	text = strings.ReplaceAll(text, "  label_wait ok\n", "") // unless the holder was quick
	assert.Equal(t, lines("transaction attempt=1 ok", "  attempt attempt=1 restart", "    tx_transaction rerun",
		"  attempt attempt=1 ok", "    tx_transaction ok"), text)
}

// A goroutine that the callback left behind, waiting for a nested label, ends
// its operations too.
func TestTracerSeesWhoWasLeftBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st, seen := openTraced(t, memstore.NewDriver(), store.Options{})
		none := func(context.Context, *store.Tx) error { return nil }
		free := make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() {
			assert.NoError(t, st.Transaction(t.Context(), "z", func(context.Context, *store.Tx) error {
				<-free
				return nil
			}))
		})
		synctest.Wait()
		require.NoError(t, st.Transaction(t.Context(), "a", func(ctx context.Context, tx *store.Tx) error {
			wg.Go(func() { assert.ErrorIs(t, tx.Transaction(ctx, "z", none), store.ErrTxDone) })
			synctest.Wait()
			return nil
		}))
		close(free)
		wg.Wait()
		assert.Equal(t, lines("transaction attempt=1 ok", "  attempt attempt=1 ok",
			"transaction attempt=1 ok", "  attempt attempt=1 ok", "    tx_transaction tx_done", "      label_wait ok"), seen.take())
	})
}

// A tracer is told classes, never errors: those of callbacks hold anything.
func TestTracerIsToldClasses(t *testing.T) {
	st, seen := openTraced(t, memstore.NewDriver(), store.Options{MaxAttempts: 1})
	ctx := t.Context()
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	late, cancel := context.WithTimeout(ctx, -1)
	defer cancel()
	for want, err := range map[string]error{
		"other": errors.New("of the callback"), "closed": store.ErrClosed, "tx_done": store.ErrTxDone, "read_only": store.ErrReadOnly,
		"outer_handle": store.ErrOuterHandle, "invalid": store.ErrInvalid, "too_large": store.ErrTooLarge, "corrupt": store.ErrCorrupt,
		"schema": store.ErrSchema, "conflict": store.ErrConflict, "unavailable": store.ErrUnavailable, "unsupported": store.ErrUnsupported,
		"canceled": cancelled.Err(), "deadline_exceeded": late.Err(),
		"unknown_outcome": fmt.Errorf("%w: %w", store.ErrUnavailable, store.ErrUnknownOutcome),
	} {
		got := st.Transaction(ctx, "", func(context.Context, *store.Tx) error { return fmt.Errorf("wrapped: %w", err) })
		require.ErrorIs(t, got, err)
		assert.Equal(t, lines("transaction attempt=1 "+want, "  attempt attempt=1 "+want), seen.take())
	}
}

func TestNamesOfOpsAndClasses(t *testing.T) {
	glossary, err := os.ReadFile("../docs/glossary.md")
	require.NoError(t, err)
	names := map[string]bool{}
	for op := store.Op(0); op.String() != "unknown"; op++ {
		assert.Regexp(t, "^[a-z_]+$", op.String())
		assert.False(t, names[op.String()])
		names[op.String()] = true
		assert.Contains(t, string(glossary), "`"+op.String()+"`")
		assert.Equal(t, strings.HasPrefix(op.String(), "driver_"), op.Driver(), op)
	}
	assert.Len(t, names, 33)
	clear(names)
	for c := store.Class(0); c.String() != "unknown"; c++ {
		assert.Regexp(t, "^[a-z_]+$", c.String())
		names[c.String()] = true
		assert.Contains(t, string(glossary), "`"+c.String()+"`")
	}
	assert.Len(t, names, 20)
}
