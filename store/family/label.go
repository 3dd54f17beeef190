package family

import (
	"fmt"
	"io"

	"github.com/keyfam/keyfam/internal/hidden"
)

// Label orders transactions: those with the same label run one after the
// other. A generated function such as SessionLabel makes one from an id. Nil is
// no label. Printers do not see the id. Label is no string, so that no other
// text can be passed as one.
type Label interface {
	fmt.Formatter
	label() label
}

type label struct {
	text hidden.Bytes
	err  error
}

func (l label) label() label { return l }

// Format prints the word label for every verb.
func (l label) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "label") }

// NewLabel returns the label that orders transactions on one record. Generated
// code calls it.
func NewLabel[I ID, V any](f *Family[I, V], id I) Label {
	text, err := formatID(f, id)
	if err != nil {
		return label{err: fail("transaction", f.Name, err)}
	}
	return label{text: hidden.Of(append(append([]byte(f.Name), '/'), text...))}
}

// name returns a label as a string for package store, "" for none.
func name(l Label) (string, error) {
	if l == nil {
		return "", nil
	}
	one := l.label()
	return string(one.text.Get()), one.err
}

// names returns the labels as strings for package store.
func names(labels []Label) ([]string, error) {
	names := make([]string, len(labels))
	for i, l := range labels {
		text, err := name(l)
		if err != nil {
			return nil, err
		}
		names[i] = text
	}
	return names, nil
}
