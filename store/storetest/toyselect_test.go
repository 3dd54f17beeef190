package storetest

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
)

// toySelection is a selection of a toyStore or, if tx is set, of a toyTx.
type toySelection struct {
	s       *toyStore
	tx      *toyTx
	family  string
	span    driver.Range
	reverse bool
	limit   int // below zero there is none

	longest int
	bad     bool
}

func (s *toyStore) Select(family string) selection {
	return &toySelection{s: s, family: family, span: toyRange(family, ""), limit: -1}
}

func (tx *toyTx) Select(family string) selection {
	return &toySelection{s: tx.a.s, tx: tx, family: family, span: toyRange(family, ""), limit: -1}
}

func (q *toySelection) is(f fault) bool { return q.s.e.is(f) }

func (q *toySelection) within(r driver.Range, bound string) selection {
	one := *q
	one.span = toyCut(q.span, r)
	if q.is("the last bound counts") {
		one.span = toyCut(toyRange(q.family, ""), r)
	}
	one.longest = max(q.longest, len(bound))
	return &one
}

// toyCut is what two ranges have in common.
func toyCut(a, b driver.Range) driver.Range {
	if b.From.Compare(a.From) > 0 {
		a.From = b.From
	}
	if b.To != (driver.Key{}) && a.Before(b.To) {
		a.To = b.To
	}
	return a
}

func (q *toySelection) Prefix(p string) selection { return q.within(toyRange(q.family, p), p) }
func (q *toySelection) From(id string) selection {
	return q.within(driver.Range{From: key(q.family, id)}, id)
}

func (q *toySelection) After(id string) selection {
	if q.is("After is From") {
		return q.From(id)
	}
	return q.within(driver.Range{From: toyAfter(key(q.family, id))}, id)
}

func (q *toySelection) Before(id string) selection {
	return q.within(driver.Range{To: key(q.family, id)}, id)
}

func (q *toySelection) Until(id string) selection {
	return q.within(driver.Range{To: toyAfter(key(q.family, id))}, id)
}

func (q *toySelection) Reverse() selection {
	one := *q
	one.reverse = !q.reverse
	return &one
}

func (q *toySelection) Limit(n int) selection {
	one := *q
	if n == 0 && q.is("Limit(0) is no limit") {
		return &one
	}
	one.bad = q.bad || n < 0 && !q.is("a negative limit is none")
	if q.limit < 0 || n < q.limit {
		one.limit = n
	}
	return &one
}

// begin checks the arguments of a verb.
func (q *toySelection) begin(ctx context.Context) error {
	switch {
	case ctx == nil:
		return store.ErrInvalid
	case q.tx != nil:
		if err := q.tx.lock(ctx); err != nil {
			return err
		}
		q.tx.a.mu.Unlock()
	default:
		if err := q.s.enter(ctx); err != nil {
			return err
		}
	}
	if err := toyCheckFamily(ctx, q.s, q.family); err != nil {
		return err
	}
	if q.bad {
		return store.ErrInvalid
	}
	if q.longest > q.s.set.MaxIDBytes && !q.is("long ids accepted") {
		return store.ErrTooLarge
	}
	return nil
}

// empty reports whether nothing is selected.
func (q *toySelection) empty() bool { return q.limit == 0 || !q.span.Before(q.span.From) }

// walk yields the records until yield returns false or the limit is reached.
func (q *toySelection) walk(ctx context.Context, keysOnly bool, yield func(id string, value []byte) bool) error {
	if err := q.begin(ctx); err != nil || q.empty() {
		return err
	}
	left := q.limit
	each := func(id string, value []byte) bool {
		left--
		return yield(id, value) && left != 0
	}
	if q.tx != nil {
		return q.walkTx(ctx, keysOnly, each)
	}
	query := driver.Query{Range: q.span, Limit: 32, Reverse: q.reverse, KeysOnly: keysOnly && !q.is("IDs read values")}
	for {
		page, err := q.s.query(ctx, q.s.d, query)
		if err != nil {
			return err
		}
		for _, row := range page.Rows {
			if !each(row.Key.ID, toyCopy(row.Value)) {
				if q.is("stopped scans read on") {
					_, _ = q.s.query(ctx, q.s.d, query)
				}
				return nil
			}
		}
		if !page.More {
			return nil
		}
		query.Range = query.Rest(&page)
		if q.reverse && q.is("reverse loses a record between pages") {
			if page, err = q.s.query(ctx, q.s.d, driver.Query{Range: query.Range, Limit: 1, Reverse: true}); err == nil && page.More {
				query.Range = driver.Query{Range: query.Range, Reverse: true}.Rest(&page)
			}
		}
	}
}

func (s *toyStore) query(ctx context.Context, from driver.Reader, q driver.Query) (page driver.Page, err error) {
	err = s.e.called(ctx, store.OpDriverScan, func(ctx context.Context) error {
		page, err = from.Scan(ctx, s.namespace, q)
		return err
	})
	for _, row := range page.Rows {
		if err == nil && !q.Range.Contains(row.Key) {
			err = store.ErrUnavailable // a walk might not end
		}
	}
	return page, err
}

func (q *toySelection) All(ctx context.Context) store.Records {
	return func(yield func(store.Record, error) bool) {
		err := q.walk(ctx, false, func(id string, value []byte) bool { return yield(store.Record{ID: id, Value: value}, nil) })
		if err != nil {
			yield(store.Record{}, q.s.fail("scan", q.family, err))
		}
	}
}

func (q *toySelection) IDs(ctx context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		err := q.walk(ctx, true, func(id string, _ []byte) bool { return yield(id, nil) })
		if err != nil {
			yield("", q.s.fail("scan", q.family, err))
		}
	}
}

func (q *toySelection) First(ctx context.Context) (first store.Record, ok bool, err error) {
	err = q.Limit(1).(*toySelection).walk(ctx, false, func(id string, value []byte) bool {
		first, ok = store.Record{ID: id, Value: value}, true
		return false
	})
	return first, ok, q.s.fail("first", q.family, err)
}

func (q *toySelection) Last(ctx context.Context) (last store.Record, ok bool, err error) {
	if q.limit < 0 || q.is("Last forgets the limit") {
		one := q.Reverse().(*toySelection)
		one.limit = -1
		return one.First(ctx)
	}
	err = q.walk(ctx, false, func(id string, value []byte) bool {
		last, ok = store.Record{ID: id, Value: value}, true
		return true
	})
	return last, ok, q.s.fail("last", q.family, err)
}

func (q *toySelection) Count(ctx context.Context) (n int, err error) {
	if err := q.begin(ctx); err != nil || q.empty() {
		return 0, q.s.fail("count", q.family, err)
	}
	err = store.ErrUnsupported
	if q.limit < 0 && !q.is("Count reads the ids") {
		n, err = q.countRange(ctx)
	}
	if errors.Is(err, store.ErrUnsupported) {
		n = 0
		err = q.walk(ctx, true, func(string, []byte) bool { n++; return true })
	}
	return n, q.s.fail("count", q.family, err)
}

func (q *toySelection) DeleteAll(ctx context.Context) (n int, err error) {
	if q.tx != nil {
		n, err = q.deleteTx(ctx)
		return n, q.s.fail("delete all", q.family, err)
	}
	if err := q.begin(ctx); err != nil {
		return 0, q.s.fail("delete all", q.family, err)
	}
	if q.is("DeleteAll is a commit for each record") {
		for id, err := range q.IDs(ctx) {
			if err != nil {
				return n, err
			}
			if err := q.s.Set(ctx, del(q.family, id)); err != nil {
				return n, err
			}
			n++
		}
		return n, nil
	}
	if q.is("DeleteAll counts before its commit") && q.limit < 0 {
		if n, err = q.Count(ctx); err == nil && n > 0 {
			err = q.Drop(ctx)
		}
		return n, err
	}
	err = q.s.transaction(ctx, "delete all", store.TxOptions{}, func(ctx context.Context, tx handle) (err error) {
		inside := *q
		inside.tx = tx.(*toyTx)
		n, err = inside.deleteTx(ctx)
		return err
	})
	if err != nil {
		n = 0
	}
	return n, q.s.fail("delete all", q.family, err)
}

func (q *toySelection) Drop(ctx context.Context) error {
	if err := q.begin(ctx); err != nil {
		return q.s.fail("drop", q.family, err)
	}
	if q.limit > 0 && !q.is("Drop forgets the limit") {
		return q.s.fail("drop", q.family, store.ErrInvalid)
	}
	if q.is("Drop reads") {
		_, _, _ = q.First(ctx)
	}
	if q.tx != nil {
		return q.s.fail("drop", q.family, q.dropTx(ctx))
	}
	if q.empty() {
		return nil
	}
	return q.s.fail("drop", q.family, q.s.commit(ctx, &driver.Commit{Deletes: []driver.Range{q.span}}, nil))
}

// A cursor of the toy is what the selection is, and the last id, each behind a
// zero byte; of a limit it has the rest.
func (q *toySelection) Page(ctx context.Context, cursor string, n int) (page store.Page, err error) {
	if err := q.begin(ctx); err != nil {
		return page, q.s.fail("page", q.family, err)
	}
	rest, passed := *q, 0
	if cursor != "" {
		if passed, err = rest.behind(cursor); err != nil {
			return page, q.s.fail("page", q.family, err)
		}
	}
	if n <= 0 {
		return page, q.s.fail("page", q.family, store.ErrInvalid)
	}
	more, at := false, 0
	err = rest.Limit(n+1+rest.skipped(passed)).(*toySelection).walk(ctx, false, func(id string, value []byte) bool {
		if at++; at <= rest.skipped(passed) {
			return true
		}
		if more = len(page.Records) == n; !more {
			page.Records = append(page.Records, store.Record{ID: id, Value: value})
		}
		return true
	})
	if err == nil && more {
		head := q.head(passed + n)
		page.Next = base64.RawURLEncoding.EncodeToString([]byte(head + page.Records[n-1].ID))
	}
	return page, q.s.fail("page", q.family, err)
}

// skipped is the records to pass by, in a store whose cursors are numbers.
func (q *toySelection) skipped(passed int) int {
	if q.is("a cursor is a number of records") {
		return passed
	}
	return 0
}

func (q *toySelection) head(passed int) string {
	made := fmt.Sprint(q.family, q.span, q.reverse, q.limit)
	if q.is("any cursor will do") {
		made = ""
	}
	return fmt.Sprintf("%d|%s|%d|", len(made), made, passed)
}

// behind narrows the selection to what lies behind a cursor.
func (q *toySelection) behind(cursor string) (passed int, err error) {
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return 0, store.ErrInvalid
	}
	head, _, _ := strings.Cut(q.head(0), "|0|")
	rest, ok := bytes.CutPrefix(b, []byte(head+"|"))
	number, id, found := bytes.Cut(rest, []byte("|"))
	if _, err := fmt.Sscan(string(number), &passed); !ok || !found || err != nil || len(id) == 0 {
		return 0, store.ErrInvalid
	}
	if q.limit >= 0 && !q.is("a limit begins anew on each page") {
		q.limit = max(q.limit-passed, 0)
	}
	if q.is("a cursor is a number of records") {
		return passed, nil
	}
	at := key(q.family, string(id))
	span := driver.Range{From: toyAfter(at)}
	if q.reverse {
		span = driver.Range{To: at}
	}
	if q.is("a cursor leads out of the selection") {
		q.span = toyRange(q.family, "")
	}
	q.span = toyCut(q.span, span)
	return passed, nil
}
