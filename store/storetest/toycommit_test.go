package storetest

import (
	"context"
	"hash/maphash"
	"maps"
	"path/filepath"
	"strings"

	"github.com/keyfam/keyfam/store/driver"
)

func (d *toyDriver) Commit(ctx context.Context, namespace string, c *driver.Commit) error {
	if err := ctx.Err(); err != nil {
		return d.say(err, driver.Key{})
	}
	if d.is("Set outside the critical section") {
		if len(c.Checks)+len(c.Ranges) > 0 {
			d.second.Lock()
			defer d.second.Unlock()
		}
	}
	if d.is("value before its version") {
		d.second.Lock()
		defer d.second.Unlock()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.spaces[d.space(namespace)]
	if err := s.check(d, d.order(d.space(namespace)), c); err != nil {
		return err
	}
	if c.OnlyChecks() {
		return nil
	}
	if (d.is("check and apply in two steps") || d.is("Set outside the critical section")) && len(c.Checks)+len(c.Ranges) > 0 {
		d.mu.Unlock()
		pause()
		d.mu.Lock()
	}
	if d.disk.failing {
		if d.is("failed write forgets") {
			d.spaces = map[string]toySpace{}
			d.disk.spaces = map[string]toySpace{}
			clear(d.orders)
		}
		if !d.is("failed write is success") {
			return driver.ErrUnavailable
		}
	}
	return d.apply(ctx, namespace, c)
}

func (s toySpace) check(d *toyDriver, order []driver.Key, c *driver.Commit) error {
	for _, one := range c.Checks {
		version := s.record(d, one.Key).Version
		if ghost, ok := d.ghosts[one.Key]; ok && version == 0 {
			version = ghost
		}
		if version != one.Version {
			return d.say(driver.ErrConflict, one.Key)
		}
	}
	if d.is("ranges not checked") {
		return nil
	}
	for _, one := range c.Ranges {
		if one.CountOnly && d.is("a check of a count always holds") {
			continue
		}
		count, sum := 0, driver.Version(0)
		for _, k := range in(one.Range, order) {
			count++
			sum += d.version(k, s[k])
		}
		if count != one.Count || sum != one.Sum && (!one.CountOnly || d.is("counts checked by versions")) && !d.is("ranges checked by count") {
			return driver.ErrConflict
		}
	}
	return nil
}

func (d *toyDriver) apply(ctx context.Context, namespace string, c *driver.Commit) error {
	name := d.space(namespace)
	next := maps.Clone(d.spaces[name])
	if next == nil {
		next = toySpace{}
	}
	torn := d.is("batch torn when ctx ends") || d.is("batch applied row by row") || d.is("clear and writes in two steps")
	if torn {
		d.spaces[name] = next
	}
	for _, r := range c.Deletes {
		d.deleteRange(name, next, r)
		if d.is("clear and writes in two steps") {
			delete(d.orders, name)
			d.mu.Unlock()
			pause()
			d.mu.Lock()
		}
	}
	for i, w := range c.Writes {
		if d.is("batch torn when ctx ends") && ctx.Err() != nil {
			return ctx.Err()
		}
		if d.is("batch applied row by row") && i > 0 {
			delete(d.orders, name)
			d.mu.Unlock()
			pause()
			d.mu.Lock()
		}
		if err := d.write(next, &w, c.Stamp); err != nil {
			return err
		}
	}
	if d.is("value before its version") {
		d.lag(name, next)
	}
	d.spaces[name] = next
	clear(d.orders)
	d.slots.touch(c)
	return d.persist(name, c)
}

func (d *toyDriver) deleteRange(name string, s toySpace, r driver.Range) {
	for k := range s {
		if r.Contains(k) || r == driver.Visible && d.is("Clear takes the store's families") {
			if d.is("Clear leaves high ids") && k.ID[0] == 0xff {
				continue
			}
			if d.is("a range delete leaves derived rows") && driver.Derived.Contains(k) {
				continue
			}
			if d.is("a range delete leaves versions") && r != driver.Visible {
				d.ghosts[k] = s[k].version
			}
			delete(s, k)
		}
	}
	if r != driver.Visible {
		return
	}
	for other := range d.spaces {
		if other != name && (d.is("Clear empties every namespace") || d.is("Clear takes namespaces by prefix") && strings.HasPrefix(other, name)) {
			delete(d.spaces, other)
		}
	}
}

func (d *toyDriver) write(s toySpace, w *driver.Write, stamp driver.Version) error {
	k := d.key(w.Key)
	if _, ok := s[k]; w.Delete && !ok && d.is("deleting the absent fails") {
		return driver.ErrInvalid
	}
	if w.Delete {
		delete(s, k)
		if d.is("delete takes wildcards") {
			for other := range s {
				if ok, err := filepath.Match(k.ID, other.ID); err == nil && ok && other.Family == k.Family {
					delete(s, other)
				}
			}
		}
		return nil
	}
	if len(w.Value) == 0 && d.is("empty value deletes") {
		delete(s, k)
		return nil
	}
	if d.is("version is the content's hash") {
		stamp = driver.Version(maphash.Bytes(toySeed, w.Value) | 1)
	}
	if d.is("large values refused") && len(w.Value) > 100_000 {
		return driver.ErrUnavailable
	}
	if d.is("long ids refused") && len(k.ID) > 200 {
		return driver.ErrUnavailable
	}
	if before := s[k].value; d.is("bytes given out are written over") && len(before) == len(w.Value) {
		copy(before, w.Value)
	}
	if ghost, ok := d.ghosts[k]; ok {
		stamp = ghost
	}
	s[k] = toyRow{w.Value, stamp}
	return nil
}

var toySeed = maphash.MakeSeed()

// persist writes a namespace to the disk.
func (d *toyDriver) persist(name string, c *driver.Commit) error {
	d.disk.mu.Lock()
	defer d.disk.mu.Unlock()
	if d.disk.dead {
		return driver.ErrUnavailable
	}
	if d.is("acknowledged before the flush") || d.is("deletes not flushed") && len(c.Writes) > 0 && c.Writes[0].Delete || d.is("clear not flushed") && len(c.Deletes) > 0 {
		return nil
	}
	if d.is("crash tears a batch") && len(c.Writes) == 3 {
		torn := maps.Clone(d.disk.spaces[name])
		if torn == nil {
			torn = toySpace{}
		}
		w := c.Writes[0] // ahead of the rest, which waits for the next commit
		torn[w.Key] = toyRow{w.Value, c.Stamp}
		d.disk.spaces[name] = torn
		return nil
	}
	d.disk.spaces[name] = d.spaces[name] // never changed, only replaced
	return nil
}
