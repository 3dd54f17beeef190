package family

import (
	"fmt"
	"log/slog"

	"github.com/keyfam/keyfam/store/family/codec"
)

// SecretString is text that does not show, with the manners of [Secret]. The
// zero SecretString is empty.
type SecretString struct{ text Secret }

// NewSecretString returns a copy of s as a secret.
func NewSecretString(s string) SecretString {
	if s == "" {
		return SecretString{}
	}
	return SecretString{NewSecret([]byte(s))}
}

// Reveal returns the text of the secret.
func (s SecretString) Reveal() string { return string(s.text.Reveal()) }

// Equal compares two secrets. Its time depends only on their lengths.
func (s SecretString) Equal(other SecretString) bool { return s.text.Equal(other.text) }

// Format prints [Redacted] for every verb.
func (s SecretString) Format(f fmt.State, _ rune) { Redact(f) }

// LogValue returns [Redacted].
func (s SecretString) LogValue() slog.Value { return s.text.LogValue() }

// MarshalText returns [Redacted].
func (s SecretString) MarshalText() ([]byte, error) { return s.text.MarshalText() }

// UnmarshalText returns [ErrRedacted]: printed text does not hold the secret.
func (s *SecretString) UnmarshalText([]byte) error { return ErrRedacted }

// EncodeSecretString stores the text of a secret. Generated code calls it.
func EncodeSecretString(e *codec.Encoder, v SecretString) { codec.EncodeString(e, v.Reveal()) }

// DecodeSecretString returns the text of a stored value as a secret. Generated
// code calls it.
func DecodeSecretString(value []byte) (SecretString, error) {
	text, err := codec.DecodeString(value)
	return NewSecretString(text), err
}
