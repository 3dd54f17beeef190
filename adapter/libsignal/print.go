package libsignal

import (
	"fmt"
	"io"
	"log/slog"

	"github.com/keyfam/keyfam/store/family"
)

// What fmt, log/slog and encoding/json print: neither keys nor addresses.

// Format prints what a is, whatever the verb.
func (a *Account) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "account") }

// Format prints what p is, whatever the verb.
func (p *Protocol) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "protocol") }

// Format prints [family.Redacted], whatever the verb: an identity holds the
// private key.
func (i Identity) Format(f fmt.State, _ rune) { family.Redact(f) }

// LogValue is [family.Redacted].
func (i Identity) LogValue() slog.Value { return slog.StringValue(family.Redacted) }

// MarshalText is [family.Redacted].
func (i Identity) MarshalText() ([]byte, error) { return []byte(family.Redacted), nil }

// Format prints the error's text, whatever the verb.
func (e DeviceError) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, e.Error()) }

// MarshalText is the error's text.
func (e DeviceError) MarshalText() ([]byte, error) { return []byte(e.Error()), nil }
