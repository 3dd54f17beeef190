package signalkeys_test

import (
	"context"
	"iter"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family"
	"github.com/keyfam/keyfam/store/memstore"
)

func open(t testing.TB) *signalkeys.Repo {
	s, err := memstore.Open(t.Context(), nil)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close()) })
	repo, err := signalkeys.Open(t.Context(), s)
	require.NoError(t, err)
	return repo
}

// verbs is what every family has.
type verbs[I family.ID, V any] interface {
	Get(ctx context.Context, id I) (V, bool, error)
	Has(ctx context.Context, id I) (bool, error)
	GetMany(ctx context.Context, ids ...I) (map[I]V, error)
	Put(ctx context.Context, id I, v V) error
	PutMany(ctx context.Context, values map[I]V) error
	Delete(ctx context.Context, id I) error
	DeleteMany(ctx context.Context, ids ...I) error
	All(ctx context.Context) iter.Seq2[family.Entry[I, V], error]
	Count(ctx context.Context) (int, error)
	Update(ctx context.Context, id I, next func(v V, ok bool) (V, error)) error
}

// works runs every verb on two records and checks the ids that they are stored
// under.
func works[I family.ID, V any](t *testing.T, repo *signalkeys.Repo, of func(signalkeys.Families) verbs[I, V], name string, parse func(string) (I, error), ids [2]string, values [2]V) {
	t.Run(name, func(t *testing.T) {
		ctx := t.Context()
		r := of(repo)
		var ks [2]I
		for i, id := range ids {
			k, err := parse(id)
			require.NoError(t, err)
			assert.Equal(t, id, k.String())
			ks[i] = k
		}
		_, ok, err := r.Get(ctx, ks[0])
		require.NoError(t, err)
		assert.False(t, ok)

		require.NoError(t, r.Put(ctx, ks[0], values[0]))
		_, ok, err = repo.Store().Get(ctx, name, ids[0])
		require.NoError(t, err)
		assert.True(t, ok, "the stored id is the text of the id")
		got, ok, err := r.Get(ctx, ks[0])
		require.NoError(t, err)
		assert.True(t, ok)
		assert.Equal(t, values[0], got)

		require.NoError(t, r.PutMany(ctx, map[I]V{ks[0]: values[0], ks[1]: values[1]}))
		many, err := r.GetMany(ctx, ks[1], ks[0], ks[1])
		require.NoError(t, err)
		assert.Equal(t, map[I]V{ks[0]: values[0], ks[1]: values[1]}, many)
		n, err := r.Count(ctx)
		require.NoError(t, err)
		assert.Equal(t, 2, n)
		all := map[I]V{}
		for e, err := range r.All(ctx) {
			require.NoError(t, err)
			all[e.ID] = e.Value
		}
		assert.Equal(t, many, all)

		require.NoError(t, r.Delete(ctx, ks[1]))
		has, err := r.Has(ctx, ks[1])
		require.NoError(t, err)
		assert.False(t, has)
		require.NoError(t, r.Update(ctx, ks[1], func(v V, ok bool) (V, error) {
			assert.False(t, ok)
			return values[0], nil
		}))
		got, _, err = r.Get(ctx, ks[1])
		require.NoError(t, err)
		assert.Equal(t, values[0], got)

		require.NoError(t, repo.Transaction(ctx, nil, func(ctx context.Context, tx *signalkeys.Tx) error {
			if err := of(tx).Put(ctx, ks[0], values[1]); err != nil {
				return err
			}
			got, _, err := of(tx).Get(ctx, ks[0])
			assert.Equal(t, values[1], got)
			outside, _, _ := r.Get(t.Context(), ks[0])
			assert.Equal(t, values[0], outside)
			return err
		}))
		require.NoError(t, r.DeleteMany(ctx, ks[:]...))
		n, err = r.Count(ctx)
		require.NoError(t, err)
		assert.Zero(t, n)
	})
}

func secret(s string) family.Secret { return family.NewSecret([]byte(s)) }

func pair(b byte) signalkeys.KeyPair {
	return signalkeys.KeyPair{Public: [32]byte{b}, Private: signalkeys.NewSecret32([32]byte{31: b})}
}

// The ids are those of Baileys, letter by letter.
func TestTheTenFamilies(t *testing.T) {
	r := open(t)
	works(t, r, func(f signalkeys.Families) verbs[signalkeys.SessionID, family.Secret] { return f.Sessions() },
		"session", signalkeys.ParseSessionID, [2]string{"100000000000188_1.7", "4915100000001.0"}, [2]family.Secret{secret("{}"), secret("\x00")})
	works(t, r, func(f signalkeys.Families) verbs[signalkeys.PreKeyID, signalkeys.KeyPair] { return f.PreKeys() },
		"pre-key", signalkeys.ParsePreKeyID, [2]string{"3", "16777215"}, [2]signalkeys.KeyPair{pair(1), pair(2)})
	works(t, r, func(f signalkeys.Families) verbs[signalkeys.SenderKeyID, family.Secret] { return f.SenderKeys() },
		"sender-key", signalkeys.ParseSenderKeyID, [2]string{"120363041234567890@g.us::100000000000188_1::7", "g::u::0"}, [2]family.Secret{secret("[]"), secret("")})
	works(t, r, func(f signalkeys.Families) verbs[signalkeys.SenderKeyMemoryID, map[string]bool] {
		return f.SenderKeyMemory()
	},
		"sender-key-memory", signalkeys.ParseSenderKeyMemoryID, [2]string{"120363041234567890@g.us", "g"}, [2]map[string]bool{{"a:1@lid": true, "b": false}, nil})
	works(t, r, func(f signalkeys.Families) verbs[signalkeys.AppStateSyncKeyID, signalkeys.AppStateSyncKey] {
		return f.AppStateSyncKeys()
	},
		"app-state-sync-key", signalkeys.ParseAppStateSyncKeyID, [2]string{"AAAAA/+/", "AAAAAAAA"}, [2]signalkeys.AppStateSyncKey{{
			KeyData: new(signalkeys.NewSecret32([32]byte{1})), Timestamp: new(int64(0)),
			Fingerprint: &signalkeys.AppStateSyncKeyFingerprint{RawID: new(uint32(0)), DeviceIndexes: []uint32{0, 1, 300}},
		}, {}})
	works(t, r, func(f signalkeys.Families) verbs[signalkeys.AppStateSyncVersionID, signalkeys.AppStateSyncVersion] {
		return f.AppStateSyncVersions()
	},
		"app-state-sync-version", signalkeys.ParseAppStateSyncVersionID, [2]string{"critical_block", "regular"}, [2]signalkeys.AppStateSyncVersion{
			{Version: 1 << 60, Hash: [128]byte{127: 1}, IndexValueMap: map[string]signalkeys.AppStateSyncValue{"a/b+": {ValueMAC: [32]byte{1}}, "": {}}},
			{},
		})
	works(t, r, func(f signalkeys.Families) verbs[signalkeys.LIDMappingID, string] { return f.LIDMappings() },
		"lid-mapping", signalkeys.ParseLIDMappingID, [2]string{"4915100000001", "4915100000002"}, [2]string{"100000000000188", "100000000000189"})
	works(t, r, func(f signalkeys.Families) verbs[signalkeys.DeviceListID, []string] { return f.DeviceLists() },
		"device-list", signalkeys.ParseDeviceListID, [2]string{"100000000000188", "4915100000001"}, [2][]string{{"0", "7"}, nil})
	works(t, r, func(f signalkeys.Families) verbs[signalkeys.TCTokenID, signalkeys.TCToken] { return f.TCTokens() },
		"tctoken", signalkeys.ParseTCTokenID, [2]string{"100000000000188@lid", "__index"}, [2]signalkeys.TCToken{
			{Token: secret("t"), Timestamp: new("1700000000"), SenderTimestamp: new(int64(1700000000))}, {},
		})
	works(t, r, func(f signalkeys.Families) verbs[signalkeys.IdentityKeyID, []byte] { return f.IdentityKeys() },
		"identity-key", signalkeys.ParseIdentityKeyID, [2]string{"100000000000188_1.7", "x_129.0"}, [2][]byte{append([]byte{5}, make([]byte, 32)...), make([]byte, 32)})
}

func TestScansOfParts(t *testing.T) {
	r := open(t)
	ctx := t.Context()
	for _, name := range []string{"alice", "alice_1", "bob"} {
		for device := range uint32(3) {
			require.NoError(t, r.Sessions().Put(ctx, signalkeys.SessionID{Name: name, Device: device * 5}, secret(name)))
			require.NoError(t, r.SenderKeys().Put(ctx, signalkeys.SenderKeyID{Group: name, Name: "x", Device: device}, secret(name)))
		}
	}
	var seen []string
	for e, err := range r.Sessions().OfName("alice").All(ctx) {
		require.NoError(t, err)
		seen = append(seen, e.ID.String())
	}
	assert.Equal(t, []string{"alice.0", "alice.10", "alice.5"}, seen)
	seen = nil
	for e, err := range r.ReadOnly().SenderKeys().OfGroup("alice").All(ctx) {
		require.NoError(t, err)
		seen = append(seen, e.ID.String())
	}
	assert.Equal(t, []string{"alice::x::0", "alice::x::1", "alice::x::2"}, seen)
}

// A batch writes to several families; the names of all stand in the schema.
func TestSchemaNamesTheFamilies(t *testing.T) {
	r := open(t)
	ctx := t.Context()
	var b signalkeys.Batch
	b.Sessions().Put(signalkeys.SessionID{Name: "a"}, secret("s"))
	b.LIDMappings().PutMany(map[signalkeys.LIDMappingID]string{"1": "a", "2": "b"})
	b.DeviceLists().Put("x", []string{"0"})
	b.DeviceLists().Delete("x")
	require.NoError(t, r.Apply(ctx, &b))
	families, err := r.Store().Families(ctx)
	require.NoError(t, err)
	assert.Equal(t, []string{signalkeys.LIDMappingFamily, signalkeys.SessionFamily}, families)

	var names []string
	for line := range strings.Lines(signalkeys.Schema) {
		if rest, ok := strings.CutPrefix(line, "family "); ok {
			name, _, _ := strings.Cut(rest, " ")
			names = append(names, name)
		}
	}
	assert.GreaterOrEqual(t, len(names), 10)
	assert.Subset(t, names, families)
}

// A batch is all or nothing, and says which family was wrong.
func TestBatch(t *testing.T) {
	r := open(t)
	ctx := t.Context()
	var b signalkeys.Batch
	b.PreKeys().Put(1, pair(1))
	b.DeviceLists().Put("x", []string{"\xff"})
	b.Sessions().Put(signalkeys.SessionID{Name: "a.b"}, secret("s"))
	err := r.Apply(ctx, &b)
	require.ErrorIs(t, err, store.ErrInvalid)
	require.EqualError(t, err, "store: apply device-list: invalid argument: field value: text is not UTF-8")
	n, err := r.PreKeys().Count(ctx)
	require.NoError(t, err)
	assert.Zero(t, n)
	require.NoError(t, r.Apply(ctx, new(signalkeys.Batch)))
	require.ErrorIs(t, r.Apply(ctx, nil), store.ErrInvalid)
}
