package secrecy_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/internal/markers"
	"github.com/keyfam/keyfam/internal/reserved"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family"
	"github.com/keyfam/keyfam/store/family/dynamic"
)

const isSchema = "a piece of a schema, which is no secret"

// TestDynamic looks at codecs made at run time: they know from the facts in
// the store alone what is secret.
func TestDynamic(t *testing.T) {
	r, ctx := marked(t), t.Context()
	require.NoError(t, r.Store().Set(reserved.Context(ctx),
		new(store.DataSet).Put(reserved.Schema, "damaged", []byte(markers.Text("schema row")))))
	schemas, err := dynamic.Load(ctx, r.Store())
	require.NoError(t, err)
	require.Contains(t, schemas.Broken, "damaged")
	schema, ok := schemas.Package("signalkeys")
	require.True(t, ok)
	values := secretValues(t, r, schema) // the first is a session
	session, _ := schema.Family("session")
	require.NoError(t, r.View(ctx, func(ctx context.Context, tx *signalkeys.ReadTx) error {
		search(t, markers.Package{
			Dir: "../../store/family/dynamic",
			Values: map[string][]any{
				"Value": values, "Family": {session, *session}, "Schema": {schema, *schema}, "Schemas": {schemas, *schemas},
				"Type": {session.Type(), *session.Type()},
			},
			Exempt: map[string]string{"ID": isID, "Disagreement": isReport, "Part": isSchema, "Field": isSchema, "Kind": isSchema},
		})
		return nil
	}))
	inside(t, r, func(ctx context.Context, tx *signalkeys.Tx) {
		var b family.Batch
		adder := family.AddTo(&b, session.Codec())
		adder.Put(dynamic.ID(markers.Text("id")+".0"), values[0].(dynamic.Value))
		for name, v := range map[string]any{
			"reader": family.Read(tx.Tx(), session.Codec()), "writer": family.Write(r.Store(), session.Codec()),
			"codec": session.Codec(), "batch": b, "adder": adder,
			"entry": family.Entry[dynamic.ID, dynamic.Value]{Value: values[0].(dynamic.Value)},
			"label": family.NewLabel(session.Codec(), dynamic.ID(markers.Text("label")+".0")),
		} {
			markers.Search(t, name, v, yamls)
		}
	})
	for _, err := range dynamicErrors(t, schema, schemas.Broken) {
		markers.Search(t, "an error of a dynamic family", err, yamls)
	}
}

// secretValues is values whose secrets, in themselves and in fields, known and
// unknown, are markers.
func secretValues(t *testing.T, r *signalkeys.Repo, schema *dynamic.Schema) (values []any) {
	text := markers.Text("of a newer schema")
	unknown := append([]byte{0x7a, byte(len(text))}, text...)
	raw, ok, err := r.Store().Get(t.Context(), "pre-key", "1")
	require.NoError(t, err)
	require.True(t, ok)
	require.NoError(t, r.Store().Set(t.Context(), new(store.DataSet).Put("pre-key", "2", append(raw, unknown...))))
	for _, record := range []struct {
		family string
		id     dynamic.ID
	}{{"session", dynamic.ID(markers.Text("id") + ".0")}, {"pre-key", "2"}} {
		f, ok := schema.Family(record.family)
		require.True(t, ok)
		v, ok, err := family.Read(r.Store(), f.Codec()).Get(t.Context(), record.id)
		require.NoError(t, err)
		require.True(t, ok, record.family)
		again, err := f.FromJSON(v.Reveal())
		require.NoError(t, err)
		require.NotEmpty(t, markers.Find(string(again.Reveal())), "the marker is in it")
		values = append(values, v, again)
	}
	return values
}

// dynamicErrors is errors about markers.
func dynamicErrors(t *testing.T, schema *dynamic.Schema, broken map[string]error) (errs []error) {
	for _, f := range schema.Families() {
		for _, text := range []string{`"` + markers.Text("value") + `"`, `{"` + markers.Text("member") + `":1}`, markers.Text("no JSON")} {
			_, err := f.FromJSON([]byte(text))
			errs = append(errs, err)
		}
		_, id := f.ParseID(markers.Text("id") + "\x00.")
		_, parts := f.Join(markers.Text("part"), "x", "y", "z")
		_, damaged := f.Codec().Unmarshal([]byte("\x0a\xff" + markers.Text("value")))
		errs = append(errs, id, parts, damaged)
	}
	for _, err := range broken {
		errs = append(errs, err)
	}
	var all []error
	for _, err := range errs {
		if err != nil {
			all = append(all, err)
		}
	}
	require.Greater(t, len(all), 30)
	return append(all, errors.Join(all...))
}
