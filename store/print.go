package store

import (
	"fmt"
	"io"
)

// How fmt prints handles and data sets: no verb shows an id or a value. Where
// fmt calls no methods, as on unexported fields, it finds hidden pointers.

// Format prints the count of the writes, whatever the verb.
func (d DataSet) Format(f fmt.State, _ rune) { _, _ = fmt.Fprintf(f, "%d writes", d.Len()) }

// Format prints what tx is, whatever the verb. Its receiver is a pointer,
// since it must not read tx, which other goroutines may be using.
func (tx *Tx) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "transaction") }

// Format prints what s is, whatever the verb: a namespace may be a phone
// number.
func (s Store) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "store") }

// Format prints what c is, whatever the verb.
func (c *txContext) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "context of a transaction") }
