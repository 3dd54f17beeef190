package everything_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/keyfam/keyfam/gen/render/internal/everything"
	"github.com/keyfam/keyfam/gen/render/internal/everything/peer"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family"
	"github.com/keyfam/keyfam/store/family/dynamic"
	"github.com/keyfam/keyfam/store/memstore"
)

// rewriter reads a record with generated code and writes it again.
type rewriter func(ctx context.Context, id string) error

func rewrite[I family.ID, V any](parse func(string) (I, error), repo interface {
	Update(ctx context.Context, id I, next func(V, bool) (V, error)) error
},
) rewriter {
	return func(ctx context.Context, text string) error {
		id, err := parse(text)
		if err != nil {
			return err
		}
		return repo.Update(ctx, id, func(v V, _ bool) (V, error) { return v, nil })
	}
}

func rewriters(r *everything.Repo) map[string]rewriter {
	return map[string]rewriter{
		"scalars":        rewrite(everything.ParseScalarsID, r.AllScalars()),
		"bounded":        rewrite(everything.ParseBoundedID, r.AllBounded()),
		"lists":          rewrite(everything.ParseListsID, r.AllLists()),
		"maps":           rewrite(everything.ParseMapsID, r.AllMaps()),
		"nested":         rewrite(everything.ParseNestedID, r.AllNested()),
		"ordered":        rewrite(everything.ParseOrderedID, r.Ordered()),
		"long-ordered":   rewrite(everything.ParseLongOrderedID, r.LongOrdered()),
		"framed":         rewrite(everything.ParseFramedID, r.Framed()),
		"many":           rewrite(everything.ParseManyID, r.Many()),
		"shadows":        rewrite(everything.ParseShadowsID, r.Shadows()),
		"fixed":          rewrite(everything.ParseFixedID, r.Fixed()),
		"limited":        rewrite(everything.ParseLimitedID, r.Limited()),
		"secret-fixed":   rewrite(everything.ParseSecretFixedID, r.SecretFixed()),
		"secret-limited": rewrite(everything.ParseSecretLimitedID, r.SecretLimited()),
		"secret-text":    rewrite(everything.ParseSecretTextID, r.SecretTexts()),
		"counts":         rewrite(everything.ParseCountsID, r.Counts()),
		"ratio":          rewrite(everything.ParseRatioID, r.Ratios()),
		"seen":           rewrite(everything.ParseSeenID, r.Seen()),
		"ticks":          rewrite(everything.ParseTicksID, r.Ticks()),
		"peer":           rewrite(everything.ParsePeerID, r.Peers()),
		"alias":          rewrite(everything.ParseAliasID, r.Aliases()),
	}
}

// drawID is a random id of a family.
func drawID(t *rapid.T, f *dynamic.Family) dynamic.ID {
	var parts []string
	for _, p := range f.Parts() {
		switch p.Type {
		case "string":
			parts = append(parts, rapid.StringMatching(`[a-z0-9é-]{1,5}`).Draw(t, "part"))
		case "int32", "int64":
			parts = append(parts, fmt.Sprint(rapid.Int32().Draw(t, "part")))
		default:
			parts = append(parts, fmt.Sprint(rapid.Uint32().Draw(t, "part")))
		}
	}
	id, err := f.Join(parts...)
	if err != nil {
		t.Fatal(parts, err)
	}
	return id
}

// drawJSON is a random value of a type as JSON has it.
func drawJSON(t *rapid.T, typ *dynamic.Type) any {
	switch typ.Kind {
	case dynamic.Bool:
		return rapid.Bool().Draw(t, "bool")
	case dynamic.Int32:
		n := rapid.Int32().Draw(t, "int32")
		if name, ok := typ.Names()[int64(n)]; ok {
			return name
		}
		return n
	case dynamic.Int64:
		return rapid.Int64().Draw(t, "int64")
	case dynamic.Uint32:
		return rapid.Uint32().Draw(t, "uint32")
	case dynamic.Uint64:
		return rapid.Uint64().Draw(t, "uint64")
	case dynamic.Float64:
		return rapid.Float64().Draw(t, "float64")
	case dynamic.Time:
		return time.UnixMilli(rapid.Int64Range(-62135596800000, 253402300799999).Draw(t, "millis")).UTC()
	case dynamic.TimeNanos:
		return time.Unix(0, rapid.Int64Range(-9.2e18, 9.2e18).Draw(t, "nanos")).UTC()
	case dynamic.String:
		return rapid.StringN(0, 4, -1).Draw(t, "string")
	case dynamic.Go:
		b, err := peer.State{Sent: rapid.ByteMax(0xfe).Draw(t, "sent")}.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		return append([]byte{}, b...)
	case dynamic.List:
		return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) any { return drawJSON(t, typ.Elem) }), 0, 3).Draw(t, "list")
	case dynamic.Map:
		return rapid.MapOfN(rapid.StringN(0, 3, -1), rapid.Custom(func(t *rapid.T) any { return drawJSON(t, typ.Elem) }), 0, 3).Draw(t, "map")
	case dynamic.Message:
		return drawMessage(t, typ)
	}
	least, most := typ.Size, 4
	if typ.Size+typ.Max > 0 {
		most = typ.Size + typ.Max
	}
	return rapid.SliceOfN(rapid.Byte(), least, most).Draw(t, "bytes")
}

func drawMessage(t *rapid.T, typ *dynamic.Type) map[string]any {
	m := map[string]any{}
	for _, f := range typ.Fields() {
		if !f.Type.Optional || rapid.Bool().Draw(t, "there") {
			m[f.Name] = drawJSON(t, f.Type)
		}
	}
	if rapid.Bool().Draw(t, "unknown") { // fields 100 and 101, one of them twice
		m["(unknown)"] = base64.StdEncoding.EncodeToString([]byte("\xa0\x06\x07\xa2\x06\x01x\xa8\x06\x01"))
	}
	return m
}

// What a schema row makes of a value is what the generated code makes of it, to
// the byte, and the other way round, with fields that neither knows.
func TestDynamicIsTheGeneratedCodec(t *testing.T) {
	s, err := memstore.Open(t.Context(), nil)
	require.NoError(t, err)
	defer s.Close()
	repo, err := everything.Open(t.Context(), s)
	require.NoError(t, err)
	schemas, err := dynamic.Load(t.Context(), s)
	require.NoError(t, err)
	require.Empty(t, schemas.Broken)
	all := rewriters(repo)
	require.Len(t, schemas.Families(), len(all))
	for _, f := range schemas.Families() {
		t.Run(f.Name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) { compareCodecs(t, s, f, all[f.Name]) })
		})
	}
}

func compareCodecs(t *rapid.T, s *store.Store, f *dynamic.Family, generated rewriter) {
	ctx := context.Background()
	id := drawID(t, f)
	data, err := json.Marshal(drawJSON(t, f.Type()))
	if err != nil {
		t.Fatal(err)
	}
	v, err := f.FromJSON(data)
	if err != nil {
		t.Fatalf("%s: %v", data, err)
	}
	if err := family.Write(s, f.Codec()).Put(ctx, id, v); err != nil {
		t.Fatal(err)
	}
	written := raw(t, s, f, id)
	if err := generated(ctx, string(id)); err != nil {
		t.Fatalf("%s as %x: %v", data, written, err)
	}
	rewritten := raw(t, s, f, id)
	if written != rewritten {
		t.Fatalf("%s: %x became %x", data, written, rewritten)
	}
	back, _, err := family.Read(s, f.Codec()).Get(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	again, err := f.Codec().Marshal(back)
	if err != nil || string(again) != rewritten {
		t.Fatalf("%s: %x became %x: %v", data, rewritten, again, err)
	}
}

func raw(t *rapid.T, s *store.Store, f *dynamic.Family, id dynamic.ID) string {
	value, ok, err := s.Get(context.Background(), f.Name, string(id))
	if err != nil || !ok {
		t.Fatal("there is no record", err)
	}
	return string(value)
}

// A redacted text is not taken for the secret that it stands for.
func TestRedactedTextIsNoSecret(t *testing.T) {
	schema, err := dynamic.Parse("everything", everything.Schema)
	require.NoError(t, err)
	f, ok := schema.Family("secret-text")
	require.True(t, ok)
	v, err := f.FromJSON([]byte(`"open sesame"`))
	require.NoError(t, err)
	shown, err := json.Marshal(v)
	require.NoError(t, err)
	require.Equal(t, `"`+family.Redacted+`"`, string(shown))
	require.Equal(t, `"open sesame"`, string(v.Reveal()))
	_, err = f.FromJSON(shown)
	require.ErrorIs(t, err, family.ErrRedacted)
}
