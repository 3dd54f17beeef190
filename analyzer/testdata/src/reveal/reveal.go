// Package reveal holds helpers that secretleak knows only by their facts.
package reveal

import (
	"encoding/hex"
	"log"

	"github.com/keyfam/keyfam/store/family"
)

func Hex(s family.Secret) string { return hex.EncodeToString(s.Reveal()) }

func Dump(title string, b []byte) { log.Printf("%s: %x", title, b) }

func Size(b []byte) int { return len(b) }
