package pebblestore

import (
	"github.com/keyfam/keyfam/store/driver"
)

// check is a record that was read, in the form that the applier compares.
type check struct {
	from, to int // its key, in request.keys
	hash     uint64
	version  driver.Version
	epoch    uint64
}

// prepare translates the checks of a commit. Checks that are older than the
// applier's index are looked up here, where no other commit waits.
func (b *backend) prepare(r *request, namespace string, c *driver.Commit) error {
	r.buf = appendNamespace(r.buf[:0], namespace)
	r.namespace = b.recent.hash(r.buf)
	for i := range c.Checks {
		one := &c.Checks[i]
		from := len(r.keys)
		r.keys = appendKey(r.keys, namespace, one.Key).bytes
		r.checks = append(r.checks, check{
			from: from, to: len(r.keys), hash: b.recent.hash(r.keys[from:]),
			version: one.Version, epoch: uint64(one.Epoch),
		})
	}
	for i := range c.Ranges {
		r.ranges = append(r.ranges, b.rangeCheck(namespace, &c.Ranges[i]))
	}
	return b.renew(r)
}

// renew compares what was read before the floor of the index with the engine.
// If it is unchanged, it gets a new epoch.
func (b *backend) renew(r *request) error {
	floor := b.recent.floor.Load()
	for i := range r.checks {
		one := &r.checks[i]
		if one.epoch >= floor {
			continue
		}
		epoch := b.epoch()
		if err := b.stands(r, one); err != nil {
			return err
		}
		one.epoch = epoch
	}
	for i := range r.ranges {
		one := &r.ranges[i]
		if one.epoch >= floor || !one.oneFamily {
			continue
		}
		epoch := b.epoch()
		if err := b.rangeStands(one); err != nil {
			return err
		}
		one.epoch = epoch
	}
	return nil
}

// holds compares what was read with what is there now. It asks the index
// first, and the engine only if the index cannot rule out a change.
func (b *backend) holds(r *request) error {
	cleared := b.recent.touched(r.namespace)
	for i := range r.checks {
		one := &r.checks[i]
		if max(cleared, b.recent.touched(one.hash)) < one.epoch {
			continue
		}
		if err := b.stands(r, one); err != nil {
			return err
		}
	}
	for i := range r.ranges {
		one := &r.ranges[i]
		if one.oneFamily && max(cleared, b.recent.touched(one.family)) < one.epoch {
			continue
		}
		if err := b.rangeStands(one); err != nil {
			return err
		}
	}
	return nil
}

// stands compares one record with the engine.
func (b *backend) stands(r *request, c *check) error {
	version, err := b.stored(r.keys[c.from:c.to])
	if err == nil && version != c.version {
		err = driver.ErrConflict
	}
	return err
}
