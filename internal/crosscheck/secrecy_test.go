package crosscheck

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/davecgh/go-spew/spew"
	goyaml "github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/kr/pretty"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/internal/markers"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family"
	"github.com/keyfam/keyfam/store/memstore"
)

// printers are other people's, with unsafe and without methods where they can.
var printers = []markers.Sink{
	{Name: "spew", Print: func(v any) string { return spew.Sdump(v) + spew.Sprintf("%#+v", v) }},
	{Name: "spew without methods", Print: func(v any) string {
		c := spew.ConfigState{Indent: " ", DisableMethods: true}
		return c.Sdump(v)
	}},
	{Name: "go-cmp", Print: func(v any) string {
		all := cmp.Exporter(func(reflect.Type) bool { return true })
		return cmp.Diff([]any{v}, []any{1}, all)
	}},
	{Name: "kr/pretty", Print: func(v any) string { return pretty.Sprint(v) }},
	{Name: "go.yaml.in", Print: func(v any) (text string) {
		defer func() { text += fmt.Sprint(recover()) }() // it panics where a struct embeds one that is not exported
		return markers.Encoded(yaml.Marshal(v))
	}},
	{Name: "goccy/go-yaml", Print: func(v any) string { return markers.Encoded(goyaml.Marshal(v)) }},
}

// TestOtherPrintersShowNothing holds the walk of internal/markers against the
// printers that it stands for.
func TestOtherPrintersShowNothing(t *testing.T) {
	s, err := memstore.Open(t.Context(), nil)
	require.NoError(t, err)
	defer s.Close()
	r, err := signalkeys.Open(t.Context(), s.Namespace(markers.Text("namespace")))
	require.NoError(t, err)
	secret := family.NewSecret([]byte(markers.Text("secret")))
	key := signalkeys.SessionID{Name: markers.Text("id")}
	var b signalkeys.Batch
	b.Sessions().Put(key, secret)
	require.NoError(t, r.Apply(t.Context(), &b))
	pairs := 0
	for name, v := range map[string]any{
		"repository": r, "store": r.Store(), "store value": *r.Store(), "driver": r.Store().Driver(), "accessor": r.Sessions(),
		"batch": b, "label": signalkeys.SessionLabel(key), "secret": secret,
		"data set": new(store.DataSet).Put("session", markers.Text("id"), []byte(markers.Text("value"))),
		"record":   signalkeys.KeyPair{Private: signalkeys.NewSecret32(markers.Bytes32())},
	} {
		pairs += markers.Search(t, name, v, printers...)
	}
	t.Logf("%d pairs", pairs)
}

// Each of the printers finds a marker that lies open.
func TestOtherPrintersPrint(t *testing.T) {
	open := struct{ Text string }{markers.Text("open")}
	for _, p := range printers {
		assert.NotEmpty(t, markers.Find(p.Print(open)), p.Name)
	}
}
