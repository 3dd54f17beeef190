package slogobs_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/keyfam/keyfam/observe/slogobs"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/memstore"
)

func ExampleNew() {
	ctx := context.Background()
	text := slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == "took" {
			return slog.Attr{} // they differ from run to run
		}
		return a
	}})
	st, _ := memstore.Open(ctx, &store.Options{Tracer: slogobs.New(slog.New(text), nil)})
	defer st.Close()
	first := true
	_ = st.Transaction(ctx, "", func(inner context.Context, tx *store.Tx) error {
		if _, _, err := tx.Get(inner, "session", "alice.0"); err != nil {
			return err
		}
		if first {
			first = false
			//famvet:ignore outerhandle going around the transaction is what is tested
			overtake(st)
		}
		return tx.Set(inner, new(store.DataSet).Put("session", "alice.0", nil))
	})
	// Output:
	// level=INFO msg=keyfam op=attempt class=conflict attempt=1
}

// indented prints operations as they begin, indented by those they are inside,
// and how attempts end.
type indented struct{}

type depthKey struct{}

func (indented) Begin(ctx context.Context, op store.Op, family string) context.Context {
	depth, _ := ctx.Value(depthKey{}).(int)
	fmt.Println(strings.TrimRight(strings.Repeat("  ", depth)+op.String()+" "+family, " "))
	return context.WithValue(ctx, depthKey{}, depth+1)
}

func (indented) End(ctx context.Context, r store.Result) {
	if r.Op == store.OpAttempt {
		depth, _ := ctx.Value(depthKey{}).(int)
		fmt.Printf("%s%v %d: %v\n", strings.Repeat("  ", depth-1), r.Op, r.Attempt, r.Class)
	}
}

// The tree of a transaction that another commit has overtaken once.
func Example_tree() {
	ctx, d := context.Background(), memstore.NewDriver()
	st, _ := store.New(ctx, d, &store.Options{Tracer: indented{}})
	defer st.Close()
	other, _ := store.New(ctx, d, nil)
	first := true
	_ = st.Transaction(ctx, "alice.0", func(ctx context.Context, tx *store.Tx) error {
		if _, _, err := tx.Get(ctx, "session", "alice.0"); err != nil {
			return err
		}
		if first {
			first = false
			overtake(other)
		}
		return tx.Set(ctx, new(store.DataSet).Put("session", "alice.0", nil))
	})
	// Output:
	// transaction
	//   attempt
	//     tx_get session
	//       driver_read session
	//     tx_set
	//     driver_commit session
	//   attempt 1: conflict
	//   attempt
	//     tx_get session
	//       driver_read session
	//     tx_set
	//     driver_commit session
	//   attempt 2: ok
}

func overtake(st *store.Store) {
	_ = st.Set(context.Background(), new(store.DataSet).Put("session", "alice.0", nil))
}
