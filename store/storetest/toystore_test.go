package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/keyfam/keyfam/internal/reserved"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
)

// toyStore is a correct store unless it has a fault.
type toyStore struct {
	e         *toyEngine
	d         driver.Driver // the store's own way to the backend
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

func toyFamily(name string) bool {
	const letters, others = "abcdefghijklmnopqrstuvwxyz", "0123456789-"
	return name != "" && len(name) <= 64 && strings.Contains(letters, name[:1]) && strings.Trim(name, letters+others) == ""
}

func toyCheckFamily(ctx context.Context, s *toyStore, family string) error {
	if toyFamily(family) || s.e.is("any family name accepted") && family != "" {
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

// Format prints what s is.
func (s *toyStore) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprint(f, "toy store")
	if s.e.is("a handle tells the namespace") {
		_, _ = fmt.Fprint(f, " of ", s.namespace)
	}
}

// told returns an error with the id if that is the fault.
func (s *toyStore) told(err error, id string) error {
	if s.e.is("error tells the id") {
		return fmt.Errorf("%w: %s", err, id)
	}
	if s.e.is("error tells the namespace") {
		return fmt.Errorf("%w: in %s", err, s.namespace)
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
	err := s.e.called(ctx, store.OpDriverRead, func(ctx context.Context) error { return from.Read(ctx, s.namespace, keys, into) })
	return into, err
}

func (s *toyStore) page(ctx context.Context, from driver.Reader, r driver.Range, limit int) (page driver.Page, err error) {
	err = s.e.called(ctx, store.OpDriverScan, func(ctx context.Context) error {
		page, err = from.Scan(ctx, s.namespace, driver.Query{Range: r, Limit: limit})
		return err
	})
	return page, err
}

// own returns bytes that the caller may keep and change.
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
	records, err := s.read(ctx, s.d, keys)
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
	if most := s.d.Info().Limits.ReadKeys; most > 0 && len(ids) > most {
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
			if page, err = s.page(ctx, s.d, r, limit); err != nil {
				break
			}
			for _, row := range page.Rows {
				if !yield(store.Record{ID: row.Key.ID, Value: s.own(driver.Record{Value: row.Value, Shared: row.Shared})}, nil) {
					if s.e.is("stopped scans read on") {
						_, _ = s.page(ctx, s.d, r, limit)
					}
					return
				}
			}
			if !page.More {
				return
			}
			r.From = toyAfter(page.Rows[len(page.Rows)-1].Key)
			if s.e.is("a scan loses a row between pages") {
				next := r.From.ID[:len(r.From.ID)-2] + ":"
				r.From.ID = max(r.From.ID, next) // never back, where it would go on for ever
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
	from := driver.Visible.From
	if s.e.is("the store's families listed") {
		from = driver.Key{}
	}
	for {
		page, err := s.page(ctx, s.d, driver.Range{From: from}, 1)
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
	lister, ok := toyPower[driver.NamespaceLister](s)
	if !ok {
		return nil, s.fail("namespaces", "", store.ErrUnsupported)
	}
	for from := ""; ; from = names[len(names)-1] + "\x00" {
		var page []string
		err := s.e.called(ctx, store.OpDriverNamespaces, func(ctx context.Context) error {
			page, err = lister.Namespaces(ctx, from, 1000)
			return err
		})
		if errors.Is(err, store.ErrUnsupported) && s.e.is("Namespaces pretends") {
			return nil, nil
		}
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

func (s *toyStore) Close() error { return s.e.close(s.d) }

func (s *toyStore) InTransaction(ctx context.Context) bool {
	switch {
	case s.e.is("InTransaction is false inside"), s.e.is("InTransaction goes by the handle"):
		return false
	case s.e.is("InTransaction is true outside"):
		return true
	}
	for m := toyChain(ctx); m != nil; m = m.outer {
		a := m.attempt
		if a.s.e == s.e && (a.s.namespace == s.namespace || s.e.is("InTransaction forgets the namespace")) &&
			(!a.ended() || s.e.is("InTransaction outlives the callback")) {
			return true
		}
		if s.e.is("InTransaction sees only the innermost") {
			return false
		}
	}
	return false
}
