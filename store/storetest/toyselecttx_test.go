package storetest

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
)

// walkTx reads one record at a time, so that it has read up to the last record
// that it yields and no further.
func (q *toySelection) walkTx(ctx context.Context, keysOnly bool, yield func(id string, value []byte) bool) error {
	for r := q.span; r.Before(r.From); {
		if err := q.tx.lock(ctx); err != nil {
			return err
		}
		a := q.tx.a
		k, value, ok, err := q.next(ctx, a, r, keysOnly)
		a.mu.Unlock()
		if err != nil || !ok {
			return err
		}
		if !yield(k.ID, toyCopy(value)) {
			return q.stopped(ctx, a, r, k)
		}
		r = q.behindKey(r, k)
	}
	return nil
}

func (q *toySelection) behindKey(r driver.Range, k driver.Key) driver.Range {
	if q.reverse {
		return driver.Range{From: r.From, To: k}
	}
	return driver.Range{From: toyAfter(k), To: r.To}
}

// next is the first record of a range, of the backend's or the attempt's own.
func (q *toySelection) next(ctx context.Context, a *toyAttempt, r driver.Range, keysOnly bool) (k driver.Key, value []byte, ok bool, err error) {
	for {
		own, w, found := q.nextOwn(a, r)
		gap := r
		if found {
			gap = toyCut(r, driver.Range{To: own})
			if q.reverse {
				gap = toyCut(r, driver.Range{From: toyAfter(own)})
			}
		}
		pieces := toyMinus(gap, a.allRemoved())
		if q.is("own removed ranges are read") {
			pieces = []driver.Range{gap}
		}
		if q.reverse {
			slices.Reverse(pieces)
		}
		for _, piece := range pieces {
			for piece.Before(piece.From) {
				query := driver.Query{Range: piece, Limit: 1, Reverse: q.reverse, KeysOnly: keysOnly && !q.is("IDs read values")}
				page, err := a.s.query(ctx, a.reader, query)
				if err == nil {
					a.notePage(query, page)
				}
				if err := a.noted(ctx, err); err != nil {
					return k, nil, false, err
				}
				if len(page.Rows) == 0 {
					break
				}
				k = page.Rows[0].Key
				if !toyContains(a.allRemoved(), k) {
					return k, page.Rows[0].Value, true, nil
				}
				piece = q.behindKey(piece, k)
			}
		}
		if !found {
			return k, nil, false, nil
		}
		if !w.Delete {
			return own, w.Value, true, nil
		}
		r = q.behindKey(r, own)
		if !r.Before(r.From) {
			return k, nil, false, nil
		}
	}
}

// nextOwn is the first own write of a range.
func (q *toySelection) nextOwn(a *toyAttempt, r driver.Range) (k driver.Key, w driver.Write, ok bool) {
	if q.is("selections do not see own writes") {
		return k, w, false
	}
	for own, one := range a.writes {
		if r.Contains(own) && (!ok || q.reverse == (own.Compare(k) > 0)) {
			k, w, ok = own, one, true
		}
	}
	return k, w, ok
}

func (a *toyAttempt) notePage(q driver.Query, page driver.Page) {
	c := driver.RangeCheck{Range: q.Covered(&page), Count: len(page.Rows)}
	for _, row := range page.Rows {
		c.Sum += row.Version
	}
	if !a.s.e.is("scans not validated") {
		a.ranges = append(a.ranges, c)
	}
}

// stopped is called when the walk ends at a record.
func (q *toySelection) stopped(ctx context.Context, a *toyAttempt, r driver.Range, k driver.Key) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	edge := !q.reverse && q.is("the edge of a scan is not checked") || q.reverse && q.is("the edge of a scan in reverse is not checked")
	if edge && len(a.ranges) > 0 {
		a.ranges = a.ranges[:len(a.ranges)-1]
	}
	if rest := q.behindKey(r, k); q.is("a stopped scan checks its whole page") && rest.Before(rest.From) && !a.over {
		query := driver.Query{Range: rest, Limit: 32, Reverse: q.reverse}
		page, err := a.s.query(ctx, a.reader, query)
		if err == nil {
			a.notePage(query, page)
		}
		return a.noted(ctx, err)
	}
	return nil
}

// countRange asks the backend, unless the attempt has changed the range.
func (q *toySelection) countRange(ctx context.Context) (n int, err error) {
	var from driver.Counter
	var ok bool
	if q.tx == nil {
		from, ok = toyPower[driver.Counter](q.s)
	} else {
		if err := q.tx.lock(ctx); err != nil {
			return 0, err
		}
		defer q.tx.a.mu.Unlock()
		from, ok = q.counterTx()
	}
	if !ok {
		return 0, store.ErrUnsupported
	}
	var counted driver.Counted
	err = q.s.e.called(ctx, store.OpDriverCount, func(ctx context.Context) error {
		counted, err = from.Count(ctx, q.s.namespace, q.span)
		return err
	})
	if q.tx == nil || errors.Is(err, store.ErrUnsupported) {
		return counted.Records, err
	}
	if err == nil && !q.is("a count is not checked") && !q.is("scans not validated") {
		a := q.tx.a
		a.ranges = append(a.ranges, driver.RangeCheck{Range: q.span, Count: counted.Records, CountOnly: true})
	}
	return counted.Records, q.tx.a.noted(ctx, err)
}

func (q *toySelection) counterTx() (driver.Counter, bool) {
	a := q.tx.a
	if !q.is("a count forgets own writes") {
		for k := range a.writes {
			if q.span.Contains(k) {
				return nil, false
			}
		}
		if pieces := toyMinus(q.span, a.allRemoved()); len(pieces) != 1 || pieces[0] != q.span {
			return nil, false
		}
	}
	if a.snapshot {
		c, ok := driver.CounterOf(a.reader)
		return c, ok
	}
	return toyPower[driver.Counter](q.s)
}

func (q *toySelection) deleteTx(ctx context.Context) (n int, err error) {
	if err := q.tx.lockWrite(ctx); err != nil {
		return 0, err
	}
	q.tx.a.mu.Unlock()
	if err := q.begin(ctx); err != nil {
		return 0, err
	}
	if q.limit < 0 {
		if n, err = q.Count(ctx); err == nil && n > 0 {
			err = q.dropTx(ctx)
		}
		return n, err
	}
	var ws []write
	err = q.walk(ctx, true, func(id string, _ []byte) bool { ws = append(ws, del(q.family, id)); return true })
	if err != nil || len(ws) == 0 {
		return 0, err
	}
	if q.is("DeleteAll that is too large has begun") {
		for _, w := range ws {
			if err := q.tx.Set(ctx, w); err != nil {
				return 0, err
			}
		}
	}
	if err := q.tx.Set(ctx, ws...); err != nil {
		return 0, err
	}
	return len(ws), nil
}

func (q *toySelection) dropTx(ctx context.Context) error {
	if err := q.tx.lockWrite(ctx); err != nil {
		return err
	}
	a := q.tx.a
	defer a.mu.Unlock()
	if q.empty() {
		return nil
	}
	if !q.is("a removal leaves earlier writes") {
		maps.DeleteFunc(a.writes, func(k driver.Key, _ driver.Write) bool { return q.span.Contains(k) })
	}
	a.removed = append(slices.Clip(a.removed), q.span)
	return nil
}

// allRemoved is every range that the attempt has removed.
func (a *toyAttempt) allRemoved() []driver.Range {
	if a.cleared {
		return append(driver.ClearRanges(), a.removed...)
	}
	return a.removed
}

func toyContains(ranges []driver.Range, k driver.Key) bool {
	return slices.ContainsFunc(ranges, func(r driver.Range) bool { return r.Contains(k) })
}

// toyMinus is what is left of a range without others, ascending.
func toyMinus(r driver.Range, others []driver.Range) []driver.Range {
	left := []driver.Range{r}
	for _, one := range others {
		var next []driver.Range
		for _, piece := range left {
			below, above := toyCut(piece, driver.Range{To: one.From}), driver.Range{}
			if one.To != (driver.Key{}) {
				above = toyCut(piece, driver.Range{From: one.To})
			}
			if !piece.Before(one.From) { // it lies below
				next = append(next, piece)
				continue
			}
			if below.Before(below.From) {
				next = append(next, below)
			}
			if one.To != (driver.Key{}) && above.Before(above.From) {
				next = append(next, above)
			}
		}
		left = next
	}
	return left
}

// toyUnion is the same ranges, ascending and apart.
func toyUnion(ranges []driver.Range) (all []driver.Range) {
	ranges = slices.Clone(ranges)
	slices.SortFunc(ranges, func(a, b driver.Range) int { return a.From.Compare(b.From) })
	for _, r := range ranges {
		if n := len(all); n > 0 && (all[n-1].To == driver.Key{} || all[n-1].To.Compare(r.From) >= 0) {
			if last := all[n-1].To; last != (driver.Key{}) && (r.To == driver.Key{} || r.To.Compare(last) > 0) {
				all[n-1].To = r.To
			}
			continue
		}
		all = append(all, r)
	}
	return all
}

// Count is the power of the toy's backend.
func (d *toyDriver) Count(ctx context.Context, namespace string, r driver.Range) (driver.Counted, error) {
	if err := ctx.Err(); err != nil {
		return driver.Counted{}, d.say(err, r.From)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.counted(d.order(d.space(namespace)), r), nil
}

func (d *toyDriver) counted(order []driver.Key, r driver.Range) driver.Counted {
	if d.is("Count passes the end of the range") {
		r.To = driver.Key{}
	}
	return driver.Counted{Records: len(in(r, order))}
}

// Count is the power of a snapshot.
func (s *toySnapshot) Count(ctx context.Context, namespace string, r driver.Range) (driver.Counted, error) {
	if s.d.is("snapshot is live") || s.d.is("snapshot scans live") {
		return s.d.Count(ctx, namespace, r)
	}
	return s.d.counted(s.order, r), nil
}
