package secrecy_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/generated/signalkeys/signalkeystest"
	"github.com/keyfam/keyfam/internal/markers"
	"github.com/keyfam/keyfam/interop/baileys"
	"github.com/keyfam/keyfam/interop/baileys/baileysfile"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/family"
	"github.com/keyfam/keyfam/store/family/codec"
	"github.com/keyfam/keyfam/store/memstore"
)

// Why a type needs no markers.
const (
	isInterface = "an interface: what is behind it is looked at where it is declared"
	isID        = "an id prints its text, and is printed by nothing else"
	isPlain     = "a driver's argument or result: its exported fields are the record"
	isReport    = "names the files and ids that the user asked about"
	isOption    = "settings and functions of the user"
	isCodec     = "works on bytes that its caller holds, and is kept by nobody"
)

var yamls = markers.Sink{Name: "yaml", Print: func(v any) string { return markers.Encoded(yaml.Marshal(v)) }}

func search(t *testing.T, p markers.Package) {
	t.Helper()
	p.More = append(p.More, yamls)
	if pairs := markers.Check(t, p); pairs < 5000 {
		t.Errorf("only %d pairs were tried", pairs)
	}
}

// marked is a repository in a namespace, with records, that are all markers.
func marked(t *testing.T) *signalkeys.Repo {
	t.Helper()
	s, err := memstore.Open(t.Context(), nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	r, err := signalkeys.Open(t.Context(), s.Namespace(markers.Text("namespace")))
	require.NoError(t, err)
	var b signalkeys.Batch
	fill(&b)
	require.NoError(t, r.Apply(t.Context(), &b))
	return r
}

func fill(b *signalkeys.Batch) {
	b.Sessions().Put(signalkeys.SessionID{Name: markers.Text("id")}, family.NewSecret([]byte(markers.Text("session"))))
	b.LIDMappings().Put(signalkeys.LIDMappingID(markers.Text("lid")), markers.Text("user"))
	b.DeviceLists().Put(signalkeys.DeviceListID(markers.Text("user")), []string{markers.Text("device")})
	b.PreKeys().Put(1, signalkeys.KeyPair{Private: signalkeys.NewSecret32(markers.Bytes32())})
}

func label() family.Label {
	return signalkeys.SessionLabel(signalkeys.SessionID{Name: markers.Text("label")})
}

// inside calls fn inside of nested transactions that have read and written.
func inside(t *testing.T, r *signalkeys.Repo, fn func(ctx context.Context, tx *signalkeys.Tx)) {
	t.Helper()
	require.NoError(t, r.Transaction(t.Context(), label(), func(ctx context.Context, tx *signalkeys.Tx) error {
		for _, err := range tx.Sessions().All(ctx) {
			require.NoError(t, err)
		}
		var b signalkeys.Batch
		fill(&b)
		require.NoError(t, tx.Apply(ctx, &b))
		return tx.Transaction(ctx, signalkeys.DeviceListLabel(signalkeys.DeviceListID("z"+markers.Text("label"))),
			func(ctx context.Context, tx *signalkeys.Tx) error {
				fn(ctx, tx)
				return nil
			})
	}))
}

func TestStore(t *testing.T) {
	r := marked(t)
	s := r.Store()
	ds := new(store.DataSet).Put("session", markers.Text("id"), []byte(markers.Text("value"))).Delete("session", markers.Text("other"))
	errs, outer := storeErrors(t, s), selection(s)
	reads := new(store.Reads)
	answer := reads.Get("session", markers.Text("id"))
	require.NoError(t, s.Read(t.Context(), reads))
	inside(t, r, func(ctx context.Context, tx *signalkeys.Tx) {
		markers.Search(t, "context", ctx, yamls)
		markers.Search(t, "context around", context.WithoutCancel(ctx), yamls)
		search(t, markers.Package{
			Dir: "../../store",
			Values: map[string][]any{
				"Store": {s, *s, s.Namespace(markers.Text("another"))}, "Tx": {tx.Tx()},
				"DataSet": {ds, *ds, *new(store.DataSet).Put("session", markers.Text("id"), []byte(markers.Text("value")))},
				"Error":   errs, "Result": results(t), "Op": {store.OpGet}, "Class": {store.ClassOther},
				"Selection": {outer, selection(tx.Tx())},
				"Reads":     {*reads, reads}, "Answer": {answer},
			},
			Exempt: map[string]string{"Handle": isInterface, "Tracer": isInterface, "TracerFunc": isOption, "Options": isOption, "TxOptions": "what the user calls a transaction with", "Record": "one row of a scan, which the user asked for", "Page": "rows of a scan, and a cursor that says that it holds an id"},
		})
	})
}

func selection(h store.Handle) store.Selection {
	id := markers.Text("id")
	return h.Select("session").Prefix(id[:1]).From(id).Until(id + "~").Reverse().Limit(3)
}

// storeErrors is an error of each verb, all of them about markers.
func storeErrors(t *testing.T, s *store.Store) (all []any) {
	ctx := t.Context()
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	long := markers.Text("id") + string(make([]byte, 600))
	note := func(errs ...error) {
		for _, err := range errs {
			require.Error(t, err)
			all = append(all, err)
		}
	}
	for _, family := range []string{"session", markers.Text("FAMILY")} {
		_, _, err := s.Get(ctx, family, long)
		_, many := s.GetMany(ctx, family, long)
		_, has := s.Has(ctx, family, long)
		note(selectionErrors(ctx, s.Select(family).From(long))...)
		note(err, many, has, s.Set(ctx, new(store.DataSet).Put(family, long, []byte(markers.Text("value")))))
	}
	note(s.Set(cancelled, new(store.DataSet).Put("session", markers.Text("id"), nil)), s.Transaction(ctx, markers.Text("label"), nil))
	return all
}

// selectionErrors is an error of each verb of a bad selection.
func selectionErrors(ctx context.Context, bad store.Selection) []error {
	_, _, first := bad.First(ctx)
	_, count := bad.Count(ctx)
	_, deleted := bad.DeleteAll(ctx)
	_, page := bad.Page(ctx, markers.Text("cursor"), 1)
	return []error{first, count, deleted, page, bad.Drop(ctx)}
}

// results is all that a tracer is told of operations about markers.
func results(t *testing.T) (seen []any) {
	s, err := memstore.Open(t.Context(), &store.Options{Tracer: store.TracerFunc(func(r store.Result) { seen = append(seen, r) })})
	require.NoError(t, err)
	defer s.Close()
	traced(t, s.Namespace(markers.Text("namespace")))
	require.Greater(t, len(seen), 12)
	return seen
}

func TestDriver(t *testing.T) {
	p := markers.Package{Dir: "../../store/driver", Exempt: map[string]string{"Info": "limits", "Limits": "limits", "Durability": "a class", "Version": "a random number"}}
	for _, name := range []string{"Reader", "Driver", "Snapshotter", "Snapshot", "NamespaceLister", "Counter", "Wrapper"} {
		p.Exempt[name] = isInterface
	}
	for _, name := range []string{"Commit", "Check", "RangeCheck", "Write", "Key", "Record", "Row", "Range", "Page", "Query", "Counted"} {
		p.Exempt[name] = isPlain
	}
	markers.Check(t, p)
}

func TestMemstore(t *testing.T) {
	d := marked(t).Store().Driver()
	search(t, markers.Package{Dir: "../../store/memstore", Values: map[string][]any{"Driver": {d}}})
	var asInterface struct{ in driver.Driver }
	asInterface.in = d
	markers.Search(t, "a driver in an interface", asInterface, yamls)
}

func TestFamily(t *testing.T) {
	r, f := marked(t), family.Family[signalkeys.SessionID, family.Secret]{Name: "session", ParseID: signalkeys.ParseSessionID, Decode: family.DecodeSecret}
	var b family.Batch
	family.AddTo(&b, &f).Delete(signalkeys.SessionID{Name: markers.Text("id")})
	secret, text := family.NewSecret([]byte(markers.Text("secret"))), family.NewSecretString(markers.Text("secret text"))
	id := signalkeys.SessionID{Name: markers.Text("id")}
	var reads family.Reads
	answer := family.AskIn(&reads, &f).Get(id)
	require.NoError(t, reads.Read(t.Context(), r.Store()))
	for _, l := range []family.Label{label(), badLabel()} {
		markers.Search(t, "label", l, yamls)
	}
	inside(t, r, func(ctx context.Context, tx *signalkeys.Tx) {
		search(t, markers.Package{
			Dir: "../../store/family",
			Values: map[string][]any{
				"Batch": {b, &b}, "Adder": {family.AddTo(&b, &f)}, "Secret": {secret},
				"SecretString": {text, &text},
				"TxOptions":    {family.TxOptions{Labels: []family.Label{label()}}},
				"Reader":       {family.Read(r.Store(), &f), family.Read(tx.Tx(), &f)}, "Writer": {family.Write(r.Store(), &f)},
				"Selection": {family.Read(r.Store(), &f).Select().After(id)}, "Editable": {family.Write(tx.Tx(), &f).Select().Until(id)},
				"Reads": {reads, &reads}, "Asker": {family.AskIn(&reads, &f)}, "Answer": {answer},
				"Page":   {family.Page[signalkeys.SessionID, family.Secret]{Entries: []family.Entry[signalkeys.SessionID, family.Secret]{{Value: secret}}}},
				"Family": {f},
				"Entry":  {family.Entry[signalkeys.SessionID, family.Secret]{Value: secret}},
			},
			Exempt: map[string]string{"ID": isInterface, "Label": isInterface},
		})
	})
}

func TestCodec(t *testing.T) {
	search(t, markers.Package{Dir: "../../store/family/codec", Values: map[string][]any{"Unknown": {unknown(t)}}, Exempt: map[string]string{
		"Mark": isCodec, "Decoder": isCodec, "Encoder": isCodec, "Text": isCodec, "Outer": isCodec,
	}})
}

func badLabel() family.Label {
	return signalkeys.SessionLabel(signalkeys.SessionID{Name: markers.Text("label") + "."})
}

// unknown is fields that a newer schema wrote.
func unknown(t *testing.T) (u codec.Unknown) {
	text := markers.Text("of a newer schema")
	d := codec.NewDecoder([]byte("\x7a" + string(rune(len(text))) + text + "\x7a" + string(rune(len(text))) + text))
	for d.Next() {
		d.Unknown(&u)
	}
	require.NoError(t, d.Finish())
	return u
}

func TestFamilytest(t *testing.T) {
	r, faults := signalkeystest.Open(t, nil)
	require.NoError(t, r.LIDMappings().Put(t.Context(), signalkeys.LIDMappingID(markers.Text("id")), markers.Text("value")))
	search(t, markers.Package{Dir: "../../store/family/familytest", Values: map[string][]any{"Faults": {faults}}})
	markers.Search(t, "a driver with faults", r.Store().Driver(), yamls)
}

func TestSignalkeys(t *testing.T) {
	r := marked(t)
	var b signalkeys.Batch
	fill(&b)
	pair, _, err := r.PreKeys().Get(t.Context(), 1)
	require.NoError(t, err)
	secret := pair.Private
	var reads signalkeys.Reads
	reads.Sessions().Get(signalkeys.SessionID{Name: markers.Text("id")})
	require.NoError(t, r.Read(t.Context(), &reads))
	inside(t, r, func(ctx context.Context, tx *signalkeys.Tx) {
		values := markers.Accessors(r, tx, r.ReadOnly(), tx.ReadOnly())
		maps.Copy(values, map[string][]any{
			"Repo": {r}, "Tx": {tx}, "ReadTx": {r.ReadOnly(), tx.ReadOnly()}, "Batch": {b, &b}, "Reads": {reads, &reads}, "KeyPair": {pair}, "Secret32": {secret},
			"AppStateSyncKey": {signalkeys.AppStateSyncKey{KeyData: &secret}},
			"TCToken":         {signalkeys.TCToken{Token: family.NewSecret([]byte(markers.Text("token")))}},
		})
		p := markers.Package{Dir: "../../generated/signalkeys", Values: values, Exempt: map[string]string{
			"Families": isInterface, "Exhaustive": isInterface,
			"AppStateSyncKeyFingerprint": "has no secret field", "AppStateSyncVersion": "has no secret field", "AppStateSyncValue": "has no secret field",
		}}
		ids := []string{"AppStateSyncKey", "AppStateSyncVersion", "DeviceList", "IdentityKey", "LIDMapping", "PreKey", "SenderKey", "SenderKeyMemory", "Session", "TCToken"}
		for _, id := range ids {
			p.Exempt[id+"ID"] = isID
		}
		search(t, p)
	})
	for _, adder := range []any{b.Sessions(), b.LIDMappings()} {
		markers.Search(t, "adder", adder, yamls)
	}
	for _, err := range generatedErrors(t, r) {
		markers.Search(t, "an error of a repository", err, yamls)
	}
}

// generatedErrors are errors of typed verbs that markers were given to.
func generatedErrors(t *testing.T, r *signalkeys.Repo) (errs []error) {
	ctx := t.Context()
	bad := signalkeys.SessionID{Name: markers.Text("id") + "."}
	raw := new(store.DataSet).Put("pre-key", markers.Text("id"), []byte(markers.Text("value"))).
		Put("pre-key", "2", []byte(markers.Text("value"))).Put("session", markers.Text("id"), []byte(markers.Text("value")))
	require.NoError(t, r.Store().Set(ctx, raw))
	_, _, get := r.PreKeys().Get(ctx, 2)
	_, many := r.PreKeys().GetMany(ctx, 1, 2)
	_, key := signalkeys.ParseSessionID(markers.Text("id"))
	_, number := signalkeys.ParsePreKeyID(markers.Text("id"))
	var secret family.Secret
	var pair signalkeys.KeyPair
	errs = append(errs, get, many, key, number, r.Transaction(ctx, badLabel(), nil),
		r.Sessions().Put(ctx, bad, family.Secret{}), r.Sessions().Delete(ctx, bad), r.DeviceLists().Put(ctx, "k", []string{markers.Text("x") + "\xff"}),
		json.Unmarshal([]byte(`"`+markers.Text("secret")+`"`), &secret),
		json.Unmarshal([]byte(`{"Private":"`+markers.Text("secret")+`"}`), &pair))
	for _, err := range r.PreKeys().All(ctx) {
		if err != nil {
			errs = append(errs, err)
		}
	}
	for _, err := range r.Sessions().OfName(bad.Name).All(ctx) {
		errs = append(errs, err)
	}
	errs = slices.DeleteFunc(errs, func(err error) bool { return err == nil })
	require.Greater(t, len(errs), 10)
	return append(errs, errors.Join(errs...))
}

func TestBaileys(t *testing.T) {
	markers.Check(t, markers.Package{Dir: "../../interop/baileys", Exempt: map[string]string{
		"CheckOptions": isOption, "ExportOptions": isOption, "ImportOptions": isOption, "Progress": "counts",
		"CheckReport": isReport, "BadRecord": isReport, "LIDDisagreement": isReport, "FileError": isReport, "ImportReport": isReport, "ExportReport": isReport,
	}})
	r := marked(t) // its values are no sessions of Baileys
	_, err := baileys.Export(t.Context(), r, filepath.Join(t.TempDir(), "folder"), nil)
	require.Error(t, err)
	markers.Search(t, "repository after a failed export", r, yamls)
}

func TestBaileysFile(t *testing.T) {
	r, err := baileysfile.Open(t.Context(), marked(t).Store())
	require.NoError(t, err)
	var b baileysfile.Batch
	b.BaileysFiles().Put(baileysfile.BaileysFileID(markers.Text("file")), family.NewSecret([]byte(markers.Text("text"))))
	require.NoError(t, r.Apply(t.Context(), &b))
	var reads baileysfile.Reads
	reads.BaileysFiles().Get(baileysfile.BaileysFileID(markers.Text("file")))
	require.NoError(t, r.Read(t.Context(), &reads))
	require.NoError(t, r.View(t.Context(), func(ctx context.Context, tx *baileysfile.ReadTx) error {
		values := markers.Accessors(r, tx)
		maps.Copy(values, map[string][]any{"Repo": {r}, "ReadTx": {tx}, "Batch": {b}, "Reads": {reads}, "Tx": {new(baileysfile.Tx)}})
		search(t, markers.Package{Dir: "../../interop/baileys/baileysfile", Values: values, Exempt: map[string]string{
			"Families": isInterface, "Exhaustive": isInterface, "BaileysFileID": isID,
		}})
		return nil
	}))
}
