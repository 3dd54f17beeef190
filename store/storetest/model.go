package storetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/keyfam/keyfam/store/driver"
)

var modelChecks = []check{
	{name: "T26-model/random-programs", views: true, fn: func(e *env) {
		programs := 0
		rapid.Check(rapidTB{e}, func(t *rapid.T) {
			programs++
			p := &program{t: t, e: e, s: e.s.Namespace("model" + itoa(programs)), stored: contents{}}
			for range rapid.IntRange(1, 8).Draw(t, "steps") {
				p.step()
			}
			p.compare(e.ctx, p.s, p.stored)
		})
	}},
}

// rapidTB adds the methods that rapid needs of a test.
type rapidTB struct{ *env }

func (t rapidTB) Helper()                          { t.t.Helper() }
func (t rapidTB) Name() string                     { return t.t.Name() }
func (t rapidTB) Logf(format string, args ...any)  { t.t.Logf(format, args...) }
func (t rapidTB) Log(args ...any)                  { t.t.Logf("%s", fmt.Sprintln(args...)) }
func (t rapidTB) Error(args ...any)                { t.Errorf("%s", fmt.Sprintln(args...)) }
func (t rapidTB) Fatal(args ...any)                { t.Fatalf("%s", fmt.Sprintln(args...)) }
func (t rapidTB) Fail()                            { t.Errorf("failed") }
func (t rapidTB) Skip(args ...any)                 { t.Fatal(args...) }
func (t rapidTB) Skipf(format string, args ...any) { t.Fatalf(format, args...) }
func (t rapidTB) SkipNow()                         { t.FailNow() }

// contents are the records that the model expects.
type contents map[driver.Key]string

// program runs random steps on a store and on its model, a map.
type program struct {
	t      *rapid.T
	e      *env
	s      root
	stored contents
}

var (
	modelFamilies = []string{"a", "ab", "b"}
	modelIDs      = []string{"1", "12", "13", "2", "\x00", "\xff"}
	modelPrefixes = []string{"", "1", "12", "2", "3", "\xff"}
)

func (p *program) draw(what string, n int) int { return rapid.IntRange(0, n-1).Draw(p.t, what) }

func (p *program) key() driver.Key {
	return driver.Key{Family: rapid.SampledFrom(modelFamilies).Draw(p.t, "family"), ID: rapid.SampledFrom(modelIDs).Draw(p.t, "id")}
}

// step runs one verb of the store, or a transaction.
func (p *program) step() {
	switch p.draw("step", 6) {
	case 0, 1:
		p.verb(p.e.ctx, p.s, p.stored)
	case 2:
		p.must(p.s.View(p.e.ctx, func(ctx context.Context, tx handle) error {
			for range p.draw("reads", 4) + 1 {
				p.read(ctx, tx, p.stored)
			}
			return nil
		}))
	default:
		inside := maps.Clone(p.stored)
		fail := p.draw("fails", 4) == 0
		err := p.s.Transaction(p.e.ctx, rapid.SampledFrom([]string{"", "k"}).Draw(p.t, "label"), func(ctx context.Context, tx handle) error {
			inside = p.transaction(ctx, tx, inside, 0)
			if fail {
				return errOwn
			}
			return nil
		})
		p.ended(err, fail)
		if !fail {
			p.stored = inside
		}
	}
}

// transaction runs verbs and nested transactions on the handle and returns the
// records that the model then expects.
func (p *program) transaction(ctx context.Context, tx handle, inside contents, depth int) contents {
	for range p.draw("verbs", 6) + 1 {
		if depth == 2 || p.draw("nest", 4) > 0 {
			p.verb(ctx, tx, inside)
			continue
		}
		nested := maps.Clone(inside)
		fail := p.draw("nested fails", 3) == 0
		err := tx.Transaction(ctx, rapid.SampledFrom([]string{"", "k", "n"}).Draw(p.t, "label"), func(ctx context.Context, in handle) error {
			nested = p.transaction(ctx, in, nested, depth+1)
			if fail {
				return errOwn
			}
			return nil
		})
		p.ended(err, fail)
		if !fail {
			inside = nested
		}
	}
	p.compare(ctx, tx, inside)
	return inside
}

func (p *program) verb(ctx context.Context, h handle, m contents) {
	switch p.draw("verb", 10) {
	case 0, 1, 2, 3:
		p.set(ctx, h, m)
	case 4:
		if p.draw("clear", 3) == 0 {
			p.must(h.Clear(ctx))
			clear(m)
		}
	case 5:
		p.rewrite(ctx, h, m)
	default:
		p.read(ctx, h, m)
	}
}

func (p *program) set(ctx context.Context, h handle, m contents) {
	var ws []write
	for range p.draw("writes", 5) {
		k := p.key()
		if p.draw("delete", 3) == 0 {
			ws = append(ws, del(k.Family, k.ID))
			delete(m, k)
		} else {
			value := rapid.StringN(0, 3, -1).Draw(p.t, "value")
			ws = append(ws, put(k.Family, k.ID, value))
			m[k] = value
		}
	}
	p.must(h.Set(ctx, ws...))
}

// rewrite overwrites or deletes each record in the loop of a scan.
func (p *program) rewrite(ctx context.Context, h handle, m contents) {
	if !h.InTransaction(ctx) {
		return
	}
	family := rapid.SampledFrom(modelFamilies).Draw(p.t, "family")
	for r, err := range h.Scan(ctx, family, "") {
		p.must(err)
		k := driver.Key{Family: family, ID: r.ID}
		if p.draw("delete", 2) == 0 {
			p.must(h.Set(ctx, del(k.Family, k.ID)))
			delete(m, k)
		} else {
			p.must(h.Set(ctx, put(k.Family, k.ID, "new")))
			m[k] = "new"
		}
	}
}

func (p *program) read(ctx context.Context, h handle, m contents) {
	k := p.key()
	switch p.draw("read", 5) {
	case 0:
		value, ok, err := h.Get(ctx, k.Family, k.ID)
		p.must(err)
		want, has := m[k]
		p.that(ok == has && string(value) == want, "Get %v: %q, %v, want %q, %v", k, value, ok, want, has)
	case 1:
		has, err := h.Has(ctx, k.Family, k.ID)
		p.must(err)
		_, want := m[k]
		p.that(has == want, "Has %v: %v, want %v", k, has, want)
	case 2:
		found, err := h.GetMany(ctx, k.Family, modelIDs...)
		p.must(err)
		for _, id := range modelIDs {
			value, ok := found[id]
			want, has := m[driver.Key{Family: k.Family, ID: id}]
			p.that(ok == has && string(value) == want, "GetMany %s %q: %q, %v, want %q, %v", k.Family, id, value, ok, want, has)
		}
	case 3:
		most := p.draw("most", 4) // 0 is all
		p.scan(ctx, h, m, k.Family, rapid.SampledFrom(modelPrefixes).Draw(p.t, "prefix"), most)
	case 4:
		names, err := h.Families(ctx)
		p.must(err)
		var want []string
		for k := range m {
			want = append(want, k.Family)
		}
		slices.Sort(want)
		want = slices.Compact(want)
		p.that(slices.Equal(names, want), "Families: %q, want %q", names, want)
	}
}

func (p *program) scan(ctx context.Context, h handle, m contents, family, prefix string, most int) {
	var got, want []string
	for r, err := range h.Scan(ctx, family, prefix) {
		p.must(err)
		got = append(got, r.ID+"="+string(r.Value))
		if len(got) == most {
			break
		}
	}
	for _, id := range slices.Sorted(slices.Values(modelIDs)) {
		if value, ok := m[driver.Key{Family: family, ID: id}]; ok && strings.HasPrefix(id, prefix) {
			want = append(want, id+"="+value)
		}
	}
	if most > 0 && len(want) > most {
		want = want[:most]
	}
	p.that(slices.Equal(got, want), "Scan %s %q: %q, want %q", family, prefix, got, want)
}

// compare checks all records.
func (p *program) compare(ctx context.Context, h handle, m contents) {
	for _, family := range modelFamilies {
		p.scan(ctx, h, m, family, "", 0)
	}
}

func (p *program) must(err error) {
	p.that(err == nil, "a program that runs alone failed: %v", err)
}

func (p *program) ended(err error, failed bool) {
	p.that(failed == errors.Is(err, errOwn) && failed == (err != nil), "a transaction ended with %v", err)
}

func (p *program) that(holds bool, format string, args ...any) {
	if !holds {
		p.t.Fatalf(format, args...)
	}
}
