package main

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// printable is an id or a namespace as a terminal may get it: quoted if it has
// anything in it that is more than text.
func printable(s string) string {
	bare := s != "" && utf8.ValidString(s) && !strings.HasPrefix(s, `"`) &&
		strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) < 0
	if bare {
		return s
	}
	return strconv.Quote(s)
}

// named is the id of a record in JSON, which has no room for bytes that are not
// UTF-8.
type named struct {
	ID     *string `json:"id,omitempty"`
	Base64 []byte  `json:"id_base64,omitempty"`
}

func nameOf(id string) named {
	if utf8.ValidString(id) {
		return named{ID: &id}
	}
	return named{Base64: []byte(id)}
}

// spaced is a namespace in JSON, like named.
type spaced struct {
	Namespace *string `json:"namespace,omitempty"`
	Base64    []byte  `json:"namespace_base64,omitempty"`
}

func namespaceOf(name string) spaced {
	n := nameOf(name)
	return spaced{n.ID, n.Base64}
}

// bytesText is a size for people.
func bytesText(n int64) string {
	if n < 1000 {
		return strconv.FormatInt(n, 10) + " B"
	}
	size, unit := float64(n), 0
	for size >= 999.5 && unit < len(" kMGT")-1 {
		size, unit = size/1000, unit+1
	}
	digits := 1
	if size >= 100 {
		digits = 0
	}
	return strconv.FormatFloat(size, 'f', digits, 64) + " " + " kMGT"[unit:unit+1] + "B"
}

// count is a number with its noun.
func count(n int, noun string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case strings.HasSuffix(noun, "y"):
		noun = strings.TrimSuffix(noun, "y") + "ies"
	default:
		noun += "s"
	}
	return strconv.Itoa(n) + " " + noun
}

// column is the head of a table's column; numbers stand to the right.
type column struct {
	head  string
	right bool
}

// newTable is a table without lines, so that other programs can read it too.
func (a *app) newTable(columns ...column) table.Writer {
	t := table.NewWriter()
	t.SetOutputMirror(a.stdout())
	style := table.StyleDefault
	style.Options = table.OptionsNoBordersAndSeparators
	style.Format.Footer = text.FormatDefault
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "   "
	t.SetStyle(style)
	head := table.Row{}
	configs := make([]table.ColumnConfig, len(columns))
	for i, c := range columns {
		head = append(head, c.head)
		configs[i] = table.ColumnConfig{Number: i + 1, Align: text.AlignLeft, AlignHeader: text.AlignLeft, AlignFooter: text.AlignLeft}
		if c.right {
			configs[i].Align, configs[i].AlignHeader, configs[i].AlignFooter = text.AlignRight, text.AlignRight, text.AlignRight
		}
	}
	t.AppendHeader(head)
	t.SetColumnConfigs(configs)
	t.SuppressTrailingSpaces()
	return t
}

// text is the name itself.
func (n named) text() string {
	if n.ID != nil {
		return *n.ID
	}
	return string(n.Base64)
}
