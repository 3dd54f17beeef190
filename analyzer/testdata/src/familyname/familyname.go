package familyname

import (
	"context"

	"github.com/keyfam/keyfam/analyzer/testdata/src/mailbox"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/store"
)

//famvet:family inbox outbox

//famvet:family // want `this marker names no family: write //famvet:family and the families of your own`

const preKeys = "prekey"

type other struct{}

func (other) Get(ctx context.Context, family, id string) {}

func names(ctx context.Context, st *store.Store, family string) error {
	if _, err := signalkeys.Open(ctx, st); err != nil {
		return err
	}
	if _, _, err := st.Get(ctx, "sesion", "alice.0"); err != nil { // want `no imported schema declares the family "sesion": did you mean "session"\?`
		return err
	}
	if _, _, err := st.Get(ctx, "session", "sesion"); err != nil {
		return err
	}
	if _, err := st.Has(ctx, preKeys, "1"); err != nil { // want `did you mean "pre-key"\?`
		return err
	}
	if _, err := st.GetMany(ctx, "messages", "1"); err != nil { // want `no imported schema declares the family "messages": write one of app-state-sync-key, .*, tctoken, or declare it with //famvet:family messages`
		return err
	}
	if _, err := st.Has(ctx, family, "1"); err != nil { // known only when it runs
		return err
	}
	other{}.Get(ctx, "sesion", "alice.0")
	mailbox.Note()
	//famvet:ignore familyname left over // want `this marker silences no finding of familyname: take it out`
	if _, err := st.Has(ctx, "session", "1"); err != nil {
		return err
	}
	ds := new(store.DataSet)
	ds.Put("sender-key", "g", nil).Delete("sender-keys", "g") // want `did you mean "sender-key"\?`
	for _, err := range st.Scan(ctx, "device_list", "") {     // want `did you mean "device-list"\?`
		if err != nil {
			return err
		}
	}
	if _, err := st.Has(ctx, "inbox", "1"); err != nil { // a family of this program's own
		return err
	}
	if _, err := st.Has(ctx, "inbux", "1"); err != nil { // want `no imported schema declares the family "inbux": did you mean "inbox"\?`
		return err
	}
	if _, err := st.Has(ctx, "audit", "1"); err != nil { // declared by package mailbox
		return err
	}
	//famvet:ignore familyname another program's family
	if _, err := st.Has(ctx, "message", "1"); err != nil {
		return err
	}
	return st.View(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, _, err := tx.Get(ctx, "Session", "alice.0") // want `did you mean "session"\?`
		return err
	})
}

// Families that start with _ are the store's own: no schema has them.
func reserved(ctx context.Context, st *store.Store) error {
	_, err := st.Has(ctx, "_schema", "signalkeys")
	return err
}
