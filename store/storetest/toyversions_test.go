package storetest

import (
	"hash/fnv"
	"maps"

	"github.com/keyfam/keyfam/store/driver"
)

// toySlots are versions that many records share: a slot holds the stamp of the
// last commit that touched a record which hashes to it, in any namespace.
type toySlots [4096]driver.Version

func (s *toySlots) of(k driver.Key) *driver.Version {
	h := fnv.New32a()
	_, _ = h.Write([]byte(k.Family + "/" + k.ID))
	return &s[h.Sum32()%uint32(len(s))]
}

func (s *toySlots) touch(c *driver.Commit) {
	if len(c.Deletes) > 0 {
		for i := range s {
			s[i] = c.Stamp
		}
	}
	for i := range c.Writes {
		*s.of(c.Writes[i].Key) = c.Stamp
	}
}

// version returns the version of a record, which may be absent.
func (d *toyDriver) version(k driver.Key, row toyRow) driver.Version {
	if d.is("versions by slots") {
		return *d.slots.of(k)
	}
	return row.version
}

// lag shows the new values of a namespace under the old versions for a while.
func (d *toyDriver) lag(name string, next toySpace) {
	before, shown := d.spaces[name], maps.Clone(next)
	for k, row := range shown {
		shown[k] = toyRow{row.value, before[k].version}
	}
	d.spaces[name] = shown
	clear(d.orders)
	d.mu.Unlock()
	pause()
	d.mu.Lock()
}
