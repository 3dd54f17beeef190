// Package markers searches the output of printers and encoders for markers
// that were planted in a value. It is for tests, also those of other modules.
package markers

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
)

// core is in every marker, so that one search finds all of them. It has no
// character that an encoder escapes or that ends a name.
const core = "m4rk3rQZ"

// Text returns a marker. A failure shows use, which says what was shown.
func Text(use string) string { return core + use }

// Bytes32 returns a marker of 32 bytes.
func Bytes32() [32]byte { return [32]byte([]byte(strings.Repeat(core, 4))) }

// forms are the ways in which encoders write the core.
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

// Find returns the text around the first marker, "" if there is none.
func Find(text string) string {
	for _, form := range forms {
		if at := strings.Index(text, form); at >= 0 {
			return text[max(0, at-60):min(len(text), at+len(form)+60)]
		}
	}
	return ""
}
