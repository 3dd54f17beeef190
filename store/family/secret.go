package family

import (
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"

	"github.com/keyfam/keyfam/internal/hidden"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family/codec"
)

// Redacted is what stands for a secret wherever it is shown.
const Redacted = "[redacted]"

// Secret is bytes that do not show: fmt with every verb, log/slog and
// encoding/json print [Redacted], and printers that go past methods and into
// fields that are not exported, as those of test libraries do, find an address, a
// length and a hash that means nothing outside the process. The zero Secret is
// empty.
//
// Compare secrets with Equal. By reflect.DeepEqual, and so in testify's Equal,
// two are equal if they hold the same bytes.
type Secret struct {
	bytes hidden.Bytes // not comparable: == takes longer the more is equal
}

// NewSecret returns b as a secret. It takes b over: b must not be changed
// afterwards, except to wipe it. Of nil it is the zero Secret.
func NewSecret(b []byte) Secret { return Secret{hidden.Of(b)} }

// Reveal returns the bytes of the secret themselves, not a copy.
func (s Secret) Reveal() []byte { return s.bytes.Get() }

// Equal compares two secrets in a time that depends on their lengths only.
func (s Secret) Equal(other Secret) bool {
	return subtle.ConstantTimeCompare(s.Reveal(), other.Reveal()) == 1
}

// Format prints [Redacted], whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { Redact(f) }

// LogValue is [Redacted].
func (s Secret) LogValue() slog.Value { return slog.StringValue(Redacted) }

// MarshalText is [Redacted].
func (s Secret) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

// UnmarshalText refuses: what was printed is not the secret.
func (s *Secret) UnmarshalText([]byte) error { return ErrRedacted }

// ErrRedacted is the answer of secret types to reading them from text or JSON,
// which holds [Redacted] where they were written to it.
var ErrRedacted = fmt.Errorf("%w: secrets are not read from text: it does not hold them", store.ErrInvalid)

// Redact is the Format of the secret types.
func Redact(f fmt.State) { _, _ = io.WriteString(f, Redacted) }

// EncodeSecret stores the bytes of a secret. Generated code calls it.
func EncodeSecret(e *codec.Encoder, v Secret) { codec.EncodeBytes(e, v.Reveal()) }

// DecodeSecret returns the bytes of a stored value as a secret. Generated code
// calls it.
func DecodeSecret(value []byte) (Secret, error) { return NewSecret(value), nil }
