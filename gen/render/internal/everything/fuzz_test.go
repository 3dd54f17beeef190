package everything_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/gen/render/internal/everything"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family"
)

// Stored bytes either do not decode, which is ErrCorrupt, or decode to a value
// that comes back as it is and has one form from then on. Nothing panics.
func FuzzStoredBytes(f *testing.F) {
	for _, stored := range []string{
		"", "\x3a\x00", "\x08\x01", "\x0a\x02\x00\x01", "\x32\x01a\x32\x00", "\x0a\x04\x0a\x00\x10\x01", "\x0a\x04\x08\x01\x18\x09\x1a\x00\x22\x00",
		"\x0a\x04abcd\x22\x10abcdefghijklmnop", "\x0a\x04abcd\x1a\x00\x22\x10abcdefghijklmnop\x2a\x00", "\x4a\x01x\x58\x01", "\x08\x01\xa1\x06\x01\x02\x03\x04\x05\x06\x07\x08\xa2\x06\x00",
		"\x99\x01\x00\x00\x00\x00\x00\x00\xf0\x3f\xa0\x01\x00\xa8\x01\x00\xb1\x01\x00\x00\x00\x00\x00\x00\x00\x80", // ratio, seen, exact, opt_ratio
		"\x5a\x08\x00\x00\x00\x00\x00\x00\xf0\x3f\x62\x01\x00\x6a\x0a\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01",     // ratios, times, exacts
	} {
		f.Add([]byte(stored))
	}
	repo := open(f)
	f.Fuzz(func(t *testing.T, stored []byte) {
		fixed(t, repo, repo.AllScalars(), "k", stored, everything.ScalarsFamily)
		fixed(t, repo, repo.AllBounded(), 1, stored, everything.BoundedFamily)
		fixed(t, repo, repo.AllLists(), 1, stored, everything.ListsFamily)
		fixed(t, repo, repo.AllMaps(), 1, stored, everything.MapsFamily)
		fixed(t, repo, repo.AllNested(), 1, stored, everything.NestedFamily)
		fixed(t, repo, repo.Ordered(), 1, stored, everything.OrderedFamily)
		fixed(t, repo, repo.Many(), everything.ManyID{Group: "g"}, stored, everything.ManyFamily)
		fixed(t, repo, repo.Counts(), "k", stored, everything.CountsFamily)
		fixed(t, repo, repo.SecretFixed(), "k", stored, everything.SecretFixedFamily)
		fixed(t, repo, repo.SecretTexts(), "k", stored, everything.SecretTextFamily)
		fixed(t, repo, repo.Ratios(), "k", stored, everything.RatioFamily)
		fixed(t, repo, repo.Seen(), "k", stored, everything.SeenFamily)
		fixed(t, repo, repo.Ticks(), "k", stored, everything.TicksFamily)
		fixed(t, repo, repo.Peers(), "k", stored, everything.PeerFamily)
	})
}

func fixed[I family.ID, V any](t *testing.T, in *everything.Repo, r repo[I, V], id I, stored []byte, name string) {
	ctx := context.Background()
	require.NoError(t, in.Store().Set(ctx, new(store.DataSet).Put(name, id.String(), stored)))
	first, _, err := r.Get(ctx, id)
	if err != nil {
		require.ErrorIs(t, err, store.ErrCorrupt)
		return
	}
	require.NoError(t, r.Put(ctx, id, first))
	second, _, err := r.Get(ctx, id)
	require.NoError(t, err)
	require.Equal(t, first, second)
	canonical, _, err := in.Store().Get(ctx, name, id.String())
	require.NoError(t, err)
	require.NoError(t, r.Put(ctx, id, second))
	again, _, err := in.Store().Get(ctx, name, id.String())
	require.NoError(t, err)
	require.Equal(t, canonical, again)
}

// The text of an id is read back as that id, and no other text is.
func FuzzKeys(f *testing.F) {
	f.Add("g", uint64(1), uint32(2), int32(-3), "<g::1/0000000002:-3>")
	f.Add("a:b", uint64(1), uint32(2), int32(-3), "<g::01/0000000002:-3>")
	f.Add("", uint64(0), uint32(0), int32(0), "<g::1/2:-0>")
	repo := open(f)
	f.Fuzz(func(t *testing.T, group string, user uint64, at uint32, seq int32, text string) {
		ctx := context.Background()
		id := everything.ManyID{Group: group, UserID: user, At: at, Seq: seq}
		if _, err := repo.Many().Has(ctx, id); err == nil {
			back, err := everything.ParseManyID(id.String())
			require.NoError(t, err)
			require.Equal(t, id, back)
		}
		if id, err := everything.ParseManyID(text); err == nil {
			require.Equal(t, text, id.String())
			_, err := repo.Many().Has(ctx, id)
			if len(text) <= 512 {
				require.NoError(t, err)
			}
		} else {
			require.ErrorIs(t, err, store.ErrInvalid)
		}
		if id, err := everything.ParseLongOrderedID(text); err == nil {
			require.Equal(t, text, id.String())
		}
		if id, err := everything.ParseListsID(text); err == nil {
			require.Equal(t, text, id.String())
		}
	})
}
