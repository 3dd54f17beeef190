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
type records[K family.Key, V any] interface {
	Get(ctx context.Context, k K) (V, bool, error)
	GetMany(ctx context.Context, ks ...K) (map[K]V, error)
	Put(ctx context.Context, k K, v V) error
	Delete(ctx context.Context, k K) error
}

// typed is the shape of one generated family.
type typed[K family.Key, V any] struct {
	family, pkg string
	parse       func(text string) (K, error)
	open        func(*store.Tx) records[K, V]
	show        func(v V, reveal bool) any
	read        func(data []byte) (V, error)
}

// shapes are the families of the schemas that famctl is built with, in the
// order of the schema. A test compares them with it.
var shapes = []shape{
	typed[signalkeys.SessionKey, family.Secret]{
		signalkeys.SessionFamily, signalPackage, signalkeys.ParseSessionKey,
		func(tx *store.Tx) records[signalkeys.SessionKey, family.Secret] {
			return signalkeys.NewTx(tx).Sessions()
		}, showSecret, readSecret,
	},
	typed[signalkeys.PreKeyKey, signalkeys.KeyPair]{
		signalkeys.PreKeyFamily, signalPackage, signalkeys.ParsePreKeyKey,
		func(tx *store.Tx) records[signalkeys.PreKeyKey, signalkeys.KeyPair] {
			return signalkeys.NewTx(tx).PreKeys()
		}, showKeyPair, readKeyPair,
	},
	typed[signalkeys.SenderKeyKey, family.Secret]{
		signalkeys.SenderKeyFamily, signalPackage, signalkeys.ParseSenderKeyKey,
		func(tx *store.Tx) records[signalkeys.SenderKeyKey, family.Secret] {
			return signalkeys.NewTx(tx).SenderKeys()
		}, showSecret, readSecret,
	},
	typed[signalkeys.SenderKeyMemoryKey, map[string]bool]{
		signalkeys.SenderKeyMemoryFamily, signalPackage, signalkeys.ParseSenderKeyMemoryKey,
		func(tx *store.Tx) records[signalkeys.SenderKeyMemoryKey, map[string]bool] {
			return signalkeys.NewTx(tx).SenderKeyMemory()
		}, showPlain[map[string]bool], readForm[map[string]bool],
	},
	typed[signalkeys.AppStateSyncKeyKey, signalkeys.AppStateSyncKey]{
		signalkeys.AppStateSyncKeyFamily, signalPackage, signalkeys.ParseAppStateSyncKeyKey,
		func(tx *store.Tx) records[signalkeys.AppStateSyncKeyKey, signalkeys.AppStateSyncKey] {
			return signalkeys.NewTx(tx).AppStateSyncKeys()
		}, showSyncKey, readSyncKey,
	},
	typed[signalkeys.AppStateSyncVersionKey, signalkeys.AppStateSyncVersion]{
		signalkeys.AppStateSyncVersionFamily, signalPackage, signalkeys.ParseAppStateSyncVersionKey,
		func(tx *store.Tx) records[signalkeys.AppStateSyncVersionKey, signalkeys.AppStateSyncVersion] {
			return signalkeys.NewTx(tx).AppStateSyncVersions()
		}, showSyncVersion, readSyncVersion,
	},
	typed[signalkeys.LIDMappingKey, string]{
		signalkeys.LIDMappingFamily, signalPackage, signalkeys.ParseLIDMappingKey,
		func(tx *store.Tx) records[signalkeys.LIDMappingKey, string] {
			return lidRows{signalkeys.NewTx(tx).LIDMappings(), tx}
		}, showPlain[string], readForm[string],
	},
	typed[signalkeys.DeviceListKey, []string]{
		signalkeys.DeviceListFamily, signalPackage, signalkeys.ParseDeviceListKey,
		func(tx *store.Tx) records[signalkeys.DeviceListKey, []string] {
			return signalkeys.NewTx(tx).DeviceLists()
		}, showPlain[[]string], readForm[[]string],
	},
	typed[signalkeys.TCTokenKey, signalkeys.TCToken]{
		signalkeys.TCTokenFamily, signalPackage, signalkeys.ParseTCTokenKey,
		func(tx *store.Tx) records[signalkeys.TCTokenKey, signalkeys.TCToken] {
			return signalkeys.NewTx(tx).TCTokens()
		}, showToken, readToken,
	},
	typed[signalkeys.IdentityKeyKey, []byte]{
		signalkeys.IdentityKeyFamily, signalPackage, signalkeys.ParseIdentityKeyKey,
		func(tx *store.Tx) records[signalkeys.IdentityKeyKey, []byte] {
			return signalkeys.NewTx(tx).IdentityKeys()
		}, showPlain[[]byte], readForm[[]byte],
	},
	typed[baileysfile.BaileysFileKey, family.Secret]{
		baileysfile.BaileysFileFamily, filePackage, baileysfile.ParseBaileysFileKey,
		func(tx *store.Tx) records[baileysfile.BaileysFileKey, family.Secret] {
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

func (t typed[K, V]) name() string   { return t.family }
func (t typed[K, V]) schema() string { return t.pkg }

func (t typed[K, V]) check(id string) error {
	_, err := t.parse(id)
	return err
}

func (t typed[K, V]) get(ctx context.Context, tx *store.Tx, id string, reveal bool) (any, bool, error) {
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

func (t typed[K, V]) put(ctx context.Context, tx *store.Tx, id string, data []byte) error {
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
func (t typed[K, V]) putRaw(ctx context.Context, tx *store.Tx, id string, data []byte) error {
	k, err := t.parse(id)
	if err != nil {
		return err
	}
	scratch, err := memstore.Open(&anySize)
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
	if err != nil {
		return err
	}
	return t.open(tx).Put(ctx, k, v)
}

// remove deletes ids of damaged keys too.
func (t typed[K, V]) remove(ctx context.Context, tx *store.Tx, id string) error {
	k, err := t.parse(id)
	if err != nil {
		return tx.Set(ctx, new(store.DataSet).Delete(t.family, id))
	}
	return t.open(tx).Delete(ctx, k)
}

// decode reads many records at a time, and one by one only where some are
// damaged.
func (t typed[K, V]) decode(ctx context.Context, tx *store.Tx, ids []string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		var keys []K
		for _, id := range ids {
			k, err := t.parse(id)
			if err == nil {
				keys = append(keys, k)
			} else if !yield(id, fmt.Errorf("%w: the id is no key of the family", store.ErrCorrupt)) {
				return
			}
		}
		if _, err := t.open(tx).GetMany(ctx, keys...); err == nil {
			return
		}
		for _, k := range keys {
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

func isReverse(k signalkeys.LIDMappingKey) bool { return strings.HasSuffix(string(k), reverseSuffix) }

func (l lidRows) Get(ctx context.Context, k signalkeys.LIDMappingKey) (string, bool, error) {
	if !isReverse(k) {
		return l.LIDMappingRepo.Get(ctx, k)
	}
	value, ok, err := l.tx.Get(ctx, signalkeys.LIDMappingFamily, string(k))
	return string(value), ok, err
}

func (l lidRows) GetMany(ctx context.Context, ks ...signalkeys.LIDMappingKey) (map[signalkeys.LIDMappingKey]string, error) {
	return l.LIDMappingRepo.GetMany(ctx, slices.DeleteFunc(slices.Clone(ks), isReverse)...)
}

func (l lidRows) Delete(ctx context.Context, k signalkeys.LIDMappingKey) error {
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
