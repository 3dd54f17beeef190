// Package markers searches what printers and encoders make of a value for a
// marker that was planted in it. It is for tests, those of nested modules too.
package markers

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
)

// core is in every marker, so one search finds all of them. It has neither
// characters that an encoder would escape nor a place where a name ends.
const core = "m4rk3rQZ"

// Text is a marker for the use named, which says in a failure what has come out.
func Text(use string) string { return core + use }

// Bytes32 is a marker of 32 bytes.
func Bytes32() [32]byte { return [32]byte([]byte(strings.Repeat(core, 4))) }

// forms is each way in which an encoder may write the core.
var forms = formsOf(core)

func formsOf(text string) []string {
	list := func(format, between string) string {
		parts := make([]string, 6) // short: dumps break their lines anywhere
		for i := range parts {
			parts[i] = fmt.Sprintf(format, text[i])
		}
		return strings.Join(parts, between)
	}
	all := []string{
		text, hex.EncodeToString([]byte(text)), strings.ToUpper(hex.EncodeToString([]byte(text))),
		list("%d", " "), list("%d", ","), list("%d", ", "), list("%#x", ", "), list("%#02x", " "), list("%#x", ","),
		list("%02x", " "), list("%02X", " "), list("%o", " "), list("%O", " "), list("%b", " "), list("%q", " "), list("%U", " "),
	}
	for shift := range 3 { // base64 depends on where the text begins
		padded := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("\x00", shift) + text))
		all = append(all, padded[(shift*8+5)/6:len(text)*8/6])
	}
	return all
}

// Find answers the part of the text around a marker, "" if there is none.
func Find(text string) string {
	for _, form := range forms {
		if at := strings.Index(text, form); at >= 0 {
			return text[max(0, at-60):min(len(text), at+len(form)+60)]
		}
	}
	return ""
}
