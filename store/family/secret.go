package family

import (
	"bytes"
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"

	"github.com/keyfam/keyfam/internal/hidden"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family/codec"
)

// Redacted is what printers show in place of a secret.
const Redacted = "[redacted]"

// Secret is bytes that do not show. Fmt with every verb, log/slog and
// encoding/json print [Redacted]. Printers that ignore methods and read
// unexported fields, as those of test libraries do, see an address, a length
// and a hash that means nothing outside the process. The zero Secret is empty.
//
// Compare secrets with Equal. To reflect.DeepEqual, and so to testify's Equal,
// two secrets are equal if they hold the same bytes.
type Secret struct {
	bytes hidden.Bytes // not comparable: == takes longer the more is equal
}

// NewSecret returns b as a secret, without a copy. The caller must not change
// b afterwards, except to wipe it. For nil it returns the zero Secret.
func NewSecret(b []byte) Secret { return Secret{hidden.Of(b)} }

// Reveal returns the bytes of the secret, not a copy.
func (s Secret) Reveal() []byte { return s.bytes.Get() }

// Equal compares two secrets. Its time depends only on their lengths.
func (s Secret) Equal(other Secret) bool {
	return subtle.ConstantTimeCompare(s.Reveal(), other.Reveal()) == 1
}

// Clone returns a secret with bytes of its own.
func (s Secret) Clone() Secret { return NewSecret(bytes.Clone(s.Reveal())) }

// Format prints [Redacted] for every verb.
func (s Secret) Format(f fmt.State, _ rune) { Redact(f) }

// LogValue returns [Redacted].
func (s Secret) LogValue() slog.Value { return slog.StringValue(Redacted) }

// MarshalText returns [Redacted].
func (s Secret) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

// UnmarshalText returns [ErrRedacted]: printed text does not hold the secret.
func (s *Secret) UnmarshalText([]byte) error { return ErrRedacted }

// ErrRedacted is the error of reading a secret from text or JSON, where
// [Redacted] was written in its place. It is a [store.ErrInvalid].
var ErrRedacted = fmt.Errorf("%w: secrets are not read from text: it does not hold them", store.ErrInvalid)

// Redact prints [Redacted]. Generated secret types call it.
func Redact(f fmt.State) { _, _ = io.WriteString(f, Redacted) }

// EncodeSecret stores the bytes of a secret. Generated code calls it.
func EncodeSecret(e *codec.Encoder, v Secret) { codec.EncodeBytes(e, v.Reveal()) }

// DecodeSecret returns the bytes of a stored value as a secret. Generated code
// calls it.
func DecodeSecret(value []byte) (Secret, error) { return NewSecret(value), nil }
