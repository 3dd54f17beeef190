package baileys

import (
	"bytes"
	"fmt"
	"math"
	"strconv"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/store/family"
	"github.com/keyfam/keyfam/store/family/codec"
)

// What the files of each family hold. A parse function reads any form that
// Baileys ever wrote, a render function writes today's, which is canonical.

// A session is a JSON object that is stored as it stands: the order of its
// names has a meaning.
func parseSession(s *scanner) (v family.Secret) {
	if s.is('{', "an object") {
		s.skip()
	}
	return family.NewSecret(s.data)
}

func renderSession(dst []byte, v family.Secret) ([]byte, error) {
	return append(dst, v.Reveal()...), nil
}

// isForeign reports whether a session or a sender key that Import would refuse
// was made by another library than Baileys. What begins as JSON is Baileys' own,
// and damaged.
func isForeign(v family.Secret) bool {
	data := v.Reveal()
	return len(data) > 0 && !bytes.ContainsRune([]byte(`{["`), rune(data[0]))
}

// A pre-key has two names and no more: what else there was would be lost,
// because the file is not kept.
func parsePreKey(s *scanner) (v signalkeys.KeyPair) {
	s.space()
	at, seen := s.pos, 0
	s.object(func(name string) {
		switch name {
		case "private":
			v.Private = signalkeys.NewSecret32([32]byte(s.bytesOf(32)))
			seen |= 1
		case "public":
			v.Public = [32]byte(s.bytesOf(32))
			seen |= 2
		default:
			s.fail(ErrForm, s.pos, "a name that key pairs do not have")
		}
	})
	if s.err == nil && seen != 3 {
		s.fail(ErrForm, at, "half of the key pair is missing")
	}
	return v
}

func renderPreKey(dst []byte, v signalkeys.KeyPair) ([]byte, error) {
	private := v.Private.Reveal()
	dst = appendBuffer(append(dst, `{"private":`...), private[:])
	dst = appendBuffer(append(dst, `,"public":`...), v.Public[:])
	return append(dst, '}'), nil
}

// A sender key is bytes that are JSON themselves, or none. Old files have that
// JSON, an array, in place of the bytes.
func parseSenderKey(s *scanner) family.Secret {
	s.space()
	at := s.pos
	if s.peek() == '[' {
		s.skip()
		return family.NewSecret(s.data[at:s.pos:s.pos])
	}
	v := s.bytes()
	if s.err == nil && !isSenderKey(v) {
		s.fail(ErrTorn, at, "the record inside is not JSON")
	}
	return family.NewSecret(v)
}

func renderSenderKey(dst []byte, v family.Secret) ([]byte, error) {
	return appendBuffer(dst, v.Reveal()), nil
}

func isSenderKey(v []byte) bool { return len(v) == 0 || isJSON(v) }

func parseMemory(s *scanner) map[string]bool {
	v := map[string]bool{}
	s.object(func(name string) { v[name] = s.boolean() })
	return v
}

func renderMemory(dst []byte, v map[string]bool) ([]byte, error) {
	o := newObject(dst)
	for name, has := range codec.Sorted(v) {
		o.name(name)
		o.dst = strconv.AppendBool(o.dst, has)
	}
	return o.end()
}

// A sync key is the JSON of a protobuf message, or the same with Buffers.
func parseSyncKey(s *scanner) (v signalkeys.AppStateSyncKey) {
	s.object(func(name string) {
		switch name {
		case "keyData":
			v.KeyData = optional(s, func() signalkeys.Secret32 {
				return signalkeys.NewSecret32([32]byte(s.bytesOf(32)))
			})
		case "fingerprint":
			v.Fingerprint = optional(s, func() signalkeys.AppStateSyncKeyFingerprint { return parseFingerprint(s) })
		case "timestamp":
			v.Timestamp = optional(s, s.int64)
		default:
			s.skip()
		}
	})
	return v
}

func parseFingerprint(s *scanner) (v signalkeys.AppStateSyncKeyFingerprint) {
	s.object(func(name string) {
		switch name {
		case "rawId":
			v.RawID = optional(s, s.uint32)
		case "currentIndex":
			v.CurrentIndex = optional(s, s.uint32)
		case "deviceIndexes":
			v.DeviceIndexes = nil
			if !s.null() {
				s.array(func() { v.DeviceIndexes = append(v.DeviceIndexes, s.uint32()) })
			}
		default:
			s.skip()
		}
	})
	return v
}

func renderSyncKey(dst []byte, v signalkeys.AppStateSyncKey) ([]byte, error) {
	o := newObject(dst)
	if v.KeyData != nil {
		data := v.KeyData.Reveal()
		o.name("keyData")
		o.dst = appendBase64(o.dst, data[:])
	}
	if v.Fingerprint != nil {
		o.name("fingerprint")
		o.dst = renderFingerprint(o.dst, v.Fingerprint)
	}
	if v.Timestamp != nil {
		o.name("timestamp")
		o.dst = append(strconv.AppendInt(append(o.dst, '"'), *v.Timestamp, 10), '"')
	}
	return o.end()
}

func renderFingerprint(dst []byte, v *signalkeys.AppStateSyncKeyFingerprint) []byte {
	o := newObject(dst)
	if v.RawID != nil {
		o.name("rawId")
		o.dst = strconv.AppendUint(o.dst, uint64(*v.RawID), 10)
	}
	if v.CurrentIndex != nil {
		o.name("currentIndex")
		o.dst = strconv.AppendUint(o.dst, uint64(*v.CurrentIndex), 10)
	}
	if len(v.DeviceIndexes) > 0 {
		o.name("deviceIndexes")
		o.dst = append(o.dst, '[')
		for i, n := range v.DeviceIndexes {
			if i > 0 {
				o.dst = append(o.dst, ',')
			}
			o.dst = strconv.AppendUint(o.dst, uint64(n), 10)
		}
		o.dst = append(o.dst, ']')
	}
	return append(o.dst, '}')
}

func parseSyncVersion(s *scanner) (v signalkeys.AppStateSyncVersion) {
	s.space()
	at, hashed := s.pos, false
	v.IndexValueMap = map[string]signalkeys.AppStateSyncValue{}
	s.object(func(name string) {
		switch name {
		case "version":
			v.Version = uint64(s.integer(0, maxSafe))
		case "hash":
			v.Hash, hashed = [128]byte(s.bytesOf(128)), true
		case "indexValueMap":
			v.IndexValueMap = map[string]signalkeys.AppStateSyncValue{} // clear would take time for every earlier one
			s.object(func(index string) { v.IndexValueMap[index] = parseSyncValue(s) })
		default:
			s.skip()
		}
	})
	if s.err == nil && !hashed {
		s.fail(ErrForm, at, "no hash")
	}
	return v
}

func parseSyncValue(s *scanner) (v signalkeys.AppStateSyncValue) {
	s.space()
	at, seen := s.pos, false
	s.object(func(name string) {
		if name != "valueMac" {
			s.skip()
			return
		}
		v.ValueMAC, seen = [32]byte(s.bytesOf(32)), true
	})
	if s.err == nil && !seen {
		s.fail(ErrForm, at, "no valueMac")
	}
	return v
}

func renderSyncVersion(dst []byte, v signalkeys.AppStateSyncVersion) ([]byte, error) {
	if v.Version > maxSafe {
		return nil, errUnsafe
	}
	dst = strconv.AppendUint(append(dst, `{"version":`...), v.Version, 10)
	dst = appendBuffer(append(dst, `,"hash":`...), v.Hash[:])
	o := newObject(append(dst, `,"indexValueMap":`...))
	for index, value := range codec.Sorted(v.IndexValueMap) {
		o.name(index)
		o.dst = appendBuffer(append(o.dst, `{"valueMac":`...), value.ValueMAC[:])
		o.dst = append(o.dst, '}')
	}
	dst, err := o.end()
	return append(dst, '}'), err
}

func parseDeviceList(s *scanner) []string {
	v := []string{}
	s.array(func() { v = append(v, s.text()) })
	return v
}

func renderDeviceList(dst []byte, v []string) (_ []byte, err error) {
	dst = append(dst, '[')
	for i, device := range v {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, err = appendQuoted(dst, device); err != nil {
			return nil, err
		}
	}
	return append(dst, ']'), nil
}

func parseTCToken(s *scanner) (v signalkeys.TCToken) {
	s.object(func(name string) {
		switch name {
		case "token":
			v.Token = family.Secret{}
			if !s.null() {
				v.Token = family.NewSecret(s.bytes())
			}
		case "timestamp":
			v.Timestamp = optional(s, s.textOrNumber)
		case "senderTimestamp":
			v.SenderTimestamp = optional(s, func() int64 { return s.integer(-maxSafe, maxSafe) })
		default:
			s.skip()
		}
	})
	return v
}

func renderTCToken(dst []byte, v signalkeys.TCToken) (_ []byte, err error) {
	dst = appendBuffer(append(dst, `{"token":`...), v.Token.Reveal())
	if v.Timestamp != nil {
		if dst, err = appendQuoted(append(dst, `,"timestamp":`...), *v.Timestamp); err != nil {
			return nil, err
		}
	}
	if v.SenderTimestamp != nil {
		if n := *v.SenderTimestamp; n > maxSafe || n < -maxSafe {
			return nil, errUnsafe
		}
		dst = strconv.AppendInt(append(dst, `,"senderTimestamp":`...), *v.SenderTimestamp, 10)
	}
	return append(dst, '}'), nil
}

// An identity key has its type in front, or in old files has not.
func parseIdentity(s *scanner) []byte {
	s.space()
	at := s.pos
	v := s.bytes()
	if s.err == nil && len(v) != 32 && len(v) != 33 {
		s.fail(ErrForm, at, fmt.Sprintf("%d bytes instead of 33 or 32", len(v)))
	}
	return v
}

func renderIdentity(dst []byte, v []byte) ([]byte, error) { return appendBuffer(dst, v), nil }

var errUnsafe = fmt.Errorf("%w: a number beyond what JavaScript holds", ErrForm)

// optional is what read answers, or nil for null.
func optional[T any](s *scanner, read func() T) *T {
	if s.null() {
		return nil
	}
	return new(read())
}

func (s *scanner) uint32() uint32 { return uint32(s.integer(0, math.MaxUint32)) }

// textOrNumber reads a string, or a number as its digits.
func (s *scanner) textOrNumber() string {
	if s.peek() == '"' {
		return s.text()
	}
	return strconv.FormatInt(s.int64(), 10)
}

// object writes an object name by name.
type object struct {
	dst   []byte
	begun bool
	err   error
}

func newObject(dst []byte) *object { return &object{dst: append(dst, '{')} }

// name begins the value of a name.
func (o *object) name(name string) {
	if o.begun {
		o.dst = append(o.dst, ',')
	}
	o.begun = true
	dst, err := appendQuoted(o.dst, name)
	if err != nil {
		o.err = err
		return
	}
	o.dst = append(dst, ':')
}

func (o *object) end() ([]byte, error) { return append(o.dst, '}'), o.err }
