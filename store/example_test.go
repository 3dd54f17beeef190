package store_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/memstore"
)

func open() *store.Store {
	st, err := memstore.Open(context.Background(), nil)
	if err != nil {
		panic(err)
	}
	return st
}

func Example() {
	ctx := context.Background()
	st, err := memstore.Open(ctx, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer st.Close()

	alice := st.Namespace("alice")
	err = alice.Transaction(ctx, "counter", func(ctx context.Context, tx *store.Tx) error {
		value, _, err := tx.Get(ctx, "counter", "messages")
		if err != nil {
			return err
		}
		n, _ := strconv.Atoi(string(value))
		var ds store.DataSet
		ds.Put("counter", "messages", []byte(strconv.Itoa(n+1)))
		return tx.Set(ctx, &ds)
	})
	fmt.Println(err)

	value, ok, err := alice.Get(ctx, "counter", "messages")
	fmt.Println(string(value), ok, err)
	// Output:
	// <nil>
	// 1 true <nil>
}

func ExampleStore_Get() {
	ctx, st := context.Background(), open()
	defer st.Close()
	value, ok, err := st.Get(ctx, "session", "nobody.0")
	fmt.Println(value, ok, err)
	// Output: [] false <nil>
}

func ExampleStore_GetMany() {
	ctx, st := context.Background(), open()
	defer st.Close()
	_ = st.Set(ctx, new(store.DataSet).Put("pre-key", "1", []byte("one")))
	found, err := st.GetMany(ctx, "pre-key", "1", "2")
	fmt.Println(len(found), string(found["1"]), err)
	// Output: 1 one <nil>
}

func ExampleStore_Has() {
	ctx, st := context.Background(), open()
	defer st.Close()
	_ = st.Set(ctx, new(store.DataSet).Put("sender-key", "group", nil))
	ok, err := st.Has(ctx, "sender-key", "group") // an empty value is a value
	fmt.Println(ok, err)
	// Output: true <nil>
}

func ExampleStore_Set() {
	ctx, st := context.Background(), open()
	defer st.Close()
	var ds store.DataSet
	ds.Put("session", "alice.0", []byte("record")).Delete("pre-key", "17")
	fmt.Println(st.Set(ctx, &ds))
	fmt.Println(st.Set(ctx, new(store.DataSet).Put("Session", "alice.0", nil)))
	// Output:
	// <nil>
	// store: set: invalid argument: family name "Session" is not [a-z][a-z0-9-]{0,63}
}

func ExampleStore_Scan() {
	ctx, st := context.Background(), open()
	defer st.Close()
	var ds store.DataSet
	for _, id := range []string{"bob.1", "alice.1", "alice.0"} {
		ds.Put("session", id, []byte("record"))
	}
	_ = st.Set(ctx, &ds)
	for rec, err := range st.Scan(ctx, "session", "alice.") {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(rec.ID)
	}
	// Output:
	// alice.0
	// alice.1
}

func ExampleStore_Families() {
	ctx, st := context.Background(), open()
	defer st.Close()
	_ = st.Set(ctx, new(store.DataSet).Put("session", "a", nil).Put("pre-key", "1", nil))
	fmt.Println(st.Families(ctx))
	// Output: [pre-key session] <nil>
}

func ExampleStore_Namespaces() {
	ctx, st := context.Background(), open()
	defer st.Close()
	for _, account := range []string{"bob", "alice"} {
		_ = st.Namespace(account).Set(ctx, new(store.DataSet).Put("session", "x", nil))
	}
	fmt.Println(st.Namespaces(ctx))
	// Output: [alice bob] <nil>
}

func ExampleStore_Namespace() {
	ctx, st := context.Background(), open()
	defer st.Close()
	_ = st.Namespace("alice").Set(ctx, new(store.DataSet).Put("session", "x", nil))
	fmt.Println(st.Namespace("bob").Has(ctx, "session", "x"))
	// Output: false <nil>
}

func ExampleStore_Transaction() {
	ctx, st := context.Background(), open()
	defer st.Close()
	failed := errors.New("no such pre-key")
	err := st.Transaction(ctx, "alice.0", func(ctx context.Context, tx *store.Tx) error {
		if err := tx.Set(ctx, new(store.DataSet).Put("session", "alice.0", []byte("new"))); err != nil {
			return err
		}
		if ok, err := tx.Has(ctx, "pre-key", "17"); err != nil || !ok {
			return errors.Join(failed, err) // undoes the write above
		}
		return nil
	})
	fmt.Println(errors.Is(err, failed))
	fmt.Println(st.Has(ctx, "session", "alice.0"))
	// Output:
	// true
	// false <nil>
}

func ExampleStore_Transaction_outerHandle() {
	ctx, st := context.Background(), open()
	defer st.Close()
	err := st.Transaction(ctx, "", func(ctx context.Context, tx *store.Tx) error {
		//famvet:ignore outerhandle the mistake that the example shows: tx.Get is meant
		_, _, err := st.Get(ctx, "session", "alice.0")
		return err
	})
	fmt.Println(err)
	// Output: store: get session: outer handle used inside a transaction: use the handle that the callback was given
}

func ExampleStore_TransactionWith() {
	ctx, st := context.Background(), open()
	defer st.Close()
	devices := []string{"alice.1", "alice.0"}
	options := store.TxOptions{Labels: devices, LabelWait: 5 * time.Second}
	err := st.TransactionWith(ctx, options, func(ctx context.Context, tx *store.Tx) error {
		found, err := tx.GetMany(ctx, "session", devices...)
		if err != nil {
			return err
		}
		var ds store.DataSet
		for _, id := range devices {
			ds.Put("session", id, append(found[id], '!'))
		}
		return tx.Set(ctx, &ds)
	})
	fmt.Println(err)
	// Output: <nil>
}

func ExampleTransactionValue() {
	ctx, st := context.Background(), open()
	defer st.Close()
	n, err := store.TransactionValue(ctx, st, "", func(ctx context.Context, tx *store.Tx) (int, error) {
		names, err := tx.Families(ctx)
		return len(names), err
	})
	fmt.Println(n, err)
	// Output: 0 <nil>
}

func ExampleTx_Transaction() {
	ctx, st := context.Background(), open()
	defer st.Close()
	err := st.Transaction(ctx, "alice", func(ctx context.Context, tx *store.Tx) error {
		_ = tx.Set(ctx, new(store.DataSet).Put("session", "kept", nil))
		nested := tx.Transaction(ctx, "bob", func(ctx context.Context, tx *store.Tx) error {
			_ = tx.Set(ctx, new(store.DataSet).Put("session", "undone", nil))
			return errors.New("bob is away")
		})
		fmt.Println(nested)
		return nil
	})
	fmt.Println(err)
	for rec, err := range st.Scan(ctx, "session", "") {
		fmt.Println(rec.ID, err)
	}
	// Output:
	// bob is away
	// <nil>
	// kept <nil>
}

func ExampleStore_View() {
	ctx, st := context.Background(), open()
	defer st.Close()
	err := st.View(ctx, func(ctx context.Context, tx *store.Tx) error {
		return tx.Clear(ctx)
	})
	fmt.Println(err)
	// Output: store: clear: handle is read-only: this is the handle of a View
}

func ExampleStore_Clear() {
	ctx, st := context.Background(), open()
	defer st.Close()
	_ = st.Set(ctx, new(store.DataSet).Put("session", "x", nil))
	fmt.Println(st.Clear(ctx))
	fmt.Println(st.Has(ctx, "session", "x"))
	// Output:
	// <nil>
	// false <nil>
}

func ExampleStore_Close() {
	ctx, st := context.Background(), open()
	fmt.Println(st.Close())
	_, _, err := st.Get(ctx, "session", "x")
	fmt.Println(err)
	// Output:
	// <nil>
	// store: get session: store is closed
}

func ExampleHandle() {
	ctx, st := context.Background(), open()
	defer st.Close()
	add := func(ctx context.Context, h store.Handle, id string) error {
		return h.Set(ctx, new(store.DataSet).Put("session", id, nil))
	}
	fmt.Println(add(ctx, st, "outside"))
	fmt.Println(st.Transaction(ctx, "", func(ctx context.Context, tx *store.Tx) error {
		return add(ctx, tx, "inside")
	}))
	// Output:
	// <nil>
	// <nil>
}

func ExampleStore_InTransaction() {
	ctx, st := context.Background(), open()
	defer st.Close()
	fmt.Println(st.InTransaction(ctx))
	_ = st.Transaction(ctx, "", func(ctx context.Context, _ *store.Tx) error {
		fmt.Println(st.InTransaction(ctx), st.Namespace("another").InTransaction(ctx))
		return nil
	})
	// Output:
	// false
	// true false
}

func ExampleNew() {
	_, err := store.New(context.Background(), memstore.NewDriver(), &store.Options{Durability: store.PowerLoss})
	fmt.Println(err)
	// Output: store: new: not supported by this backend: durability power-loss was demanded, the backend offers volatile
}

func ExampleTracerFunc() {
	st, _ := memstore.Open(context.Background(), &store.Options{Tracer: store.TracerFunc(func(r store.Result) {
		fmt.Println(r.Op, r.Attempt, r.Writes, r.Class)
	})})
	defer st.Close()
	_ = st.Transaction(context.Background(), "", func(ctx context.Context, tx *store.Tx) error {
		return tx.Set(ctx, new(store.DataSet).Put("session", "x", nil))
	})
	// Output:
	// tx_set 0 1 ok
	// driver_commit 0 1 ok
	// attempt 1 0 ok
	// transaction 1 1 ok
}

// A DataSet spans families and is applied whole. The last write of an id
// stands.
func ExampleDataSet() {
	ctx, st := context.Background(), open()
	defer st.Close()
	var ds store.DataSet
	ds.Put("session", "alice.0", []byte("first")).Put("session", "alice.0", []byte("second")).Delete("pre-key", "17")
	fmt.Println(ds.Len(), st.Set(ctx, &ds))
	value, _, err := st.Get(ctx, "session", "alice.0")
	fmt.Println(string(value), err)
	// Output:
	// 3 <nil>
	// second <nil>
}

// A handle sees what the transaction has written so far, by every verb.
func ExampleTx() {
	ctx, st := context.Background(), open()
	defer st.Close()
	_ = st.Set(ctx, new(store.DataSet).Put("session", "alice.0", []byte("old")))
	err := st.Transaction(ctx, "", func(ctx context.Context, tx *store.Tx) error {
		if err := tx.Clear(ctx); err != nil {
			return err
		}
		if err := tx.Set(ctx, new(store.DataSet).Put("session", "bob.0", []byte("new"))); err != nil {
			return err
		}
		found, err := tx.GetMany(ctx, "session", "alice.0", "bob.0")
		if err != nil {
			return err
		}
		fmt.Println(len(found), string(found["bob.0"]))
		for r, err := range tx.Scan(ctx, "session", "") {
			if err != nil {
				return err
			}
			fmt.Println(r.ID)
		}
		return errors.New("changed my mind") // nothing was done
	})
	fmt.Println(err)
	fmt.Println(st.Has(ctx, "session", "alice.0"))
	// Output:
	// 1 new
	// bob.0
	// changed my mind
	// true <nil>
}

// Sentinels say what went wrong, the Error where. Neither holds ids or values.
func ExampleError() {
	ctx, st := context.Background(), open()
	defer st.Close()
	err := st.Set(ctx, new(store.DataSet).Put("session", "", []byte("x")))
	var failed *store.Error
	fmt.Println(errors.Is(err, store.ErrInvalid), errors.As(err, &failed))
	fmt.Println(failed.Op, failed.Family)
	fmt.Println(err)
	// Output:
	// true true
	// set session
	// store: set session: invalid argument: the id is empty
}

// told tells of each commit how many records it wrote. It embeds the driver,
// so it passes on all that it does not change, and its Unwrap lends the powers
// that not every driver has, such as snapshots.
type told struct{ driver.Driver }

func (t *told) Unwrap() driver.Driver { return t.Driver }

func (t *told) Commit(ctx context.Context, namespace string, c *driver.Commit) error {
	err := t.Driver.Commit(ctx, namespace, c)
	fmt.Println("commit of", len(c.Writes), err)
	return err
}

func ExampleOptions_wrap() {
	ctx := context.Background()
	st, _ := memstore.Open(ctx, &store.Options{
		Wrap: func(_ context.Context, d driver.Driver) (driver.Driver, error) { return &told{d}, nil },
	})
	defer st.Close()
	_ = st.Set(ctx, new(store.DataSet).Put("session", "alice.7", nil).Put("session", "alice.8", nil))
	_ = st.View(ctx, func(ctx context.Context, tx *store.Tx) error { return nil })
	// Output: commit of 2 <nil>
}
