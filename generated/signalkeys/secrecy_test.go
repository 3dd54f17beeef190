package signalkeys_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family"
)

const marker = "MARKER-0123456789-abcdefghijklmn" // 32 bytes

// wrong is a verb that wants an error; it is a variable because vet knows better.
var wrong = "%w"

// shows is each form in which the marker could come out.
var shows = []string{
	marker, hex.EncodeToString([]byte(marker)), strings.ToUpper(hex.EncodeToString([]byte(marker))),
	base64.StdEncoding.EncodeToString([]byte(marker)),
	"77 65 82 75 69 82", "77,65,82,75", "0x4d, 0x41, 0x52", "4d 41 52", "4D 41 52", "115 101 122", "0o115", "1001101 1000001", "'M' 'A' 'R'", "U+004D",
}

func hidden(t *testing.T, out, how string) {
	t.Helper()
	for _, s := range shows {
		assert.NotContains(t, out, s, how)
	}
}

// secrets is the marker in every type that hides it, alone and inside others.
func secrets() map[string]any {
	s, s32 := family.NewSecret([]byte(marker)), signalkeys.NewSecret32([32]byte([]byte(marker)))
	pair := signalkeys.KeyPair{Private: s32}
	return map[string]any{
		"secret": s, "pointer": &s, "secret32": s32, "pointer32": &s32,
		"slice": []family.Secret{s}, "map": map[string]signalkeys.Secret32{"k": s32}, "array": [1]family.Secret{s},
		"pair": pair, "pair pointer": &pair,
		"entry":    signalkeys.SessionEntry{ID: signalkeys.SessionID{Name: "a"}, Value: s},
		"token":    signalkeys.TCToken{Token: s},
		"sync key": signalkeys.AppStateSyncKey{KeyData: &s32},
		"unexported": struct {
			s   family.Secret
			s32 signalkeys.Secret32
		}{s, s32},
	}
}

func TestSecretsDoNotShowInFmt(t *testing.T) {
	for name, v := range secrets() {
		for verb := rune(1); verb < 0x180; verb++ {
			for _, flags := range []string{"", "+", "#", " ", "-40", "040", ".3", "+#"} {
				format := "%" + flags + string(verb)
				hidden(t, fmt.Sprintf(format, v), name+" "+format)
			}
		}
		hidden(t, fmt.Sprint(v)+fmt.Sprintln(v)+fmt.Errorf(wrong, v).Error(), name)
	}
	s := family.NewSecret([]byte(marker))
	assert.Equal(t, "[redacted] [redacted]", fmt.Sprintf("%v %#x", s, signalkeys.NewSecret32([32]byte{})))
}

func TestSecretsDoNotShowInLogsAndJSON(t *testing.T) {
	for name, v := range secrets() {
		var out bytes.Buffer
		for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
			slog.New(h).Info("secrets", "v", v, slog.Group("g", "v", v))
		}
		b, err := json.Marshal(v)
		require.NoError(t, err)
		hidden(t, out.String()+string(b), name)
		assert.Contains(t, out.String()+string(b)+family.Redacted, family.Redacted)
	}
	b, err := json.Marshal(family.NewSecret([]byte(marker)))
	require.NoError(t, err)
	assert.Equal(t, `"[redacted]"`, string(b))
	var s family.Secret
	require.ErrorIs(t, json.Unmarshal(b, &s), family.ErrRedacted)
	var s32 signalkeys.Secret32
	require.ErrorIs(t, json.Unmarshal(b, &s32), family.ErrRedacted)
}

// Batches, labels, handles and the context of a callback show neither ids nor
// values: as they are, and in fields that are not exported.
func TestWritesAndHandlesDoNotShow(t *testing.T) {
	r := open(t)
	var b signalkeys.Batch
	b.Sessions().Put(signalkeys.SessionID{Name: marker}, secret(marker))
	b.LIDMappings().Put(marker, marker)
	ds := new(store.DataSet).Put("session", marker, []byte(marker))
	label := signalkeys.SessionLabel(signalkeys.SessionID{Name: marker})
	show := func(ctx context.Context, tx *signalkeys.Tx) {
		type inside struct {
			b     signalkeys.Batch
			a     signalkeys.SessionBatch
			label family.Label
			tx    *signalkeys.Tx
			ctx   context.Context
		}
		in := inside{b, b.Sessions(), label, tx, ctx}
		for name, v := range map[string]any{
			"batch": b, "batch pointer": &b, "adder": b.Sessions(), "data set": ds, "data set value": *ds, "label": label, "labels": []family.Label{label},
			"store": r.Store(), "store value": *r.Store(), "repo": r, "tx": tx, "store tx": tx.Tx(), "repository": tx.Sessions(), "ctx": ctx,
			"ctx around": context.WithoutCancel(ctx), "inside": in, "inside pointer": &in,
		} {
			for verb := rune('%'); verb < 0x80; verb++ {
				if strings.HasPrefix(name, "data set") && strings.ContainsRune("pw", verb) {
					continue // fmt asks no method for these: what a data set holds is in clear
				}
				for _, flags := range []string{"", "+", "#", " ", "+#"} {
					format := "%" + flags + string(verb)
					hidden(t, fmt.Sprintf(format, v), name+" "+format)
				}
			}
			hidden(t, fmt.Sprint(v), name)
			var out bytes.Buffer
			slog.New(slog.NewTextHandler(&out, nil)).Info("handles", "v", v)
			slog.New(slog.NewJSONHandler(&out, nil)).Info("handles", "v", v)
			hidden(t, out.String(), name)
		}
	}
	require.NoError(t, r.Transaction(t.Context(), label, func(ctx context.Context, tx *signalkeys.Tx) error {
		if err := tx.Sessions().Put(ctx, signalkeys.SessionID{Name: marker}, secret(marker)); err != nil {
			return err
		}
		if err := tx.LIDMappings().Put(ctx, marker, marker); err != nil {
			return err
		}
		show(ctx, tx)
		return nil
	}))
	assert.Equal(t, "batch of 2 writes", fmt.Sprint(b))
	assert.Equal(t, "batch of 0 writes", fmt.Sprint(new(signalkeys.Batch)))
	assert.Equal(t, "session in a batch of 2 writes", fmt.Sprintf("%+v", b.Sessions()))
	assert.Equal(t, "1 writes, label", fmt.Sprintf("%s, %#v", ds, label))
}

// What a newer schema keeps in fields that this one does not know may be secret.
func TestUnknownFieldsDoNotShow(t *testing.T) {
	r, ctx := open(t), t.Context()
	stored := "\x0a\x20" + strings.Repeat("p", 32) + "\x12\x20" + strings.Repeat("s", 32) + "\x1a\x20" + marker
	require.NoError(t, r.Store().Set(ctx, new(store.DataSet).Put("pre-key", "1", []byte(stored))))
	v, _, err := r.PreKeys().Get(ctx, 1)
	require.NoError(t, err)
	for _, verb := range []string{"%v", "%+v", "%#v", "%x", "%q", "%p", "%w"} {
		hidden(t, fmt.Sprintf(verb, v), verb)
	}
	require.NoError(t, r.PreKeys().Put(ctx, 1, v))
	again, _, err := r.Store().Get(ctx, "pre-key", "1")
	require.NoError(t, err)
	assert.Equal(t, stored, string(again))
}

// No error holds an id or a value.
func TestErrorsHoldNoData(t *testing.T) {
	r, ctx := open(t), t.Context()
	ds := new(store.DataSet).Put("pre-key", "1", []byte(marker)).Put("device-list", marker, []byte(marker)).Put("pre-key", marker, nil)
	require.NoError(t, r.Store().Set(ctx, ds))
	var errs []error
	_, _, err := r.PreKeys().Get(ctx, 1)
	errs = append(errs, err)
	_, err = r.DeviceLists().GetMany(ctx, marker)
	errs = append(errs, err)
	for _, err := range r.PreKeys().All(ctx) {
		errs = append(errs, err)
	}
	_, err = signalkeys.ParseSessionID(marker)
	errs = append(errs, err,
		r.Sessions().Put(ctx, signalkeys.SessionID{Name: marker + "."}, secret(marker)),
		r.DeviceLists().Put(ctx, "k", []string{marker + "\xff"}),
		r.Transaction(ctx, signalkeys.SessionLabel(signalkeys.SessionID{Name: marker + "."}), nil))
	for _, err := range errs {
		require.Error(t, err)
		hidden(t, fmt.Sprintf("%v %+v %#v", err, err, err), err.Error())
	}
}

func TestSecretsCompare(t *testing.T) {
	a, b := family.NewSecret([]byte(marker)), family.NewSecret([]byte(marker))
	assert.True(t, a.Equal(b))
	assert.False(t, a.Equal(family.NewSecret([]byte(marker[1:]))))
	assert.True(t, family.Secret{}.Equal(family.NewSecret([]byte{})))
	x := signalkeys.NewSecret32([32]byte([]byte(marker)))
	assert.True(t, x.Equal(signalkeys.NewSecret32(x.Reveal())))
	assert.True(t, signalkeys.Secret32{}.Equal(signalkeys.NewSecret32([32]byte{})))
	assert.False(t, x.Equal(signalkeys.Secret32{}))
	for _, v := range []any{family.Secret{}, signalkeys.Secret32{}, signalkeys.KeyPair{}} {
		assert.False(t, reflect.TypeOf(v).Comparable(), "%T: == is not constant time", v)
	}
}
