package signalkeys_test

import (
	"context"
	"fmt"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family"
	"github.com/keyfam/keyfam/store/memstore"
)

// The closure of BaileysEx.Signal.Store's documentation: read a session, set
// it, return the old one, under the label of alice.
func Example_fromBaileysEx() {
	ctx, repo := context.Background(), example()
	alice := signalkeys.SessionID{Name: "alice"} // stored as alice.0
	first, updated := family.NewSecret([]byte("first")), family.NewSecret([]byte("updated"))
	must(repo.Sessions().Put(ctx, alice, first))

	var existing family.Secret
	err := repo.Transaction(ctx, signalkeys.SessionLabel(alice), func(ctx context.Context, tx *signalkeys.Tx) (err error) {
		if existing, _, err = tx.Sessions().Get(ctx, alice); err != nil {
			return err
		}
		return tx.Sessions().Put(ctx, alice, updated)
	})
	must(err)

	now, _, err := repo.Sessions().Get(ctx, alice)
	must(err)
	fmt.Println(existing.Equal(first), now.Equal(updated), now) // true true [redacted]
	// Output: true true [redacted]
}

// The same closure with the untyped store, whose calls are those of
// BaileysEx.Signal.Store one by one.
func Example_fromBaileysExUntyped() {
	ctx := context.Background()
	s, err := memstore.Open(ctx, nil)
	must(err)
	defer s.Close()
	must(s.Set(ctx, new(store.DataSet).Put("session", "alice.0", []byte("first"))))

	existing, err := store.TransactionValue(ctx, s, "session:alice",
		func(ctx context.Context, tx *store.Tx) (map[string][]byte, error) {
			existing, err := tx.GetMany(ctx, "session", "alice.0")
			if err != nil {
				return nil, err
			}
			return existing, tx.Set(ctx, new(store.DataSet).Put("session", "alice.0", []byte("updated")))
		})
	must(err)

	now, _, err := s.Get(ctx, "session", "alice.0")
	must(err)
	fmt.Printf("%s, then %s\n", existing["alice.0"], now)
	// Output: first, then updated
}

// What a client of Baileys does in keys.transaction: take a pre-key and file the
// session made with it, both or neither. Nothing is put around the store first,
// as addTransactionCapability is.
func Example_fromBaileys() {
	ctx, repo := context.Background(), example()
	alice := signalkeys.SessionID{Name: "alice"}
	must(repo.PreKeys().Put(ctx, 17, signalkeys.KeyPair{}))

	must(repo.Transaction(ctx, signalkeys.SessionLabel(alice), func(ctx context.Context, tx *signalkeys.Tx) error {
		_, ok, err := tx.PreKeys().Get(ctx, 17)
		if err != nil || !ok {
			return err
		}
		if err := tx.PreKeys().Delete(ctx, 17); err != nil {
			return err
		}
		// A nested transaction keeps its own label, until the outermost one ends.
		return tx.Transaction(ctx, signalkeys.PreKeyLabel(17), func(ctx context.Context, tx *signalkeys.Tx) error {
			fmt.Println("inside:", tx.InTransaction(ctx), repo.InTransaction(ctx))
			return tx.Sessions().Put(ctx, alice, family.NewSecret([]byte("session")))
		})
	}))

	left, err := repo.PreKeys().Has(ctx, 17)
	must(err)
	made, err := repo.Sessions().Has(ctx, alice)
	must(err)
	fmt.Println("pre-key:", left, "session:", made, "inside:", repo.InTransaction(ctx))
	// Output:
	// inside: true true
	// pre-key: false session: true inside: false
}
