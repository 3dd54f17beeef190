package storetest

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/keyfam/keyfam/store/driver"
)

// toyDriver is a backend that obeys every rule unless it has a fault. It keeps
// one map a namespace over a simulated disk, which survives Close and crashes.
type toyDriver struct {
	fault fault
	info  driver.Info
	disk  *toyDisk

	mu     sync.Mutex
	spaces map[string]toySpace
	orders map[string][]driver.Key       // of the spaces, until they change
	second toyMutex                      // of faults that lock too little
	locked bool                          // the disk is this driver's
	slots  toySlots                      // of one fault
	ghosts map[driver.Key]driver.Version // of one fault: versions that a range delete has left
}

type toySpace map[driver.Key]toyRow

type toyRow struct {
	value   []byte
	version driver.Version
}

// toyDisk holds what survives.
type toyDisk struct {
	mu      sync.Mutex
	spaces  map[string]toySpace
	failing bool
	damaged bool
	dead    bool // it has crashed
	locked  bool
}

func (d *toyDriver) is(f fault) bool { return d.fault == f }

// toyMutex is a mutex that may be held during a pause. The clock of a bubble
// goes on while goroutines wait for a channel, but not while they wait for a
// sync.Mutex.
type toyMutex chan struct{}

func newToyMutex() toyMutex { return make(toyMutex, 1) }

func (m toyMutex) Lock()   { m <- struct{}{} }
func (m toyMutex) Unlock() { <-m }

// pause lets all other goroutines run until they wait, by the clock of the
// bubble.
func pause() { time.Sleep(time.Microsecond) }

func openToyDriver(disk *toyDisk, f fault, info driver.Info) (*toyDriver, error) {
	if disk.locked && f != "second open allowed" {
		return nil, fmt.Errorf("in use: %w", driver.ErrUnavailable)
	}
	d := &toyDriver{fault: f, info: info, disk: disk, spaces: map[string]toySpace{}, orders: map[string][]driver.Key{}, second: newToyMutex(), locked: true, ghosts: map[driver.Key]driver.Version{}}
	if disk.damaged && f != "damage starts afresh" && f != "damage given out" {
		return nil, driver.ErrCorrupt
	}
	disk.locked = true
	if disk.damaged && f == "damage starts afresh" {
		return d, nil
	}
	for name, space := range disk.spaces {
		d.spaces[name] = maps.Clone(space)
		for k, row := range space {
			if disk.damaged {
				d.spaces[name][k] = toyRow{append([]byte("?"), row.value...), row.version}
			}
		}
	}
	return d, nil
}

func (d *toyDriver) Info() driver.Info { return d.info }

func (d *toyDriver) Read(ctx context.Context, namespace string, keys []driver.Key, into []driver.Record) error {
	if err := ctx.Err(); err != nil {
		return d.say(err, keys[0])
	}
	if d.is("GetMany reads one by one") {
		for i, k := range keys {
			if i == 1 {
				pause()
			}
			d.mu.Lock()
			into[i] = d.spaces[d.space(namespace)].record(d, k)
			d.mu.Unlock()
		}
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, k := range keys {
		into[i] = d.spaces[d.space(namespace)].record(d, k)
	}
	return nil
}

func (s toySpace) record(d *toyDriver, k driver.Key) driver.Record {
	k = d.key(k)
	row, ok := s[k]
	if ok && len(row.value) == 0 && d.is("empty value is absent") {
		return driver.Record{}
	}
	return driver.Record{Value: row.value, Version: d.version(k, row), Exists: ok, Shared: !d.is("stored bytes given out") && !d.is("bytes given out are written over")}
}

func (d *toyDriver) Scan(ctx context.Context, namespace string, q driver.Query) (driver.Page, error) {
	if err := ctx.Err(); err != nil {
		return driver.Page{}, d.say(err, q.Range.From)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	name := d.space(namespace)
	return d.spaces[name].page(d, d.order(name), q), nil
}

// order returns the keys of a namespace, sorted.
func (d *toyDriver) order(name string) []driver.Key {
	if d.orders[name] == nil {
		d.orders[name] = d.spaces[name].order(d)
	}
	return d.orders[name]
}

func (s toySpace) order(d *toyDriver) []driver.Key {
	keys := slices.SortedFunc(maps.Keys(s), driver.Key.Compare)
	if d.is("scan sorts as text") {
		slices.SortStableFunc(keys, func(a, b driver.Key) int {
			return strings.Compare(a.Family+strings.ToLower(a.ID), b.Family+strings.ToLower(b.ID))
		})
	}
	return keys
}

// in returns the keys of the range.
func in(r driver.Range, order []driver.Key) []driver.Key {
	from, _ := slices.BinarySearchFunc(order, r.From, driver.Key.Compare)
	to := len(order)
	if r.To != (driver.Key{}) {
		to, _ = slices.BinarySearchFunc(order, r.To, driver.Key.Compare)
	}
	return order[from:max(from, to)]
}

func (s toySpace) page(d *toyDriver, order []driver.Key, q driver.Query) (p driver.Page) {
	r := q.Range
	if d.is("prefix leaks") && r.From.ID == "abc" {
		r.To = driver.Key{Family: r.From.Family + "\x00"}
	}
	keys := in(r, order)
	if q.Reverse {
		keys = slices.Clone(keys)
		slices.Reverse(keys)
	}
	for _, k := range keys {
		if len(p.Rows) == q.Limit {
			p.More = true
			break
		}
		row := s[k]
		if d.is("scan truncates values") {
			row.value = row.value[:min(len(row.value), 1000)]
		}
		p.Rows = append(p.Rows, driver.Row{Key: k, Value: row.value, Version: d.version(k, row), Shared: !d.is("stored bytes given out")})
	}
	return p
}

// key returns the key, or another one if that is the fault.
func (d *toyDriver) key(k driver.Key) driver.Key {
	if d.is("ids end at a zero byte") {
		if i := strings.IndexByte(k.ID, 0); i > 0 {
			k.ID = k.ID[:i]
		}
	}
	if d.is("family and id joined") {
		if i := strings.IndexByte(k.Family, '-'); i > 0 {
			k.Family, k.ID = k.Family[:i], k.Family[i+1:]+"-"+k.ID
		}
	}
	return k
}

func (d *toyDriver) space(namespace string) string {
	if d.is("namespaces fold case") {
		return strings.ToLower(namespace)
	}
	return namespace
}

// say returns the error, with the key if that is the fault.
func (d *toyDriver) say(err error, k driver.Key) error {
	if d.is("backend error tells the id") {
		return fmt.Errorf("%w at %s", err, k.ID)
	}
	return err
}

func (d *toyDriver) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.locked {
		d.disk.locked = false
	}
	if d.is("reopened empty") {
		d.disk.spaces = map[string]toySpace{}
	}
	return nil
}

func (d *toyDriver) Snapshot(_ context.Context, namespace string) (driver.Snapshot, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	space := maps.Clone(d.spaces[d.space(namespace)])
	if d.is("snapshot of another namespace") {
		space = maps.Clone(d.spaces[""])
	}
	if d.is("snapshot lags") {
		for k, row := range space {
			if string(row.value) == "7" {
				space[k] = toyRow{[]byte("6"), row.version}
			}
		}
	}
	return &toySnapshot{d, space, space.order(d)}, nil
}

type toySnapshot struct {
	d     *toyDriver
	space toySpace
	order []driver.Key
}

func (s *toySnapshot) Read(ctx context.Context, namespace string, keys []driver.Key, into []driver.Record) error {
	if s.d.is("snapshot is live") {
		return s.d.Read(ctx, namespace, keys, into)
	}
	for i, k := range keys {
		into[i] = s.space.record(s.d, k)
	}
	return nil
}

func (s *toySnapshot) Scan(ctx context.Context, namespace string, q driver.Query) (driver.Page, error) {
	if s.d.is("snapshot is live") || s.d.is("snapshot scans live") {
		return s.d.Scan(ctx, namespace, q)
	}
	return s.space.page(s.d, s.order, q), nil
}

func (s *toySnapshot) Close() error { return nil }

// listingToy is a toyDriver that can list namespaces.
type listingToy struct{ *toyDriver }

func (d listingToy) Namespaces(_ context.Context, from string, limit int) (names []string, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for name, space := range d.spaces {
		holds := d.is("empty namespaces listed")
		for k := range space {
			if holds = holds || driver.Visible.Contains(k) || d.is("namespaces of the store's rows listed"); holds {
				break
			}
		}
		if name >= from && holds {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names[:min(limit, len(names))], nil
}

// toyBackend is the Backend of a toyDriver with one fault. It has a directory
// for the checks of permissions and secrecy.
func toyBackend(f fault, info driver.Info, lists bool) Backend {
	var disk *toyDisk
	open := func() (driver.Driver, error) {
		d, err := openToyDriver(disk, f, info)
		if err != nil {
			return nil, err
		}
		if lists {
			return listingToy{d}, nil
		}
		return d, nil
	}
	b := Backend{Open: func(context.Context, TB) (driver.Driver, error) {
		disk = &toyDisk{spaces: map[string]toySpace{}}
		return open()
	}}
	if info.Durability == driver.Volatile {
		return b
	}
	b.Reopen = func(context.Context, TB) (driver.Driver, error) { return open() }
	b.OpenAgain = b.Reopen
	b.Crash = func(TB) error {
		old := disk
		old.mu.Lock()
		defer old.mu.Unlock()
		old.dead = true
		disk = &toyDisk{spaces: maps.Clone(old.spaces)}
		return nil
	}
	b.FailWrites = func(TB) func() {
		disk.failing = true
		return func() { disk.failing = false }
	}
	b.Damage = func(TB) error {
		disk.damaged = true
		return nil
	}
	b.Dir = func(t TB) string {
		dir := filepath.Join(t.TempDir(), "toy")
		mode := os.FileMode(0o600)
		if f == "files open to others" {
			mode = 0o644
		}
		_ = os.Mkdir(dir, 0o700)
		_ = os.WriteFile(filepath.Join(dir, "data"), bytes.Repeat([]byte{1}, 10), mode)
		return dir
	}
	return b
}
