package family

import (
	"fmt"
	"io"

	"github.com/keyfam/keyfam/internal/hidden"
)

// Label orders transactions: those with the same label run one after the
// other. A generated function such as SessionLabel makes one from an id. The
// zero Label is none. Printers do not see the id. Label is no string, so that
// no other text can be passed as one.
type Label struct {
	text hidden.Bytes // nil if there is no label
	err  error
}

// Format prints the word label for every verb.
func (l Label) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "label") }

// NewLabel returns the label that orders transactions on one record. Generated
// code calls it.
func NewLabel[I ID, V any](f *Family[I, V], id I) Label {
	text, err := formatID(f, id)
	if err != nil {
		return Label{err: fail("transaction", f.Name, err)}
	}
	return Label{text: hidden.Of(append(append([]byte(f.Name), '/'), text...))}
}

// names returns the labels as strings for package store.
func names(labels []Label) ([]string, error) {
	names := make([]string, len(labels))
	for i, l := range labels {
		if l.err != nil {
			return nil, l.err
		}
		names[i] = string(l.text.Get())
	}
	return names, nil
}
