package store

import (
	"context"
	"errors"

	"github.com/keyfam/keyfam/store/driver"
)

// changedFamily names the family of the first read of a lost attempt that no
// longer stands, for the error of a transaction that gives up. It asks the
// backend about one family after the other, so a driver need not say which
// check failed. It returns "" if it finds none.
func (a *attempt) changedFamily(ctx context.Context) string {
	var all driver.Commit
	all.Checks, all.Ranges = a.reads.checks(nil)
	asked := map[string]bool{}
	for _, family := range checkedFamilies(&all) {
		if asked[family] || checkFamily(ctx, family) != nil {
			continue
		}
		asked[family] = true
		if errors.Is(a.checkFamilyReads(ctx, &all, family), ErrConflict) {
			return family
		}
	}
	return ""
}

// checkedFamilies returns the families of the checks, in the order of the
// reads.
func checkedFamilies(c *driver.Commit) (names []string) {
	for i := range c.Checks {
		names = append(names, c.Checks[i].Key.Family)
	}
	for i := range c.Ranges {
		// Tx.Families reads a range of many families, which names none.
		if r := c.Ranges[i].Range; r.To == driver.FamilyEnd(r.From.Family) || r.To.Family == r.From.Family {
			names = append(names, r.From.Family)
		}
	}
	return names
}

func (a *attempt) checkFamilyReads(ctx context.Context, all *driver.Commit, family string) error {
	p := newCommitCall()
	defer p.free()
	for i := range all.Checks {
		if all.Checks[i].Key.Family == family {
			p.Checks = append(p.Checks, all.Checks[i])
		}
	}
	for i := range all.Ranges {
		if all.Ranges[i].Range.From.Family == family {
			p.Ranges = append(p.Ranges, all.Ranges[i])
		}
	}
	return a.store.check(ctx, p)
}
