package signalkeys_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/store/family"
	"github.com/keyfam/keyfam/store/memstore"
)

// example is an empty repository.
func example() *signalkeys.Repo {
	s, err := memstore.Open(context.Background(), nil)
	if err != nil {
		log.Fatal(err)
	}
	repo, err := signalkeys.Open(context.Background(), s)
	if err != nil {
		log.Fatal(err)
	}
	return repo
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func Example() {
	ctx, repo := context.Background(), example()
	alice := signalkeys.SessionID{Name: "100000000000188_1", Device: 7}

	must(repo.Sessions().Put(ctx, alice, family.NewSecret([]byte("ratchet"))))
	record, ok, err := repo.Sessions().Get(ctx, alice)
	must(err)
	fmt.Println(alice, ok, record)
	fmt.Println(len(record.Reveal()), "bytes") // Reveal is for the cryptography, never for a log
	// Output:
	// 100000000000188_1.7 true [redacted]
	// 7 bytes
}

func ExampleRepo_Transaction() {
	ctx, repo := context.Background(), example()
	alice := signalkeys.SessionID{Name: "alice"}

	// The callback may run more than once, each time on fresh data.
	err := repo.Transaction(ctx, signalkeys.SessionLabel(alice), func(ctx context.Context, tx *signalkeys.Tx) error {
		record, _, err := tx.Sessions().Get(ctx, alice)
		if err != nil {
			return err
		}
		next := append(record.Reveal(), "step "...)
		return tx.Sessions().Put(ctx, alice, family.NewSecret(next))
	})
	must(err)
	record, _, err := repo.Sessions().Get(ctx, alice)
	must(err)
	fmt.Println(record.Equal(family.NewSecret([]byte("step "))))
	// Output: true
}

func ExampleRepo_Apply() {
	ctx, repo := context.Background(), example()
	var b signalkeys.Batch
	b.DeviceLists().Put("alice", []string{"0", "7"})
	b.LIDMappings().Put("4915100000001", "100000000000188")
	b.PreKeys().Delete(17)
	must(repo.Apply(ctx, &b))

	pn, ok, err := repo.LIDMappings().ByValue(ctx, "100000000000188")
	must(err)
	fmt.Println(pn, ok)
	// Output: 4915100000001 true
}

func ExampleRepo_View() {
	ctx, repo := context.Background(), example()
	must(repo.DeviceLists().PutMany(ctx, map[signalkeys.DeviceListID][]string{"alice": {"0"}, "bob": {"0", "3"}}))
	must(repo.View(ctx, func(ctx context.Context, r *signalkeys.ReadTx) error {
		n, err := r.DeviceLists().Count(ctx)
		fmt.Println(n)
		for e, err := range r.DeviceLists().All(ctx) {
			if err != nil {
				return err
			}
			fmt.Println(e.ID, e.Value)
		}
		return err
	}))
	// Output:
	// 2
	// alice [0]
	// bob [0 3]
}

func ExampleTransactionValue() {
	ctx, repo := context.Background(), example()
	// take removes a pre-key and returns it, inside a transaction or outside.
	take := func(ctx context.Context, f signalkeys.Families, n signalkeys.PreKeyID) (signalkeys.KeyPair, error) {
		return signalkeys.TransactionValue(ctx, f, signalkeys.PreKeyLabel(n), func(ctx context.Context, tx *signalkeys.Tx) (signalkeys.KeyPair, error) {
			pair, ok, err := tx.PreKeys().Get(ctx, n)
			if err != nil || !ok {
				return pair, errors.Join(err, errors.New("no such pre-key"))
			}
			return pair, tx.PreKeys().Delete(ctx, n)
		})
	}
	must(repo.PreKeys().Put(ctx, 3, signalkeys.KeyPair{Public: [32]byte{31: 9}}))
	pair, err := take(ctx, repo, 3)
	must(err)
	fmt.Println(pair.Public[31], pair.Private)
	_, err = take(ctx, repo, 3)
	fmt.Println(err)
	// Output:
	// 9 [redacted]
	// no such pre-key
}

func ExampleSessionReader_OfName() {
	ctx, repo := context.Background(), example()
	for device := range uint32(2) {
		must(repo.Sessions().Put(ctx, signalkeys.SessionID{Name: "alice", Device: device}, family.NewSecret(nil)))
	}
	for e, err := range repo.Sessions().OfName("alice").All(ctx) {
		must(err)
		fmt.Println(e.ID)
	}
	// Output:
	// alice.0
	// alice.1
}

func ExampleParseSessionID() {
	id, err := signalkeys.ParseSessionID("100000000000188_1.7")
	fmt.Println(id.Name, id.Device, err)
	_, err = signalkeys.ParseSessionID("100000000000188_1.07")
	fmt.Println(err)
	// Output:
	// 100000000000188_1 7 <nil>
	// invalid argument: the part device of the id has a leading zero
}

func ExampleReadTx_update() {
	ctx, repo := context.Background(), example()
	add := func(devices map[string]bool, ok bool) (map[string]bool, error) {
		if !ok {
			devices = map[string]bool{}
		}
		devices["alice:7"] = true
		return devices, nil
	}
	must(repo.SenderKeyMemory().Update(ctx, "group@g.us", add))
	devices, _, err := repo.ReadOnly().SenderKeyMemory().Get(ctx, "group@g.us")
	must(err)
	fmt.Println(devices)
	// Output: map[alice:7:true]
}
