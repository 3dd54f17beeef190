package store

import (
	"context"
	"fmt"

	"github.com/keyfam/keyfam/internal/reserved"
	"github.com/keyfam/keyfam/store/driver"
)

const maxFamilyBytes = 64

// checkFamily reports a name that is not [a-z][a-z0-9-]{0,63}. Families that
// start with '_' are the store's own and need a context from package reserved.
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

// badFamily names a family that looks like a slip of the pen. Anything else may
// be an id in the wrong place, and ids stay out of errors.
func badFamily(family string) error {
	shown := fmt.Sprintf("of %d bytes", len(family))
	if nameLike(family) {
		shown = fmt.Sprintf("%q", family)
	}
	return fmt.Errorf("%w: family name %s is not [a-z][a-z0-9-]{0,%d}", ErrInvalid, shown, maxFamilyBytes-1)
}

// nameLike accepts letters with single separators, up to the length of a
// family: "Session", "pre_key", "sender key".
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

// familyOf is what an Error may show: the family if it is one.
func familyOf(ctx context.Context, family string) string {
	if checkFamily(ctx, family) != nil {
		return ""
	}
	return family
}

func (l *limits) checkID(id string) error {
	if len(id) == 0 {
		return fmt.Errorf("%w: the id is empty", ErrInvalid)
	}
	if len(id) > l.id {
		return fmt.Errorf("%w: the id has %d bytes, the limit is %d", ErrTooLarge, len(id), l.id)
	}
	return nil
}

func (l *limits) checkPrefix(prefix string) error {
	if len(prefix) > l.id {
		return fmt.Errorf("%w: the prefix has %d bytes, the limit is %d", ErrTooLarge, len(prefix), l.id)
	}
	return nil
}

func (l *limits) checkValue(value []byte) error {
	if len(value) > l.value {
		return fmt.Errorf("%w: the value has %d bytes, the limit is %d", ErrTooLarge, len(value), l.value)
	}
	return nil
}

// checkCommit bounds the writes of one commit. It names the family of the first
// write above a limit.
func (l *limits) checkCommit(writes []driver.Write) (family string, err error) {
	if len(writes) > l.commitRecords {
		return writes[l.commitRecords].Key.Family,
			fmt.Errorf("%w: the commit writes %d records, the limit is %d", ErrTooLarge, len(writes), l.commitRecords)
	}
	bytes := 0
	for i := range writes {
		bytes += len(writes[i].Key.ID) + len(writes[i].Value)
		if bytes > l.commitBytes && family == "" {
			family = writes[i].Key.Family
		}
	}
	if bytes > l.commitBytes {
		return family, fmt.Errorf("%w: the commit has %d bytes, the limit is %d", ErrTooLarge, bytes, l.commitBytes)
	}
	return "", nil
}

// checkReadSet bounds the checks of one commit.
func (l *limits) checkReadSet(checks int) error {
	if checks > l.checks {
		return fmt.Errorf("%w: the transaction read %d records and ranges, the backend checks at most %d", ErrTooLarge, checks, l.checks)
	}
	return nil
}
