package store

// Steps is how many values the transaction has looked at so far to keep its
// reads and writes in order.
func Steps(tx *Tx) (n int) {
	a := tx.attempt()
	if s := a.reads.scans; s != nil {
		n += s.rows.steps + s.covered.set.steps
	}
	if w := a.writes.walk; w != nil {
		n += w.entries.steps + w.empty.set.steps + w.removed.set.steps
	}
	if r := a.writes.removed; r != nil {
		n += r.set.steps + r.all.set.steps
	}
	return n
}
