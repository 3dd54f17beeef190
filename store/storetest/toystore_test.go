package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/keyfam/keyfam/internal/reserved"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
)

// fault is how a toy breaks a rule, in words. Faults of the backend are in
// toydriver_test.go, those of the store here and in toytx_test.go.
type fault string

// toyEngine is what handles on one driver share. One mutex guards it and one
// condition wakes everybody who waits: as simple as it gets, and slow.
type toyEngine struct {
	fault fault
	d     driver.Driver

	mu      sync.Mutex
	cond    *sync.Cond
	held    map[toyLabel]*toyTransaction
	queue   []*toyWaiter
	gates   map[string]*toyTransaction
	snaps   map[driver.Snapshot]bool
	live    map[*toyAttempt]bool // of one fault
	known   map[driver.Key]bool  // of one fault
	running int
	tickets int
	closed  bool
	dead    bool // the test is over: nobody may wait any longer
	down    chan struct{}
}

type toyLabel struct{ namespace, name string }

type toyWaiter struct {
	label  toyLabel
	ticket int
}

// toys makes stores of one fault; kill ends whatever still waits in them.
type toys struct {
	fault   fault
	mu      sync.Mutex
	engines map[driver.Driver]*toyEngine
}

func (t *toys) open(d driver.Driver, o *store.Options) (root, error) {
	set, err := toySettings(t.fault, d, o)
	if err != nil {
		return nil, &store.Error{Op: "new", Err: err}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	e := t.engines[d]
	if e == nil || e.closed {
		e = &toyEngine{
			fault: t.fault, d: d, held: map[toyLabel]*toyTransaction{}, gates: map[string]*toyTransaction{},
			snaps: map[driver.Snapshot]bool{}, live: map[*toyAttempt]bool{}, known: map[driver.Key]bool{}, down: make(chan struct{}),
		}
		e.cond = sync.NewCond(&e.mu)
		t.engines[d] = e
	}
	return &toyStore{e: e, set: set, id: rand.Uint64()}, nil
}

func (t *toys) kill() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, e := range t.engines {
		e.mu.Lock()
		if !e.dead {
			e.dead = true
			close(e.down)
		}
		e.cond.Broadcast()
		e.mu.Unlock()
	}
}

func toySettings(f fault, d driver.Driver, o *store.Options) (*store.Options, error) {
	set := store.Options{}
	if o != nil {
		set = *o
	}
	if set.Durability > d.Info().Durability && f != "durability not demanded" {
		return nil, store.ErrUnsupported
	}
	limits := d.Info().Limits
	for _, one := range []struct {
		at           *int
		def, backend int
	}{
		{&set.MaxIDBytes, 512, limits.IDBytes},
		{&set.MaxValueBytes, 4 << 20, limits.ValueBytes},
		{&set.MaxCommitBytes, 256 << 20, limits.CommitBytes},
		{&set.MaxCommitRecords, 1_000_000, limits.CommitRecords},
		{&set.MaxAttempts, 100, 0},
	} {
		if *one.at < 0 && f != "negative limits accepted" {
			return nil, store.ErrInvalid
		}
		if *one.at == 0 && !(f == "zero is no default" && o != nil && o.MaxIDBytes+o.MaxAttempts == 0 && o.GateWait == 0 && o.Observe == nil) {
			*one.at = one.def
		}
		if one.backend > 0 && one.backend < *one.at && f != "declared limits ignored" {
			*one.at = one.backend
		}
	}
	if set.GateWait < 0 || set.CommitTimeout < 0 {
		return nil, store.ErrInvalid
	}
	if set.GateWait == 0 {
		set.GateWait = time.Second
	}
	return &set, nil
}

func (e *toyEngine) is(f fault) bool { return e.fault == f }

var errDead = errors.New("the test is over")

// wait waits, with the mutex held, until ready, ctx ends, the store closes, or
// limit is over if it is not 0.
func (e *toyEngine) wait(ctx context.Context, limit time.Duration, ready func() bool) error {
	wake := func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.cond.Broadcast()
	}
	if e.is("waiters ignore ctx") {
		ctx.Done() // as if
		ctx = context.Background()
	}
	defer context.AfterFunc(ctx, wake)()
	late := false
	if limit > 0 {
		defer time.AfterFunc(limit, func() {
			e.mu.Lock()
			late = true
			e.mu.Unlock()
			wake()
		}).Stop()
	}
	for !ready() {
		switch {
		case e.dead:
			return errDead
		case ctx.Err() != nil:
			return ctx.Err()
		case e.closed && !e.is("Close wakes nobody"):
			return store.ErrClosed
		case late:
			return nil
		}
		e.cond.Wait()
	}
	return nil
}

// label names the label as it is locked.
func (e *toyEngine) label(s *toyStore, name string) toyLabel {
	l := toyLabel{s.namespace, name}
	if e.is("labels belong to the Store value") {
		l.namespace += fmt.Sprint(s.id)
	}
	if e.is("labels shared by namespaces") {
		l.namespace = ""
	}
	return l
}

// acquire waits for one label in the order of tickets.
func (e *toyEngine) acquire(ctx context.Context, t *toyTransaction, name string) error {
	l := e.label(t.s, name)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.is("labels not honoured") {
		return nil
	}
	w := &toyWaiter{l, t.ticket}
	e.queue = append(e.queue, w)
	defer func() {
		i := slices.Index(e.queue, w)
		if ctx.Err() == nil || !e.is("cancelled waiters stay in the queue") {
			e.queue = slices.Delete(e.queue, i, i+1)
		}
		e.cond.Broadcast()
	}()
	ready := func() bool {
		if e.held[l] != nil {
			return false
		}
		for _, other := range e.queue {
			if other.label == l && e.before(other.ticket, t.ticket) {
				return false
			}
		}
		return true
	}
	if !ready() {
		if err := e.wait(ctx, 0, ready); err != nil {
			return err
		}
	}
	e.held[l] = t
	t.held = append(t.held, name)
	return nil
}

func (e *toyEngine) before(other, own int) bool {
	if e.is("last come first served") {
		return other > own
	}
	return other < own
}

func (e *toyEngine) release(t *toyTransaction, names []string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, name := range names {
		if l := e.label(t.s, name); e.held[l] == t {
			delete(e.held, l)
		}
		t.held = slices.DeleteFunc(t.held, func(held string) bool { return held == name })
	}
	e.cond.Broadcast()
}

// call counts a call of the driver, which Close waits for.
func (e *toyEngine) call(f func() error) error {
	e.mu.Lock()
	if e.closed && !e.is("calls go on after Close") {
		e.mu.Unlock()
		return store.ErrClosed
	}
	e.running++
	e.mu.Unlock()
	defer func() {
		e.mu.Lock()
		e.running--
		e.cond.Broadcast()
		e.mu.Unlock()
	}()
	return f()
}

func (e *toyEngine) close() error {
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		if e.is("second Close fails") {
			return store.ErrClosed
		}
		return nil
	}
	e.closed = true
	e.cond.Broadcast()
	for e.running > 0 && !e.is("Close waits for nothing") && !e.dead {
		e.cond.Wait()
	}
	e.mu.Unlock()
	for s := range e.snaps {
		_ = s.Close()
	}
	if e.is("Close leaves the backend open") {
		return nil
	}
	if e.is("Close leaves a goroutine") {
		go func() { <-e.down }()
	}
	return e.d.Close()
}

// toyStore is the correct store that faults are put into.
type toyStore struct {
	e         *toyEngine
	set       *store.Options
	id        uint64
	namespace string
}

func (s *toyStore) fail(op, family string, err error) error {
	if err == nil {
		return nil
	}
	if toyCheckFamily(context.Background(), s, family) != nil || s.e.is("errors do not name the family") {
		family = ""
	}
	return &store.Error{Op: op, Family: family, Err: err}
}

var toyFamily = regexp.MustCompile(`^[a-z][a-z0-9-]{0,63}$`)

func toyCheckFamily(ctx context.Context, s *toyStore, family string) error {
	if toyFamily.MatchString(family) || s.e.is("any family name accepted") && family != "" {
		return nil
	}
	if len(family) > 1 && family[0] == '_' && (ctx != nil && reserved.Allowed(ctx) || s.e.is("the store's families within reach")) {
		return nil
	}
	if slices.Contains([]string{"Session", "pre_key"}, family) && !s.e.is("errors do not name the family") {
		return fmt.Errorf("%w: family %s", store.ErrInvalid, family)
	}
	return fmt.Errorf("%w: family name", store.ErrInvalid)
}

func (s *toyStore) checkID(id string) error {
	switch {
	case id == "" && !s.e.is("empty ids accepted"):
		return fmt.Errorf("%w: empty id", store.ErrInvalid)
	case len(id) > s.set.MaxIDBytes && !s.e.is("long ids accepted"):
		return s.told(store.ErrTooLarge, id)
	}
	return nil
}

// told is an error that tells an id, if that is the fault.
func (s *toyStore) told(err error, id string) error {
	if s.e.is("error tells the id") {
		return fmt.Errorf("%w: %s", err, id)
	}
	return err
}

func (s *toyStore) checkWrites(ctx context.Context, ws []write) (family string, err error) {
	last := map[driver.Key]int{}
	for i, w := range ws {
		if err := toyCheckFamily(ctx, s, w.family); err != nil {
			return "", err
		}
		if err := s.checkID(w.id); err != nil {
			return w.family, err
		}
		if len(w.value) > s.set.MaxValueBytes && !s.e.is("large values accepted") {
			return w.family, store.ErrTooLarge
		}
		last[key(w.family, w.id)] = i
	}
	records, bytes := 0, 0
	for i, w := range ws {
		if last[key(w.family, w.id)] == i || s.e.is("writes that do not stand count") {
			records++
			bytes += len(w.id) + len(w.value)
		}
	}
	return ws[0].family, s.checkCommit(records, bytes)
}

func (s *toyStore) checkCommit(records, bytes int) error {
	if (records > s.set.MaxCommitRecords || bytes > s.set.MaxCommitBytes) && !s.e.is("large batches accepted") {
		return store.ErrTooLarge
	}
	return nil
}

// toyMark is one transaction of the chain that a callback's context carries.
type toyMark struct {
	attempt *toyAttempt
	outer   *toyMark
}

type toyMarkKey struct{}

func toyChain(ctx context.Context) *toyMark {
	m, _ := ctx.Value(toyMarkKey{}).(*toyMark)
	return m
}

func (a *toyAttempt) mark(ctx context.Context) context.Context {
	return context.WithValue(ctx, toyMarkKey{}, &toyMark{a, toyChain(ctx)})
}

func (s *toyStore) enter(ctx context.Context) error {
	if ctx == nil {
		return store.ErrInvalid
	}
	s.e.mu.Lock()
	closed := s.e.closed
	s.e.mu.Unlock()
	if closed && !s.e.is("calls go on after Close") {
		return store.ErrClosed
	}
	if s.e.is("outer handle allowed inside") {
		return nil
	}
	for m := toyChain(ctx); m != nil; m = m.outer {
		a := m.attempt
		if a.ended() && !s.e.is("a mark outlives its transaction") {
			continue
		}
		same := a.s.e == s.e && a.s.namespace == s.namespace
		if s.e.is("outer handle known by its Store value") {
			same = same && a.s == s
		}
		if same || s.e.is("no other store inside") {
			return store.ErrOuterHandle
		}
	}
	return nil
}

// read is one call of the driver, or of a snapshot.
func (s *toyStore) read(ctx context.Context, from driver.Reader, keys []driver.Key) ([]driver.Record, error) {
	into := make([]driver.Record, len(keys))
	if s.e.is("GetMany is many reads") && len(keys) > 1 {
		for i, k := range keys {
			one, err := s.read(ctx, from, []driver.Key{k})
			if err != nil {
				return nil, err
			}
			into[i] = one[0]
		}
		return into, nil
	}
	err := s.e.call(func() error { return from.Read(ctx, s.namespace, keys, into) })
	return into, err
}

func (s *toyStore) page(ctx context.Context, from driver.Reader, r driver.Range, limit int) (page driver.Page, err error) {
	err = s.e.call(func() error {
		page, err = from.Scan(ctx, s.namespace, r, limit)
		return err
	})
	return page, err
}

// own is bytes for the caller.
func (s *toyStore) own(r driver.Record) []byte {
	if s.e.is("reads share the backend's bytes") || !r.Shared {
		return r.Value
	}
	return toyCopy(r.Value)
}

func toyCopy(b []byte) []byte { return append([]byte{}, b...) }

func (s *toyStore) Get(ctx context.Context, family, id string) ([]byte, bool, error) {
	found, err := s.many(ctx, family, []string{id})
	if err != nil {
		return nil, false, s.fail("get", family, err)
	}
	value, ok := found[id]
	if ok && s.e.is("empty value reads as nil") && len(value) == 0 {
		value = nil
	}
	return value, ok, nil
}

func (s *toyStore) Has(ctx context.Context, family, id string) (bool, error) {
	found, err := s.many(ctx, family, []string{id})
	return len(found) > 0, s.fail("has", family, err)
}

func (s *toyStore) GetMany(ctx context.Context, family string, ids ...string) (map[string][]byte, error) {
	found, err := s.many(ctx, family, ids)
	if s.e.is("GetMany answers absent ids") {
		for _, id := range ids {
			if _, ok := found[id]; !ok && found != nil {
				found[id] = nil
			}
		}
	}
	return found, s.fail("get many", family, err)
}

func (s *toyStore) many(ctx context.Context, family string, ids []string) (map[string][]byte, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	if err := s.checkRead(ctx, family, ids); err != nil {
		return nil, err
	}
	found := map[string][]byte{}
	if len(ids) == 0 && !s.e.is("no ids are a backend call") {
		return found, nil
	}
	var keys []driver.Key
	for _, id := range ids {
		keys = append(keys, key(family, id))
	}
	if len(keys) == 0 {
		keys = append(keys, key(family, "x"))
	}
	records, err := s.read(ctx, s.e.d, keys)
	if err != nil {
		return nil, err
	}
	if s.e.is("dirty reads") {
		s.e.dirty(s.namespace, keys, records)
	}
	for i, id := range ids {
		if records[i].Exists {
			found[id] = s.own(records[i])
		}
	}
	return found, nil
}

func (s *toyStore) checkRead(ctx context.Context, family string, ids []string) error {
	if err := toyCheckFamily(ctx, s, family); err != nil {
		return err
	}
	for i, id := range ids {
		if err := s.checkID(id); err != nil {
			return err
		}
		if s.e.is("repeated ids refused") && slices.Contains(ids[:i], id) {
			return store.ErrInvalid
		}
	}
	if most := s.e.d.Info().Limits.ReadKeys; most > 0 && len(ids) > most {
		return store.ErrTooLarge
	}
	return nil
}

func (s *toyStore) Scan(ctx context.Context, family, prefix string) store.Records {
	used := false
	return func(yield func(store.Record, error) bool) {
		if used && s.e.is("a scan runs once") {
			return
		}
		used = true
		err := s.enter(ctx)
		if err == nil {
			err = s.checkPrefix(ctx, family, prefix)
		}
		r := toyRange(family, prefix)
		for limit := 32; err == nil; limit = 1000 {
			var page driver.Page
			if page, err = s.page(ctx, s.e.d, r, limit); err != nil {
				break
			}
			for _, row := range page.Rows {
				if !yield(store.Record{ID: row.Key.ID, Value: s.own(driver.Record{Value: row.Value, Shared: row.Shared})}, nil) {
					if s.e.is("stopped scans read on") {
						_, _ = s.page(ctx, s.e.d, r, limit)
					}
					return
				}
			}
			if !page.More {
				return
			}
			r.From = toyAfter(page.Rows[len(page.Rows)-1].Key)
			if s.e.is("a scan loses a row between pages") {
				r.From.ID = r.From.ID[:len(r.From.ID)-2] + ":"
			}
		}
		if !s.e.is("scan hides its error") {
			yield(store.Record{}, s.fail("scan", family, err))
		}
	}
}

func (s *toyStore) checkPrefix(ctx context.Context, family, prefix string) error {
	if len(prefix) > s.set.MaxIDBytes && !s.e.is("long ids accepted") {
		return store.ErrTooLarge
	}
	return toyCheckFamily(ctx, s, family)
}

func toyRange(family, prefix string) driver.Range {
	r := driver.Range{From: key(family, prefix), To: driver.Key{Family: family + "\x00"}}
	for end := []byte(prefix); len(end) > 0; end = end[:len(end)-1] {
		if end[len(end)-1] < 0xff {
			end[len(end)-1]++
			r.To.Family, r.To.ID = family, string(end)
			break
		}
	}
	return r
}

func toyAfter(k driver.Key) driver.Key { return key(k.Family, k.ID+"\x00") }

func (s *toyStore) Families(ctx context.Context) (names []string, err error) {
	if err := s.enter(ctx); err != nil {
		return nil, s.fail("families", "", err)
	}
	from := driver.ClearRange.From
	if s.e.is("the store's families listed") {
		from = driver.Key{}
	}
	for {
		page, err := s.page(ctx, s.e.d, driver.Range{From: from}, 1)
		if err != nil || len(page.Rows) == 0 {
			return names, s.fail("families", "", err)
		}
		names = append(names, page.Rows[0].Key.Family)
		from = driver.Key{Family: page.Rows[0].Key.Family + "\x00"}
		if s.e.is("Families skips what follows by a hyphen") {
			from.Family = page.Rows[0].Key.Family + "."
		}
	}
}

func (s *toyStore) Namespaces(ctx context.Context) (names []string, err error) {
	if err := s.enter(ctx); err != nil {
		return nil, s.fail("namespaces", "", err)
	}
	lister, ok := s.e.d.(driver.NamespaceLister)
	if !ok {
		if s.e.is("Namespaces pretends") {
			return nil, nil
		}
		return nil, s.fail("namespaces", "", store.ErrUnsupported)
	}
	for from := ""; ; from = names[len(names)-1] + "\x00" {
		var page []string
		err := s.e.call(func() error {
			page, err = lister.Namespaces(ctx, from, 1000)
			return err
		})
		names = append(names, page...)
		if err != nil || len(page) < 1000 || s.e.is("Namespaces ends with its page") {
			return names, s.fail("namespaces", "", err)
		}
	}
}

func (s *toyStore) Namespace(name string) root {
	other := *s
	other.namespace = name
	return &other
}

func (s *toyStore) Close() error { return s.e.close() }

func (s *toyStore) InTransaction() bool { return s.e.is("InTransaction is true outside") }

func (s *toyStore) Set(ctx context.Context, ws ...write) error {
	if err := s.enter(ctx); err != nil {
		return s.fail("set", "", err)
	}
	if len(ws) == 0 && !s.e.is("an empty set is a commit") {
		return nil
	}
	if len(ws) > 0 {
		if family, err := s.checkWrites(ctx, ws); err != nil {
			if s.e.is("a refused Set leaves its first writes") {
				_ = s.commit(ctx, &driver.Commit{Writes: s.writes(ws[:1])}, nil)
			}
			return s.fail("set", family, err)
		}
	}
	if s.e.is("Set waits for transactions") {
		s.e.mu.Lock()
		err := s.e.wait(ctx, 0, func() bool { return len(s.e.held) == 0 })
		s.e.mu.Unlock()
		if err != nil {
			return s.fail("set", "", err)
		}
	}
	if s.e.is("records and labels share locks") {
		s.e.mu.Lock()
		err := s.e.wait(ctx, 0, func() bool { return s.e.held[toyLabel{s.namespace, ws[0].family}] == nil })
		s.e.mu.Unlock()
		if err != nil {
			return s.fail("set", "", err)
		}
	}
	writes := s.writes(ws)
	if s.e.is("Set is a commit per family") && len(writes) > 1 {
		for _, w := range writes {
			if err := s.commit(ctx, &driver.Commit{Writes: []driver.Write{w}}, nil); err != nil {
				return s.fail("set", "", err)
			}
		}
		return nil
	}
	return s.observed("set", s.commit(ctx, &driver.Commit{Writes: writes}, nil))
}

// observed reports to Observe what an operation ends with.
func (s *toyStore) observed(op string, err error) error {
	err = s.fail(op, "", err)
	if s.set.Observe != nil {
		o := store.Observation{Op: op, Err: err}
		if s.e.is("observations tell the namespace") {
			o.Op += " in " + s.namespace
		}
		s.set.Observe(o)
	}
	return err
}

// writes is the data set as a commit has it: sorted, each key once.
func (s *toyStore) writes(ws []write) (out []driver.Write) {
	last := map[driver.Key]driver.Write{}
	for _, w := range ws {
		k := key(w.family, w.id)
		if _, ok := last[k]; ok && s.e.is("the first of a set stands") {
			continue
		}
		if s.e.is("sets are not sorted") {
			out = append(out, driver.Write{Key: k, Value: toyCopy(w.value), Delete: w.del})
			continue
		}
		value := toyCopy(w.value)
		if s.e.is("Set keeps the caller's bytes") {
			value = w.value
		}
		last[k] = driver.Write{Key: k, Value: value, Delete: w.del}
		s.e.mu.Lock()
		s.e.known[k] = true
		s.e.mu.Unlock()
	}
	if s.e.is("sets are not sorted") {
		return out
	}
	return toySorted(last)
}

func toySorted(m map[driver.Key]driver.Write) (out []driver.Write) {
	for _, w := range m {
		out = append(out, w)
	}
	slices.SortFunc(out, func(a, b driver.Write) int { return a.Key.Compare(b.Key) })
	return out
}

func (s *toyStore) Clear(ctx context.Context) error {
	if err := s.enter(ctx); err != nil {
		return s.fail("clear", "", err)
	}
	c := &driver.Commit{Clear: true}
	if s.e.is("Clear deletes what it knows") {
		deletes := map[driver.Key]driver.Write{}
		for k := range s.e.known {
			if driver.ClearRange.Contains(k) {
				deletes[k] = driver.Write{Key: k, Delete: true}
			}
		}
		c = &driver.Commit{Writes: toySorted(deletes)}
	}
	return s.observed("clear", s.commit(ctx, c, nil))
}

// commit waits at the gate, unless it is the committer's own, and commits to
// the end.
func (s *toyStore) commit(ctx context.Context, c *driver.Commit, t *toyTransaction) error {
	e := s.e
	e.mu.Lock()
	ready := func() bool { return e.gates[s.namespace] == nil || e.gates[s.namespace] == t }
	if !ready() && !e.is("no gate") {
		limit := s.set.GateWait
		if e.is("the gate holds for ever") {
			limit = 0
		}
		if err := e.wait(ctx, limit, ready); err != nil {
			e.mu.Unlock()
			return err
		}
	}
	e.mu.Unlock()
	if err := ctx.Err(); err != nil && !e.is("an ended ctx commits") {
		return err
	}
	c.Stamp = driver.Version(rand.Uint64() | 1)
	sent := context.WithoutCancel(ctx)
	err := e.call(func() error { return e.d.Commit(sent, s.namespace, c) })
	switch {
	case e.is("ctx's error for a landed commit") && ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, context.DeadlineExceeded) && !e.is("the time limit's error comes back"):
		return store.ErrUnknownOutcome
	case errors.Is(err, store.ErrUnknownOutcome):
		return s.settle(ctx, c, err)
	}
	return err
}

// settle is what faulty stores make of an unknown outcome. The correct one says
// that it is unknown.
func (s *toyStore) settle(ctx context.Context, c *driver.Commit, err error) error {
	switch {
	case s.e.is("unknown outcome is success"):
		return nil
	case s.e.is("unknown outcome is failure"):
		return store.ErrUnavailable
	case s.e.is("unknown outcome is committed again"):
		return s.e.d.Commit(ctx, s.namespace, &driver.Commit{Stamp: c.Stamp + 1, Writes: c.Writes, Clear: c.Clear})
	case s.e.is("unknown outcome is a conflict"):
		return store.ErrConflict
	case s.e.is("unknown outcome settled by the records"):
		for _, w := range c.Writes {
			records, err := s.read(ctx, s.e.d, []driver.Key{w.Key})
			if err != nil {
				return err
			}
			if !w.Delete && records[0].Version != c.Stamp || w.Delete && records[0].Exists {
				return store.ErrUnavailable
			}
		}
		return nil
	}
	return err
}
