package family

import (
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"

	"github.com/keyfam/keyfam/store"
)

// Redacted is what stands for a secret wherever it is shown.
const Redacted = "[redacted]"

// Secret is bytes that do not show: fmt with every verb, log/slog and
// encoding/json print [Redacted]. The zero Secret is empty.
//
// The bytes are behind two pointers. Fmt prints fields that are not exported by
// reflection, past every method, and for a verb that it finds wrong there, such
// as %s, it prints what a pointer points to.
type Secret struct {
	_    [0]func() // not comparable: == takes longer the more is equal
	cell **[]byte
}

// NewSecret returns b as a secret. It takes b over: b must not be changed
// afterwards, except to wipe it. Of nil it is the zero Secret.
func NewSecret(b []byte) Secret {
	if b == nil {
		return Secret{}
	}
	c := &struct { // both pointers' targets in one allocation
		first  *[]byte
		second []byte
	}{second: b}
	c.first = &c.second
	return Secret{cell: &c.first}
}

// Reveal returns the bytes of the secret themselves, not a copy.
func (s Secret) Reveal() []byte {
	if s.cell == nil {
		return nil
	}
	return **s.cell
}

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
