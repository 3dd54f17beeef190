package store

import (
	"slices"

	"github.com/keyfam/keyfam/store/driver"
)

// countReads is what counts of one attempt have shown. They are compared with
// other reads by the commit only: none of them shows a record.
type countReads struct {
	list []countRead
	of   map[driver.Range]int // their places
}

// countRead is what a count showed of a range.
type countRead struct {
	span    driver.Range
	records int
	epoch   driver.Version
}

func (c *countReads) all() []countRead {
	if c == nil {
		return nil
	}
	return c.list
}

// find answers an earlier count of the range.
func (c *countReads) find(span driver.Range) (records int, ok bool) {
	if c == nil {
		return 0, false
	}
	i, ok := c.of[span]
	if !ok {
		return 0, false
	}
	return c.list[i].records, true
}

func (c *countReads) add(one countRead) {
	c.of[one.span] = len(c.list)
	c.list = append(c.list, one)
}

// holds reports whether k lies in a range that was counted.
func (c *countReads) holds(k driver.Key) bool {
	return slices.ContainsFunc(c.all(), func(one countRead) bool { return one.span.Contains(k) })
}
