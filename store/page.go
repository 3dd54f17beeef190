package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"

	"github.com/keyfam/keyfam/internal/hidden"
	"github.com/keyfam/keyfam/store/driver"
)

// Page is some of the selected records, and where the next page begins.
type Page struct {
	Records []Record
	// Next is the cursor of the next page, "" if there is none. It contains the id
	// of the last record of this page, and is neither signed nor encrypted.
	Next string
}

// Page returns up to n selected records, the first if the cursor is "". Another
// cursor is the Next of a page of the same selection: it leads on behind the last
// record of that page, whatever was inserted and deleted meanwhile. Up to 1,000
// records are read in one backend call, unless the backend answers in parts to
// bound memory.
//
// Errors: [ErrInvalid] if n is not positive, or for a cursor that is malformed or
// of another selection. A forged cursor cannot lead out of the selection.
func (s Selection) Page(ctx context.Context, cursor string, n int) (Page, error) {
	sel, err := s.get()
	if err != nil {
		return Page{}, fail("page", "", err)
	}
	rest, err := sel.behind(cursor)
	if err == nil && n <= 0 {
		err = fmt.Errorf("%w: a page of %d records", ErrInvalid, n)
	}
	if err != nil {
		return Page{}, failFamily(ctx, "page", sel.family, err)
	}
	var page Page
	more := false
	// One record more shows if there is a next page. Where n+1 overflows, n
	// is enough.
	err = Selection{hidden.To(rest)}.Limit(max(n, n+1)).walk(ctx, false, func(k driver.Key, value []byte) bool {
		if more = len(page.Records) == n; !more {
			page.Records = append(page.Records, Record{ID: k.ID, Value: value})
		}
		return true
	})
	if err != nil {
		return Page{}, err
	}
	if more {
		page.Next = sel.cursor(rest.limit-n, page.Records[n-1].ID)
	}
	return page, nil
}

// A cursor is this byte, the fingerprint of the selection, how many records its
// limit still allows, and the id of the last record.
const cursorFormat = 1

var errCursor = fmt.Errorf("%w: the cursor is not one of this selection", ErrInvalid)

func (s *selection) cursor(left int, id string) string {
	b := append([]byte{cursorFormat}, s.fingerprint()...)
	b = binary.AppendUvarint(b, uint64(max(left, 0)))
	return base64.RawURLEncoding.EncodeToString(append(b, id...))
}

// behind answers what the cursor leaves of the selection.
func (s *selection) behind(cursor string) (*selection, error) {
	rest := *s
	if cursor == "" {
		return &rest, nil
	}
	left, id, ok := s.parse(cursor)
	if !ok {
		return nil, errCursor
	}
	if s.limit >= 0 {
		rest.limit = min(s.limit, left)
	}
	rest.longest = max(s.longest, len(id))
	at := driver.Key{Family: s.family, ID: id}
	if s.reverse {
		rest.narrow(driver.Range{To: at})
	} else {
		rest.narrow(driver.Range{From: at.Next()})
	}
	return &rest, nil
}

func (s *selection) parse(cursor string) (left int, id string, ok bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil {
		return 0, "", false
	}
	head := append([]byte{cursorFormat}, s.fingerprint()...)
	b, ok = bytes.CutPrefix(b, head)
	n, size := binary.Uvarint(b)
	if !ok || size <= 0 || n > math.MaxInt || len(b) == size {
		return 0, "", false
	}
	return int(n), string(b[size:]), true
}

// fingerprint tells selections apart. It is part of cursors, so it must stay the
// same from one process to another.
func (s *selection) fingerprint() []byte {
	h := sha256.New()
	for _, k := range []driver.Key{{Family: s.family}, s.span.From, s.span.To} {
		fmt.Fprintf(h, "%d %s %d %s ", len(k.Family), k.Family, len(k.ID), k.ID)
	}
	fmt.Fprint(h, s.reverse, s.limit)
	return h.Sum(nil)[:8]
}
