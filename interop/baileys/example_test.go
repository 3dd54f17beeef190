package baileys_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/interop/baileys"
	"github.com/keyfam/keyfam/store/memstore"
)

func Example() {
	ctx := context.Background()
	st, err := memstore.Open(ctx, nil) // or a backend that lasts
	if err != nil {
		panic(err)
	}
	defer st.Close()
	repo, err := signalkeys.Open(ctx, st)
	if err != nil {
		panic(err)
	}

	in, err := baileys.Import(ctx, repo, "testdata/baileys-auth", nil)
	if err != nil {
		for _, bad := range in.Bad {
			fmt.Println(bad)
		}
		panic(err)
	}
	fmt.Println(in.Records["session"], "sessions,", in.Records["pre-key"], "pre-keys")

	dir, err := os.MkdirTemp("", "baileys")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	out, err := baileys.Export(ctx, repo, filepath.Join(dir, "auth"), nil)
	if err != nil {
		panic(err)
	}
	fmt.Println(len(out.Kept), "files in the order that Baileys wrote them")
	// Output:
	// 6 sessions, 18 pre-keys
	// 1 files in the order that Baileys wrote them
}

func ExampleCheck() {
	ctx := context.Background()
	st, err := memstore.Open(ctx, nil)
	if err != nil {
		panic(err)
	}
	defer st.Close()
	repo, err := signalkeys.Open(ctx, st)
	if err != nil {
		panic(err)
	}
	if _, err := baileys.Import(ctx, repo, "testdata/baileys-auth", nil); err != nil {
		panic(err)
	}

	// The file of this record is kept, because its names are not in order.
	const group = "120363041234567890@g.us"
	if err := repo.SenderKeyMemory().Delete(ctx, group); err != nil {
		panic(err)
	}
	report, err := baileys.Check(ctx, repo, &baileys.CheckOptions{Prune: true})
	if err != nil {
		panic(err)
	}
	fmt.Println(report.Pruned, "pruned,", len(report.Disagreeing), "rows disagree")
	// Output: 1 pruned, 0 rows disagree
}
