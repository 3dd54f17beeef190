package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/interop/baileys/baileysfile"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family"
	"github.com/keyfam/keyfam/store/memstore"
)

// shape is what famctl knows of a family of a schema.
type shape interface {
	name() string
	schema() string // the package that has it
	// check says why an id is none of the family's.
	check(id string) error
	// get reads a record and gives its form, which is what JSON shows.
	get(ctx context.Context, tx *store.Tx, id string, reveal bool) (form any, ok bool, err error)
	// put stores the form that data is the JSON of.
	put(ctx context.Context, tx *store.Tx, id string, data []byte) error
	// putRaw stores what data is the stored bytes of.
	putRaw(ctx context.Context, tx *store.Tx, id string, data []byte) error
	// remove deletes a record and what the family keeps in step with it.
	remove(ctx context.Context, tx *store.Tx, id string) error
	// decode reads records and tells which do not decode.
	decode(ctx context.Context, tx *store.Tx, ids []string) iter.Seq2[string, error]
}

// records is what the repositories of all families have.
type records[I family.ID, V any] interface {
	Get(ctx context.Context, k I) (V, bool, error)
	GetMany(ctx context.Context, ks ...I) (map[I]V, error)
	Put(ctx context.Context, k I, v V) error
	Delete(ctx context.Context, k I) error
}

// typed is the shape of one generated family.
type typed[I family.ID, V any] struct {
	family, pkg string
	parse       func(text string) (I, error)
	open        func(*store.Tx) records[I, V]
	show        func(v V, reveal bool) any
	read        func(data []byte) (V, error)
}

// shapes are the families of the schemas that famctl is built with, in the
// order of the schema. A test compares them with it.
var shapes = []shape{
	typed[signalkeys.SessionID, family.Secret]{
		signalkeys.SessionFamily, signalPackage, signalkeys.ParseSessionID,
		func(tx *store.Tx) records[signalkeys.SessionID, family.Secret] {
			return signalkeys.NewTx(tx).Sessions()
		}, showSecret, readSecret,
	},
	typed[signalkeys.PreKeyID, signalkeys.KeyPair]{
		signalkeys.PreKeyFamily, signalPackage, signalkeys.ParsePreKeyID,
		func(tx *store.Tx) records[signalkeys.PreKeyID, signalkeys.KeyPair] {
			return signalkeys.NewTx(tx).PreKeys()
		}, showKeyPair, readKeyPair,
	},
	typed[signalkeys.SenderKeyID, family.Secret]{
		signalkeys.SenderKeyFamily, signalPackage, signalkeys.ParseSenderKeyID,
		func(tx *store.Tx) records[signalkeys.SenderKeyID, family.Secret] {
			return signalkeys.NewTx(tx).SenderKeys()
		}, showSecret, readSecret,
	},
	typed[signalkeys.SenderKeyMemoryID, map[string]bool]{
		signalkeys.SenderKeyMemoryFamily, signalPackage, signalkeys.ParseSenderKeyMemoryID,
		func(tx *store.Tx) records[signalkeys.SenderKeyMemoryID, map[string]bool] {
			return signalkeys.NewTx(tx).SenderKeyMemory()
		}, showPlain[map[string]bool], readForm[map[string]bool],
	},
	typed[signalkeys.AppStateSyncKeyID, signalkeys.AppStateSyncKey]{
		signalkeys.AppStateSyncKeyFamily, signalPackage, signalkeys.ParseAppStateSyncKeyID,
		func(tx *store.Tx) records[signalkeys.AppStateSyncKeyID, signalkeys.AppStateSyncKey] {
			return signalkeys.NewTx(tx).AppStateSyncKeys()
		}, showSyncKey, readSyncKey,
	},
	typed[signalkeys.AppStateSyncVersionID, signalkeys.AppStateSyncVersion]{
		signalkeys.AppStateSyncVersionFamily, signalPackage, signalkeys.ParseAppStateSyncVersionID,
		func(tx *store.Tx) records[signalkeys.AppStateSyncVersionID, signalkeys.AppStateSyncVersion] {
			return signalkeys.NewTx(tx).AppStateSyncVersions()
		}, showSyncVersion, readSyncVersion,
	},
	typed[signalkeys.LIDMappingID, string]{
		signalkeys.LIDMappingFamily, signalPackage, signalkeys.ParseLIDMappingID,
		func(tx *store.Tx) records[signalkeys.LIDMappingID, string] {
			return lidRows{signalkeys.NewTx(tx).LIDMappings(), tx}
		}, showPlain[string], readForm[string],
	},
	typed[signalkeys.DeviceListID, []string]{
		signalkeys.DeviceListFamily, signalPackage, signalkeys.ParseDeviceListID,
		func(tx *store.Tx) records[signalkeys.DeviceListID, []string] {
			return signalkeys.NewTx(tx).DeviceLists()
		}, showPlain[[]string], readForm[[]string],
	},
	typed[signalkeys.TCTokenID, signalkeys.TCToken]{
		signalkeys.TCTokenFamily, signalPackage, signalkeys.ParseTCTokenID,
		func(tx *store.Tx) records[signalkeys.TCTokenID, signalkeys.TCToken] {
			return signalkeys.NewTx(tx).TCTokens()
		}, showToken, readToken,
	},
	typed[signalkeys.IdentityKeyID, []byte]{
		signalkeys.IdentityKeyFamily, signalPackage, signalkeys.ParseIdentityKeyID,
		func(tx *store.Tx) records[signalkeys.IdentityKeyID, []byte] {
			return signalkeys.NewTx(tx).IdentityKeys()
		}, showPlain[[]byte], readForm[[]byte],
	},
	typed[baileysfile.BaileysFileID, family.Secret]{
		baileysfile.BaileysFileFamily, filePackage, baileysfile.ParseBaileysFileID,
		func(tx *store.Tx) records[baileysfile.BaileysFileID, family.Secret] {
			return baileysfile.NewTx(tx).BaileysFiles()
		}, showSecret, readSecret,
	},
}

const (
	signalPackage = "signalkeys"
	filePackage   = "baileysfile"
)

// shapeOf is nil for a family of no schema, whose records are bytes.
func shapeOf(name string) shape {
	i := slices.IndexFunc(shapes, func(s shape) bool { return s.name() == name })
	if i < 0 {
		return nil
	}
	return shapes[i]
}

func (t typed[I, V]) name() string   { return t.family }
func (t typed[I, V]) schema() string { return t.pkg }

func (t typed[I, V]) check(id string) error {
	_, err := t.parse(id)
	return err
}

func (t typed[I, V]) get(ctx context.Context, tx *store.Tx, id string, reveal bool) (any, bool, error) {
	k, err := t.parse(id)
	if err != nil {
		return nil, false, err
	}
	v, ok, err := t.open(tx).Get(ctx, k)
	if err != nil || !ok {
		return nil, false, err
	}
	return t.show(v, reveal), true, nil
}

func (t typed[I, V]) put(ctx context.Context, tx *store.Tx, id string, data []byte) error {
	k, err := t.parse(id)
	if err != nil {
		return err
	}
	v, err := t.read(data)
	if err != nil {
		return err
	}
	return t.open(tx).Put(ctx, k, v)
}

// putRaw reads the bytes as a record of a store in memory first, so that only
// what decodes is stored.
func (t typed[I, V]) putRaw(ctx context.Context, tx *store.Tx, id string, data []byte) error {
	k, err := t.parse(id)
	if err != nil {
		return err
	}
	scratch, err := memstore.Open(ctx, &anySize)
	if err != nil {
		return err
	}
	defer scratch.Close()
	if err := scratch.Set(ctx, new(store.DataSet).Put(t.family, id, data)); err != nil {
		return err
	}
	var v V
	err = scratch.View(context.WithoutCancel(ctx), func(ctx context.Context, tx *store.Tx) (err error) {
		v, _, err = t.open(tx).Get(ctx, k)
		return err
	})
	if err != nil { // of what was given, not of what is stored
		return fmt.Errorf("%w: the bytes are no record of this family: %v", store.ErrInvalid, err)
	}
	return t.open(tx).Put(ctx, k, v)
}

// remove deletes ids that are damaged too.
func (t typed[I, V]) remove(ctx context.Context, tx *store.Tx, id string) error {
	k, err := t.parse(id)
	if err != nil {
		return tx.Set(ctx, new(store.DataSet).Delete(t.family, id))
	}
	return t.open(tx).Delete(ctx, k)
}

// decode reads many records at a time, and one by one only where some are
// damaged.
func (t typed[I, V]) decode(ctx context.Context, tx *store.Tx, ids []string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		var typed []I
		for _, id := range ids {
			k, err := t.parse(id)
			if err == nil {
				typed = append(typed, k)
			} else if !yield(id, fmt.Errorf("%w: the id does not fit the family", store.ErrCorrupt)) {
				return
			}
		}
		if _, err := t.open(tx).GetMany(ctx, typed...); err == nil {
			return
		}
		for _, k := range typed {
			if _, _, err := t.open(tx).Get(ctx, k); err != nil && !yield(k.String(), err) {
				return
			}
		}
	}
}

const reverseSuffix = "_reverse"

// lidRows is lid-mapping with its reverse rows, which an operator must be able
// to look at, and to delete when they are stale. The repository hides them.
type lidRows struct {
	signalkeys.LIDMappingRepo
	tx *store.Tx
}

func isReverse(k signalkeys.LIDMappingID) bool { return strings.HasSuffix(string(k), reverseSuffix) }

func (l lidRows) Get(ctx context.Context, k signalkeys.LIDMappingID) (string, bool, error) {
	if !isReverse(k) {
		return l.LIDMappingRepo.Get(ctx, k)
	}
	value, ok, err := l.tx.Get(ctx, signalkeys.LIDMappingFamily, string(k))
	return string(value), ok, err
}

func (l lidRows) GetMany(ctx context.Context, ks ...signalkeys.LIDMappingID) (map[signalkeys.LIDMappingID]string, error) {
	return l.LIDMappingRepo.GetMany(ctx, slices.DeleteFunc(slices.Clone(ks), isReverse)...)
}

func (l lidRows) Delete(ctx context.Context, k signalkeys.LIDMappingID) error {
	if !isReverse(k) {
		return l.LIDMappingRepo.Delete(ctx, k)
	}
	return l.tx.Set(ctx, new(store.DataSet).Delete(signalkeys.LIDMappingFamily, string(k)))
}

// openSchemas compares the namespace's schema with those of famctl. A store
// that was opened for reading cannot note what is new in them, and need not.
func openSchemas(ctx context.Context, st *store.Store) (*signalkeys.Repo, error) {
	repo, err := signalkeys.Open(ctx, st)
	if err == nil {
		_, err = baileysfile.Open(ctx, st)
	}
	if errors.Is(err, store.ErrReadOnly) {
		return signalkeys.New(st), nil
	}
	return repo, err
}
