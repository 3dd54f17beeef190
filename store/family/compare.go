package family

import (
	"fmt"
	"slices"

	"github.com/keyfam/keyfam/internal/stored"
	"github.com/keyfam/keyfam/store"
)

// fits refuses code with the facts mine if it cannot use what was stored with
// known. The error names the family or the field.
func fits(known, mine stored.Facts) error {
	if why := known.Refusal(mine); why != "" {
		return mismatch("%s", why)
	}
	return nil
}

// claims refuses families that another package's schema has.
func claims(theirs, mine stored.Facts, other string) error {
	taken := theirs.Families()
	for _, name := range mine.Families() {
		if _, found := slices.BinarySearch(taken, name); found {
			return mismatch("family %s belongs to the package %s", name, other)
		}
	}
	return nil
}

func mismatch(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{store.ErrSchema}, args...)...)
}
