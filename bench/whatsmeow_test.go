package bench

import (
	"context"
	"path/filepath"
	"testing"

	_ "github.com/mattn/go-sqlite3"
	"go.mau.fi/util/dbutil"
	"go.mau.fi/whatsmeow/proto/waAdv"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/store/sqlstore"
	"go.mau.fi/whatsmeow/store/sqlstore/upgrades"
	"go.mau.fi/whatsmeow/types"
)

// BenchmarkWhatsmeow compares pebblestore with whatsmeow's store on SQLite.
// Both lose nothing at a power cut: SQLite has a WAL with full
// synchronisation. Its sessions are bytes by address, like ours. SQLite has
// one writer. A transaction becomes the writer when it begins and waits for
// its turn instead of failing.
func BenchmarkWhatsmeow(b *testing.B) { compare(b, openPebblestore, openWhatsmeow) }

type whatsmeow struct {
	db       *dbutil.Database
	sessions store.SessionStore
}

func openWhatsmeow(dir string) (peer, error) {
	const pragmas = "?_foreign_keys=on&_journal_mode=WAL&_synchronous=FULL&_busy_timeout=60000&_txlock=immediate"
	db, err := dbutil.NewWithDialect("file:"+filepath.Join(dir, "whatsmeow.db")+pragmas, "sqlite3")
	if err != nil {
		return nil, err
	}
	db.UpgradeTable, db.VersionTable = upgrades.Table, "whatsmeow_version"
	container := sqlstore.NewWithWrappedDB(db, nil)
	if err := container.Upgrade(ctx); err != nil {
		return nil, err
	}
	device, err := container.GetFirstDevice(ctx)
	if err != nil {
		return nil, err
	}
	if device.ID == nil {
		jid := types.NewJID("12025550123", types.DefaultUserServer)
		device.ID = &jid
		device.Account = &waAdv.ADVSignedDeviceIdentity{
			Details:             []byte{1},
			AccountSignature:    make([]byte, 64),
			AccountSignatureKey: make([]byte, 32),
			DeviceSignature:     make([]byte, 64),
		}
		if err := container.PutDevice(ctx, device); err != nil {
			return nil, err
		}
	}
	return whatsmeow{db, device.Sessions}, nil
}

func (w whatsmeow) load(ids []string, value func() []byte) error {
	return w.db.DoTxn(ctx, nil, func(ctx context.Context) error {
		for _, id := range ids {
			if err := w.sessions.PutSession(ctx, id, value()); err != nil {
				return err
			}
		}
		return nil
	})
}

func (w whatsmeow) get(id string) error {
	_, err := w.sessions.GetSession(ctx, id)
	return err
}

func (w whatsmeow) set(id string, value []byte) error {
	return w.sessions.PutSession(ctx, id, value)
}

func (w whatsmeow) update(id string, value []byte) error {
	return w.db.DoTxn(ctx, nil, func(ctx context.Context) error {
		if _, err := w.sessions.GetSession(ctx, id); err != nil {
			return err
		}
		return w.sessions.PutSession(ctx, id, value)
	})
}

func (w whatsmeow) close() error { return w.db.Close() }
