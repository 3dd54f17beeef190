package store

import (
	"fmt"
	"math"

	"github.com/keyfam/keyfam/store/driver"
)

// limits are the sizes in force: the user's, or the backend's where they are
// lower.
type limits struct {
	id, value, commitBytes, commitRecords int
	checks, readKeys                      int
}

// Limits are the sizes that a call of a store may have; 0 is no limit.
type Limits = driver.Limits

// Limits returns the limits in force: those of [Options], or the backend's where
// they are lower.
func (s *Store) Limits() Limits {
	l := &s.settings().limits
	return Limits{
		IDBytes:       l.id,
		ValueBytes:    l.value,
		CommitBytes:   l.commitBytes,
		CommitRecords: l.commitRecords,
		CommitChecks:  orNone(l.checks),
		ReadKeys:      orNone(l.readKeys),
	}
}

// orNone returns 0 for a limit that the backend does not have.
func orNone(limit int) int {
	if limit == math.MaxInt {
		return 0
	}
	return limit
}

// lower returns the lower of two limits. A backend's limit of 0 is none.
func lower(limit, backend int) int {
	if backend > 0 && backend < limit {
		return backend
	}
	return limit
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

func (l *limits) checkValue(value []byte) error {
	if len(value) > l.value {
		return fmt.Errorf("%w: the value has %d bytes, the limit is %d", ErrTooLarge, len(value), l.value)
	}
	return nil
}

// checkCommit checks the size of one commit. A range that it deletes counts as
// one record. It names the family of the first write above a limit.
func (l *limits) checkCommit(c *driver.Commit) (family string, err error) {
	writes := c.Writes
	if n := len(writes) + len(c.Deletes); n > l.commitRecords {
		if above := l.commitRecords - len(c.Deletes); above >= 0 {
			family = writes[above].Key.Family
		}
		return family, fmt.Errorf("%w: the commit writes %d records, the limit is %d", ErrTooLarge, n, l.commitRecords)
	}
	bytes := 0
	for _, r := range c.Deletes {
		bytes += len(r.From.ID) + len(r.To.ID)
	}
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

// checkReadSet checks how much the backend must check in one commit.
func (l *limits) checkReadSet(checks int) error {
	if checks > l.checks {
		return fmt.Errorf("%w: the transaction read %d records and ranges, the backend checks at most %d", ErrTooLarge, checks, l.checks)
	}
	return nil
}

func (l *limits) checkIDs(ids []string) error {
	for _, id := range ids {
		if err := l.checkID(id); err != nil {
			return err
		}
	}
	return l.checkReads(len(ids))
}

// checkReads checks how many records one call of the backend reads.
func (l *limits) checkReads(n int) error {
	if n > l.readKeys {
		return fmt.Errorf("%w: %d ids in one read, the limit is %d", ErrTooLarge, n, l.readKeys)
	}
	return nil
}
