package driver

// Query is what one call of Scan asks for.
type Query struct {
	Range Range
	// Limit is the most rows to answer, at least 1.
	Limit int
	// Reverse asks for the rows from the end of the range down.
	Reverse bool
	// KeysOnly says that the values are not needed: rows then may lack them.
	// Versions are needed all the same.
	KeysOnly bool
}

// Rest is the part of the range that a page has not covered. The page has More
// set.
func (q Query) Rest(page *Page) Range {
	last := page.Rows[len(page.Rows)-1].Key
	if q.Reverse {
		return Range{From: q.Range.From, To: last}
	}
	return Range{From: last.Next(), To: q.Range.To}
}

// Covered is the part of the range that a page has covered.
func (q Query) Covered(page *Page) Range {
	if !page.More {
		return q.Range
	}
	last := page.Rows[len(page.Rows)-1].Key
	if q.Reverse {
		return Range{From: last, To: q.Range.To}
	}
	return Range{From: q.Range.From, To: last.Next()}
}
