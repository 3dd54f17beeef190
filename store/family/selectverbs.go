package family

import (
	"context"
	"iter"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family/codec"
)

// All yields the selected records.
//
// In a transaction the body of the loop may write: what it writes behind the
// current record is not yielded, what it writes ahead is. Outside, each page of
// records that is read is of one point in time, and all of them together only in
// a view or a transaction.
//
// Errors: [store.ErrCorrupt] for a record that does not decode, with its id if
// that can be read; the loop may go on. Any other error ends the loop.
func (s Selection[I, V]) All(ctx context.Context) iter.Seq2[Entry[I, V], error] {
	return func(yield func(Entry[I, V], error) bool) { all(ctx, s, yield) }
}

func all[I ID, V any](ctx context.Context, s Selection[I, V], yield func(Entry[I, V], error) bool) {
	if err := mistake(s, "scan"); err != nil {
		yield(Entry[I, V]{}, err)
		return
	}
	for record, err := range s.picked.core.All(ctx) {
		var e Entry[I, V]
		if err == nil {
			e, err = entryOf(s.family, record)
		}
		if !yield(e, err) {
			return
		}
	}
}

// IDs yields the ids of the selected records, without reading values where the
// backend can do so. It is otherwise like All: an id that does not parse is
// [store.ErrCorrupt], and the loop may go on.
func (s Selection[I, V]) IDs(ctx context.Context) iter.Seq2[I, error] {
	return func(yield func(I, error) bool) { ids(ctx, s, yield) }
}

func ids[I ID, V any](ctx context.Context, s Selection[I, V], yield func(I, error) bool) {
	var none I
	if err := mistake(s, "scan"); err != nil {
		yield(none, err)
		return
	}
	for text, err := range s.picked.core.IDs(ctx) {
		id := none
		if err == nil {
			id, err = idOf(s.family, text)
		}
		if !yield(id, err) {
			return
		}
	}
}

// Page is some of the selected records, and where the next page begins.
type Page[I ID, V any] struct {
	Entries []Entry[I, V]
	// Next is the cursor of the next page, "" if there is none. It contains the id
	// of the last record of this page, and is neither signed nor encrypted.
	Next string
}

// Page returns up to n selected records, the first if the cursor is "". Another
// cursor is the Next of a page of the same selection: it leads on behind the last
// record of that page, whatever was inserted and deleted meanwhile. All records of
// a page are read in one go.
//
// Errors: [store.ErrInvalid] if n is not positive, or for a cursor that is
// malformed or of another selection. [store.ErrCorrupt] if a record does not
// decode; the page has the others then, and its Next leads on.
func (s Selection[I, V]) Page(ctx context.Context, cursor string, n int) (page Page[I, V], err error) {
	if err := mistake(s, "page"); err != nil {
		return page, err
	}
	found, err := s.picked.core.Page(ctx, cursor, n)
	if err != nil {
		return page, err
	}
	page.Next = found.Next
	for _, record := range found.Records {
		e, bad := entryOf(s.family, record)
		if bad == nil {
			page.Entries = append(page.Entries, e)
		} else if err == nil {
			err = bad
		}
	}
	return page, err
}

// Count returns how many records are selected. Where the backend can count it
// reads none of them, and in a transaction the commit checks their number only.
func (s Selection[I, V]) Count(ctx context.Context) (int, error) {
	if err := mistake(s, "count"); err != nil {
		return 0, err
	}
	return s.picked.core.Count(ctx)
}

// First returns the first selected record, and whether there is one.
//
// Errors: [store.ErrCorrupt] if it does not decode.
func (s Selection[I, V]) First(ctx context.Context) (Entry[I, V], bool, error) {
	return end(ctx, s, store.Selection.First)
}

// Last returns the last selected record, and whether there is one. It reads one
// record, or, if the selection has a limit, as many as that.
func (s Selection[I, V]) Last(ctx context.Context) (Entry[I, V], bool, error) {
	return end(ctx, s, store.Selection.Last)
}

func end[I ID, V any](ctx context.Context, s Selection[I, V], of func(store.Selection, context.Context) (store.Record, bool, error)) (e Entry[I, V], ok bool, err error) {
	if err := mistake(s, "scan"); err != nil {
		return e, false, err
	}
	record, ok, err := of(s.picked.core, ctx)
	if err != nil || !ok {
		return e, false, err
	}
	e, err = entryOf(s.family, record)
	return e, err == nil, err
}

// entryOf decodes a record of a scan.
func entryOf[I ID, V any](f *Family[I, V], record store.Record) (e Entry[I, V], err error) {
	if e.ID, err = idOf(f, record.ID); err != nil {
		return e, err
	}
	e.Value, err = f.Unmarshal(record.Value)
	return e, fail("scan", f.Name, err)
}

// idOf parses a stored id. The error does not hold it.
func idOf[I ID, V any](f *Family[I, V], text string) (I, error) {
	id, err := f.ParseID(text)
	if err != nil {
		var none I
		return none, fail("scan", f.Name, codec.BadStoredID(err))
	}
	return id, nil
}
