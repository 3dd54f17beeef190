package storetest

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/keyfam/keyfam/store/driver"
)

// action is one step of a random program.
type action struct {
	kind   actionKind
	family string
	id     string
	value  string
	narrow narrowing
	n      int      // of a walk: the record to stop at, 0 for none; of pages: their size
	inner  []action // of a walk: for each record; of a nested transaction
	fails  bool     // of a nested transaction
}

type actionKind int

const (
	doGet actionKind = iota
	doMany
	doPut
	doDelete
	doClear
	doFirst
	doLast
	doTakeFirst
	doCount
	doDeleteAll
	doDrop
	doPages
	doIDs
	doAll
	doFamilies
	doNest
)

var actionNames = []string{
	"get", "many", "put", "delete", "clear", "first", "last", "take first", "count", "delete all", "drop", "pages", "ids", "all",
	"families", "nest",
}

func (a *action) writes() bool {
	switch a.kind {
	case doPut, doDelete, doClear, doTakeFirst, doDeleteAll, doDrop, doNest:
		return true
	}
	return false
}

var (
	programFamilies = []string{"a", "b"}
	programIDs      = []string{"1", "11", "12", "2", "3", "4", "\xff", "\xff1"}
	programBounds   = []string{"\x00", "1", "10", "11", "12", "2", "21", "3", "4", "5", "\xfe", "\xff", "\xff\xff"}
)

func drawOne(r *rand.Rand, of []string) string { return of[r.IntN(len(of))] }

func drawKey(r *rand.Rand) driver.Key {
	return key(drawOne(r, programFamilies), drawOne(r, programIDs))
}

// drawValue mostly differs from all others, and sometimes not.
func drawValue(r *rand.Rand) []byte {
	if r.IntN(4) == 0 {
		return []byte("same")
	}
	return fmt.Appendf(nil, "%x", r.Uint32())
}

// drawRange is a range of records to delete, of any families.
func drawRange(r *rand.Rand) driver.Range {
	for {
		span := driver.Range{From: drawKey(r), To: drawKey(r)}
		switch r.IntN(6) {
		case 0:
			span.To = driver.Key{}
		case 1:
			span = driver.Range{From: driver.Key{Family: span.From.Family}, To: driver.FamilyEnd(span.From.Family)}
		}
		if span.Before(span.From) {
			return span
		}
	}
}

func drawNarrowing(r *rand.Rand, mayLimit bool) (n narrowing) {
	for range r.IntN(4) {
		one := narrowStep{by: narrowBy(r.IntN(int(byLimit) + 1)), bound: drawOne(r, programBounds), limit: r.IntN(5)}
		if one.by == byLimit && (!mayLimit || one.limit == 0 && r.IntN(4) > 0) {
			one.by = byReverse
		}
		n = append(n, one)
	}
	return n
}

func drawBody(r *rand.Rand, depth int) (body []action) {
	most := []int{7, 4, 3, 2}[depth]
	for range 1 + r.IntN(most) {
		body = append(body, drawAction(r, depth))
	}
	return body
}

func drawAction(r *rand.Rand, depth int) action {
	k := drawKey(r)
	a := action{family: k.Family, id: k.ID, value: string(drawValue(r)), n: r.IntN(4)}
	kinds := []actionKind{
		doGet, doGet, doMany, doPut, doPut, doPut, doDelete, doFirst, doLast, doTakeFirst, doCount, doCount, doDeleteAll, doDeleteAll,
		doDrop, doDrop, doPages, doIDs, doAll, doAll, doNest, doNest, doFamilies,
	}
	if a.kind = kinds[r.IntN(len(kinds))]; r.IntN(60) == 0 {
		a.kind = doClear
	}
	a.narrow = drawNarrowing(r, a.kind != doDrop)
	switch a.kind {
	case doNest:
		a.fails = r.IntN(2) == 0
		if depth < 3 {
			a.inner = drawBody(r, depth+1)
		}
	case doIDs, doAll:
		if depth < 3 && r.IntN(2) == 0 {
			a.inner = drawBody(r, depth+1)
		}
	case doPages:
		a.n = 1 + r.IntN(3)
	}
	return a
}

// bodyText is a program to read.
func bodyText(body []action, depth int) string {
	var b strings.Builder
	for i := range body {
		a := &body[i]
		fmt.Fprintf(&b, "%s%s %s %q", strings.Repeat("  ", depth), actionNames[a.kind], a.family, a.id)
		for _, one := range a.narrow {
			name := []string{"prefix", "from", "after", "before", "until", "reverse", "limit"}[one.by]
			fmt.Fprintf(&b, " .%s(%q %d)", name, one.bound, one.limit)
		}
		fmt.Fprintf(&b, " n=%d fails=%v\n%s", a.n, a.fails, bodyText(a.inner, depth+1))
	}
	return b.String()
}
