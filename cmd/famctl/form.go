package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family"
)

// A form is a value as JSON shows it and as put reads it: bytes are standard
// base64, names are those of the schema, secrets are redacted unless they are
// to be revealed.

// hidden is bytes in a form that show only if they may.
type hidden struct {
	bytes  []byte
	reveal bool
}

func (h hidden) MarshalJSON() ([]byte, error) {
	if !h.reveal {
		return json.Marshal(family.Redacted)
	}
	return json.Marshal(nonNil(h.bytes))
}

func (h *hidden) UnmarshalJSON(data []byte) error { return json.Unmarshal(data, &h.bytes) }

// nonNil makes empty bytes "" in JSON, not null.
func nonNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// readForm reads JSON. Its errors say where it is wrong, but repeat nothing.
func readForm[T any](data []byte) (form T, err error) {
	if bytes.Contains(data, []byte(`"`+family.Redacted+`"`)) {
		return form, fmt.Errorf("%w: the value holds %s where a secret was: take it with --reveal", store.ErrInvalid, family.Redacted)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&form); err != nil {
		return form, notAForm(err, d.InputOffset())
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return form, notAForm(err, d.InputOffset())
	}
	if bytes.Equal(bytes.TrimSpace(data), []byte("null")) {
		return form, notAForm(nil, 0)
	}
	return form, nil
}

func notAForm(err error, at int64) error {
	var wrongType *json.UnmarshalTypeError
	if errors.As(err, &wrongType) {
		at = wrongType.Offset
	}
	return fmt.Errorf("%w: the value is not JSON as 'get --json --reveal' shows it for this family: byte %d", store.ErrInvalid, at)
}

// sized refuses bytes of another length than the field has.
func sized(field string, b []byte, n int) error {
	if len(b) != n {
		return fmt.Errorf("%w: %s has %d bytes, not %d", store.ErrInvalid, field, len(b), n)
	}
	return nil
}

func showPlain[V any](v V, _ bool) any { return v }

func showSecret(v family.Secret, reveal bool) any { return hidden{v.Reveal(), reveal} }

func readSecret(data []byte) (family.Secret, error) {
	h, err := readForm[hidden](data)
	return family.NewSecret(h.bytes), err
}

type keyPairForm struct {
	Public  []byte `json:"public"`
	Private hidden `json:"private"`
}

func showKeyPair(v signalkeys.KeyPair, reveal bool) any {
	private := v.Private.Reveal()
	return keyPairForm{v.Public[:], hidden{private[:], reveal}}
}

func readKeyPair(data []byte) (v signalkeys.KeyPair, err error) {
	f, err := readForm[keyPairForm](data)
	if err == nil {
		err = errors.Join(sized("public", f.Public, 32), sized("private", f.Private.bytes, 32))
	}
	if err != nil {
		return v, err
	}
	v.Public, v.Private = [32]byte(f.Public), signalkeys.NewSecret32([32]byte(f.Private.bytes))
	return v, nil
}

type syncKeyForm struct {
	KeyData     *hidden          `json:"key_data,omitempty"`
	Fingerprint *fingerprintForm `json:"fingerprint,omitempty"`
	Timestamp   *int64           `json:"timestamp,omitempty"`
}

type fingerprintForm struct {
	RawID         *uint32  `json:"raw_id,omitempty"`
	CurrentIndex  *uint32  `json:"current_index,omitempty"`
	DeviceIndexes []uint32 `json:"device_indexes,omitempty"`
}

func showSyncKey(v signalkeys.AppStateSyncKey, reveal bool) any {
	f := syncKeyForm{Timestamp: v.Timestamp}
	if v.KeyData != nil {
		key := v.KeyData.Reveal()
		f.KeyData = &hidden{key[:], reveal}
	}
	if p := v.Fingerprint; p != nil {
		f.Fingerprint = &fingerprintForm{p.RawID, p.CurrentIndex, p.DeviceIndexes}
	}
	return f
}

func readSyncKey(data []byte) (v signalkeys.AppStateSyncKey, err error) {
	f, err := readForm[syncKeyForm](data)
	if err != nil {
		return v, err
	}
	v.Timestamp = f.Timestamp
	if f.KeyData != nil {
		if err := sized("key_data", f.KeyData.bytes, 32); err != nil {
			return v, err
		}
		v.KeyData = new(signalkeys.NewSecret32([32]byte(f.KeyData.bytes)))
	}
	if p := f.Fingerprint; p != nil {
		v.Fingerprint = &signalkeys.AppStateSyncKeyFingerprint{
			RawID: p.RawID, CurrentIndex: p.CurrentIndex, DeviceIndexes: p.DeviceIndexes,
		}
	}
	return v, nil
}

type syncVersionForm struct {
	Version uint64                   `json:"version"`
	Hash    []byte                   `json:"hash"`
	Values  map[string]syncValueForm `json:"index_value_map"`
}

type syncValueForm struct {
	MAC []byte `json:"value_mac"`
}

func showSyncVersion(v signalkeys.AppStateSyncVersion, _ bool) any {
	f := syncVersionForm{v.Version, v.Hash[:], make(map[string]syncValueForm, len(v.IndexValueMap))}
	for index, value := range v.IndexValueMap {
		f.Values[index] = syncValueForm{value.ValueMAC[:]}
	}
	return f
}

func readSyncVersion(data []byte) (v signalkeys.AppStateSyncVersion, err error) {
	f, err := readForm[syncVersionForm](data)
	if err == nil {
		err = sized("hash", f.Hash, 128)
	}
	if err != nil {
		return v, err
	}
	v.Version, v.Hash = f.Version, [128]byte(f.Hash)
	v.IndexValueMap = make(map[string]signalkeys.AppStateSyncValue, len(f.Values))
	for index, value := range f.Values {
		if err := sized("value_mac", value.MAC, 32); err != nil {
			return v, err
		}
		v.IndexValueMap[index] = signalkeys.AppStateSyncValue{ValueMAC: [32]byte(value.MAC)}
	}
	return v, nil
}

type tokenForm struct {
	Token           hidden  `json:"token"`
	Timestamp       *string `json:"timestamp,omitempty"`
	SenderTimestamp *int64  `json:"sender_timestamp,omitempty"`
}

func showToken(v signalkeys.TCToken, reveal bool) any {
	return tokenForm{hidden{v.Token.Reveal(), reveal}, v.Timestamp, v.SenderTimestamp}
}

func readToken(data []byte) (v signalkeys.TCToken, err error) {
	f, err := readForm[tokenForm](data)
	if err != nil {
		return v, err
	}
	v.Token = family.NewSecret(f.Token.bytes)
	v.Timestamp, v.SenderTimestamp = f.Timestamp, f.SenderTimestamp
	return v, nil
}
