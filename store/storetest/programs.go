package storetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
)

var programChecks = []check{
	{name: "T34-programs/equal-to-a-serial-run", views: true, fn: func(e *env) { e.programs(false) }},
	{name: "T34-programs/with-short-pages-and-no-powers", views: true, fn: func(e *env) { e.programs(true) }},
}

// programs runs random transactions, one after the other. Inside of each an
// adversary commits between two steps and before the commit. A transaction that
// commits must have read and written what the same program reads and writes when
// it runs alone on the records at its commit.
func (e *env) programs(bare bool) {
	all := seed()
	n := 300
	switch {
	case e.suite.small:
		n = 100
	case soak:
		n = 20_000
	}
	if bare {
		e.wire.hideCounter = true
		e.wire.pageRows = func() int { return 1 + rand.IntN(2) }
	}
	stored := contents{}
	for i := range n {
		p := &serial{e: e, r: random(all, "program "+itoa(i)), stored: stored}
		if wrong := p.run(); wrong != "" {
			e.Fatalf("program %d of -storetest.seed=%d: %s", i, all, wrong)
		}
		stored = p.stored
	}
}

// serial is one random program with its adversary. stored is what is committed.
type serial struct {
	e        *env
	r        *rand.Rand
	stored   contents
	states   []contents // what was committed since the program began, the last of all included
	left     int        // commits that the adversary may still make
	lastSeen []string   // what the last attempt has seen
	history  []string   // what the adversary did, for a failure
}

// run returns what went wrong.
func (p *serial) run() string {
	body := drawBody(p.r, 0)
	kind := p.r.IntN(8)
	p.left, p.states = p.r.IntN(5), []contents{maps.Clone(p.stored)}
	runs, wrote, fails := 0, false, p.r.IntN(8) == 0
	fn := func(ctx context.Context, tx handle) error {
		runs++
		wrote = false
		run := &onStore{p: p, ctx: ctx, readOnly: kind == 0}
		err := run.body(ctx, tx, body)
		p.lastSeen = run.seen
		if err == nil && fails {
			err = errOwn
		}
		return err
	}
	p.e.wire.on(func(c call, next func(context.Context) error) error {
		if c.kind == writing || c.kind == checking {
			p.adversary()
		}
		err := next(c.ctx)
		wrote = wrote || c.kind == writing && err == nil
		return err
	})
	var err error
	if kind == 0 {
		err = p.e.s.View(p.e.ctx, fn)
	} else {
		err = p.e.s.Transaction(p.e.ctx, "", fn)
	}
	p.e.wire.on(nil)
	if fails != errors.Is(err, errOwn) || !fails && err != nil {
		return fmt.Sprintf("ended with %v after %d runs\n%s", err, runs, bodyText(body, 0))
	}
	return p.judge(body, kind == 0, fails, wrote)
}

// judge compares the last attempt with a run on a model. A program that wrote
// nothing may have seen any of the states.
func (p *serial) judge(body []action, readOnly, failed, wrote bool) string {
	candidates := p.states
	if wrote {
		candidates = p.states[len(p.states)-1:]
	}
	for i := len(candidates) - 1; i >= 0; i-- {
		m := &onModel{now: maps.Clone(candidates[i]), readOnly: readOnly}
		_ = m.body(body)
		if !slices.Equal(m.seen, p.lastSeen) || !wrote && !failed && !maps.Equal(m.now, candidates[i]) {
			continue
		}
		if wrote {
			p.stored = m.now
		}
		return p.compare(body)
	}
	m := &onModel{now: maps.Clone(p.stored), readOnly: readOnly}
	_ = m.body(body)
	return fmt.Sprintf("%s\nit saw\n  %s\nbut alone at its commit it would see\n  %s\nrecords at its begin: %v\nrecords at its commit: %v\nadversary: %s",
		bodyText(body, 0), strings.Join(p.lastSeen, "\n  "), strings.Join(m.seen, "\n  "), p.states[0], p.stored, strings.Join(p.history, "; "))
}

// compare looks at every record.
func (p *serial) compare(body []action) string {
	got := contents{}
	for _, family := range programFamilies {
		for r, err := range p.e.s.Scan(p.e.ctx, family, "") {
			p.e.ok(err, "Scan")
			got[key(family, r.ID)] = string(r.Value)
		}
	}
	if !maps.Equal(got, p.stored) {
		return fmt.Sprintf("%s\nit left %v\nwant %v\nrecords at its begin: %v\nadversary: %s",
			bodyText(body, 0), got, p.stored, p.states[0], strings.Join(p.history, "; "))
	}
	return ""
}

// adversary commits now and then, past the store.
func (p *serial) adversary() {
	if p.left == 0 || p.r.IntN(3) > 0 {
		return
	}
	p.left--
	c := driver.Commit{Stamp: driver.Version(rand.Uint64() | 1)}
	if p.r.IntN(3) == 0 {
		c.Deletes = []driver.Range{drawRange(p.r)}
	}
	writes := map[driver.Key]driver.Write{}
	for range 1 + p.r.IntN(2) {
		k := drawKey(p.r)
		writes[k] = driver.Write{Key: k, Value: drawValue(p.r), Delete: p.r.IntN(3) == 0}
	}
	for _, k := range slices.SortedFunc(maps.Keys(writes), driver.Key.Compare) {
		c.Writes = append(c.Writes, writes[k])
	}
	p.e.ok(p.e.wire.inner.Commit(p.e.ctx, "", &c), "a commit of the adversary")
	p.history = append(p.history, fmt.Sprintf("after %d steps: delete %v, write %v", len(p.lastSeen), c.Deletes, c.Writes))
	p.stored = maps.Clone(p.stored)
	for _, r := range c.Deletes {
		maps.DeleteFunc(p.stored, func(k driver.Key, _ string) bool { return r.Contains(k) })
	}
	for _, w := range c.Writes {
		if w.Delete {
			delete(p.stored, w.Key)
		} else {
			p.stored[w.Key] = string(w.Value)
		}
	}
	p.states = append(p.states, p.stored)
}

// onStore runs a program on a store.
type onStore struct {
	p        *serial
	ctx      context.Context
	readOnly bool
	seen     []string
}

// saw notes an answer and lets the adversary in. Its error ends the attempt.
func (o *onStore) saw(err error, format string, args ...any) error {
	if err != nil {
		return err
	}
	o.seen = append(o.seen, fmt.Sprintf(format, args...))
	o.p.lastSeen = o.seen
	o.p.adversary()
	return nil
}

func (o *onStore) body(ctx context.Context, tx handle, body []action) error {
	for i := range body {
		if err := o.one(ctx, tx, &body[i]); err != nil {
			return err
		}
	}
	return nil
}

func (o *onStore) one(ctx context.Context, tx handle, a *action) error {
	if a.writes() && o.readOnly {
		return nil
	}
	s := a.narrow.of(tx.Select(a.family))
	switch a.kind {
	case doGet:
		value, ok, err := tx.Get(ctx, a.family, a.id)
		return o.saw(err, "get %q %v", value, ok)
	case doMany:
		found, err := tx.GetMany(ctx, a.family, programIDs...)
		return o.saw(err, "many %q", shown(found))
	case doPut:
		return o.saw(tx.Set(ctx, put(a.family, a.id, a.value)), "put")
	case doDelete:
		return o.saw(tx.Set(ctx, del(a.family, a.id)), "delete")
	case doClear:
		return o.saw(tx.Clear(ctx), "clear")
	case doFirst:
		r, ok, err := s.First(ctx)
		return o.saw(err, "first %q=%q %v", r.ID, r.Value, ok)
	case doLast:
		r, ok, err := s.Last(ctx)
		return o.saw(err, "last %q=%q %v", r.ID, r.Value, ok)
	case doTakeFirst:
		r, ok, err := s.First(ctx)
		if err = o.saw(err, "take %q=%q %v", r.ID, r.Value, ok); err != nil || !ok {
			return err
		}
		return o.saw(tx.Set(ctx, del(a.family, r.ID)), "taken")
	case doCount:
		n, err := s.Count(ctx)
		return o.saw(err, "count %d", n)
	case doDeleteAll:
		n, err := s.DeleteAll(ctx)
		return o.saw(err, "deleted %d", n)
	case doDrop:
		return o.saw(s.Drop(ctx), "drop")
	case doPages:
		return o.pages(ctx, s, a)
	case doIDs, doAll:
		return o.walk(ctx, tx, s, a)
	case doFamilies:
		names, err := tx.Families(ctx)
		return o.saw(err, "families %q", names)
	}
	return o.nest(ctx, tx, a)
}

func (o *onStore) pages(ctx context.Context, s selection, a *action) error {
	cursor := ""
	for range 20 {
		page, err := s.Page(ctx, cursor, a.n)
		if err := o.saw(err, "page %q more %v", recordsText(page.Records), page.Next != ""); err != nil {
			return err
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	return nil
}

// walk runs the body for each record, until the n-th.
func (o *onStore) walk(ctx context.Context, tx handle, s selection, a *action) error {
	each := func(what string) (stop bool, err error) {
		if err := o.saw(nil, "at %s", what); err != nil {
			return true, err
		}
		return false, o.body(ctx, tx, a.inner)
	}
	n := 0
	if a.kind == doIDs {
		for id, err := range s.IDs(ctx) {
			if err == nil {
				_, err = each(fmt.Sprintf("%q", id))
			}
			if err != nil {
				return err
			}
			if n++; n == a.n {
				break
			}
		}
	} else {
		for r, err := range s.All(ctx) {
			if err == nil {
				_, err = each(fmt.Sprintf("%q=%q", r.ID, r.Value))
			}
			if err != nil {
				return err
			}
			if n++; n == a.n {
				break
			}
		}
	}
	return o.saw(nil, "end")
}

func (o *onStore) nest(ctx context.Context, tx handle, a *action) error {
	err := tx.Transaction(ctx, "", func(ctx context.Context, in handle) error {
		if err := o.body(ctx, in, a.inner); err != nil {
			return err
		}
		if a.fails {
			return errOwn
		}
		return nil
	})
	if errors.Is(err, errOwn) {
		return o.saw(nil, "undone")
	}
	return o.saw(err, "joined")
}

func shown(found map[string][]byte) (text []string) {
	for _, id := range slices.Sorted(maps.Keys(found)) {
		text = append(text, id+"="+string(found[id]))
	}
	return text
}

func recordsText(records []store.Record) (text []string) {
	for _, r := range records {
		text = append(text, r.ID+"="+string(r.Value))
	}
	return text
}
