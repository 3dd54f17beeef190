package store

import (
	"context"
	"fmt"

	"github.com/keyfam/keyfam/internal/reserved"
)

const maxFamilyBytes = 64

// checkFamily returns an error for a name that is not [a-z][a-z0-9-]{0,63}. A
// leading '_' marks a family of keyfam's own, which needs a context from
// package reserved.
//
// Names stay strings here. A backend encodes them with the id: in pebblestore,
// keys.go does.
func checkFamily(ctx context.Context, family string) error {
	if len(family) == 0 || len(family) > maxFamilyBytes {
		return badFamily(family)
	}
	start := 0
	if family[0] == '_' && reserved.Allowed(ctx) {
		start = 1
	}
	for i := start; i < len(family); i++ {
		c := family[i]
		if 'a' <= c && c <= 'z' || i > start && ('0' <= c && c <= '9' || c == '-') {
			continue
		}
		return badFamily(family)
	}
	if start == len(family) {
		return badFamily(family)
	}
	return nil
}

// badFamily shows a name that looks like a typing mistake. Anything else may
// be an id in the wrong argument, and ids stay out of errors.
func badFamily(family string) error {
	shown := fmt.Sprintf("of %d bytes", len(family))
	if nameLike(family) {
		shown = fmt.Sprintf("%q", family)
	}
	return fmt.Errorf("%w: family name %s is not [a-z][a-z0-9-]{0,%d}", ErrInvalid, shown, maxFamilyBytes-1)
}

// nameLike reports whether s has the length of a family name and only letters
// and separators, such as "Session", "pre_key" or "sender key".
func nameLike(s string) bool {
	if len(s) == 0 || len(s) > maxFamilyBytes {
		return false
	}
	for _, c := range []byte(s) {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && c != '-' && c != '_' && c != ' ' {
			return false
		}
	}
	return true
}
