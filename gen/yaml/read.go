package yaml

import (
	"sort"
	"strings"

	"github.com/keyfam/keyfam/gen/diag"
)

// Read reads a file. The name is for the diagnostics. There is at most one
// diagnostic.
//
// Errors: a file over 1 MiB, nested over 64 levels or with over 10,000 entries
// in one mapping or list is refused.
func Read(name string, src []byte) (*File, diag.Diagnostics) {
	text, diags := clean(name, src)
	if len(diags) > 0 {
		return nil, diags
	}
	r := newReader(name, text)
	for r.i < len(text) && r.blockLine() {
	}
	r.prose.end()
	if len(r.Diags) > 0 {
		return nil, r.Diags
	}
	return &File{name, text, r.root, r.comments}, nil
}

// A reader walks over the text once, in linear time, and builds the tree. It
// refuses the parts of YAML that families.yaml does not have, in words for
// people who do not know YAML.
//
// The methods that read return false after a mistake, which ends the walk.
type reader struct {
	*diag.Reporter
	places *places
	text   string
	i      int // the byte looked at
	root   *Node
	slot   *Node    // the empty node that the next value fills; nil if none may follow
	levels []opened // the block collections that are open, by column
	flow   []opened // the brackets that are open
	prose  prose    // the unquoted text that the next line may continue

	quoteEnd int // behind the last quoted scalar
	comments []Comment
	closed   struct{ at, end int } // the last closing bracket: its opening one, and what follows it
}

// An opened collection.
type opened struct {
	at      int   // a column; for brackets, the offset of the opening one
	entries int   // so far
	node    *Node // nil while a line has begun that may become a mapping or a scalar

	// What brackets hold since the last comma.
	any    bool // a key or an item
	colon  bool // a colon after the key
	filled bool // a value after the colon
}

// prose is unquoted text, which ends at the first line that is not deeper than
// the collection it is in.
type prose struct {
	node   *Node           // nil if there is none
	under  int             // lines in deeper columns continue it
	column int             // of text that is not the value of a key on the same line, else -1
	start  int             // its offset
	blanks int             // blank lines since its last line
	more   strings.Builder // the lines below the first
}

// end gives the node its whole text.
func (p *prose) end() {
	if p.node != nil && p.more.Len() > 0 {
		p.node.Shape = Scalar // null is text where more text follows
		p.node.Text += p.more.String()
	}
	*p = prose{}
}

const (
	misplaced   = "this value has no place here"
	noPair      = `a "key: value" is missing here`
	pairHint    = `every line of a mapping is "key: value", with a space after the colon`
	keyShape    = "a key must be text in one line"
	indentation = "no line above has this indentation"
)

func newReader(name, text string) *reader {
	root := &Node{Pos: diag.Position{Line: 1, Col: 1}}
	return &reader{
		Reporter: diag.NewReporter(name, text), places: newPlaces(text), text: text,
		root: root, slot: root, quoteEnd: -1,
	}
}

// refuse reports a mistake at a byte offset.
func (r *reader) refuse(offset int, message, hint string) bool {
	r.Fail(r.places.at(offset), "%s", message).Hint = hint
	return false
}

func (r *reader) peek(n int) byte {
	if r.i+n < len(r.text) {
		return r.text[r.i+n]
	}
	return '\n'
}

func isBreak(c byte) bool { return c == ' ' || c == '\n' }

func (r *reader) column() int {
	return r.i - r.places.starts[sort.SearchInts(r.places.starts, r.i+1)-1]
}

func (r *reader) skipSpaces() {
	for r.peek(0) == ' ' && r.i < len(r.text) {
		r.i++
	}
}

// toLineEnd moves to the first byte of the next line and keeps a comment,
// which ends unquoted text.
func (r *reader) toLineEnd() bool {
	if r.peek(0) == '#' {
		r.comments = append(r.comments, r.comment())
		r.prose.end()
	}
	r.nextLine()
	return true
}

func (r *reader) nextLine() {
	if n := strings.IndexByte(r.text[r.i:], '\n'); n >= 0 {
		r.i += n + 1
	} else {
		r.i = len(r.text)
	}
}

// blockLine reads one line outside of brackets, and the further lines of a
// value that begins on it.
func (r *reader) blockLine() bool {
	r.skipSpaces()
	switch {
	case r.peek(0) == '\n':
		r.prose.blanks++
		return r.toLineEnd()
	case r.peek(0) == '#':
		return r.toLineEnd()
	case r.column() == 0 && !r.oneDocument():
		return false
	case r.prose.node != nil && r.column() > r.prose.under:
		return r.proseLine() && r.lineRest()
	}
	r.prose.end()
	if !r.enter() {
		return false
	}
	for r.dash() {
		r.item()
		if r.peek(0) == '\n' || r.peek(0) == '#' {
			return r.toLineEnd()
		}
		if !r.enter() {
			return false
		}
	}
	return r.entry()
}

// oneDocument refuses marks of documents and directives at the beginning of a
// line.
func (r *reader) oneDocument() bool {
	rest := r.text[r.i:]
	if strings.HasPrefix(rest, "---") || strings.HasPrefix(rest, "...") {
		return r.refuse(r.i, "the file is one document and needs no "+rest[:3], "delete this line")
	}
	if rest[0] == '%' {
		return r.refuse(r.i, "a YAML directive", "delete this line")
	}
	return true
}

func (r *reader) dash() bool { return r.peek(0) == '-' && isBreak(r.peek(1)) }

// item adds an item to the list that was entered, and skips the dash.
func (r *reader) item() {
	list := r.top().node
	r.slot = &Node{Pos: list.Pos}
	list.Items = append(list.Items, r.slot)
	r.i++
	r.skipSpaces()
}

func (r *reader) top() *opened { return &r.levels[len(r.levels)-1] }

// enter finds the collection of a line, or of what follows a dash: an open one
// in this column, or a new one.
func (r *reader) enter() bool {
	column := r.column()
	for n := len(r.levels); n > 0 && r.levels[n-1].at > column; n-- {
		r.levels, r.slot = r.levels[:n-1], nil
		if n == 1 || r.levels[n-2].at < column {
			return r.refuse(r.i, indentation, "entries of one mapping begin in one column")
		}
	}
	if len(r.levels) == 0 || r.top().at < column {
		return r.push(column)
	}
	if n := len(r.levels); !r.dash() && r.top().node.Shape == Sequence && n > 1 && r.levels[n-2].at == column {
		r.levels = r.levels[:n-1] // a list in the column of its key ends
	}
	list := r.top().node.Shape == Sequence
	switch {
	case r.dash() && !list && r.slot != nil:
		return r.push(column)
	case r.dash() != list:
		return r.refuse(r.i, misplaced, "")
	}
	r.slot = nil
	r.top().entries++
	return r.width(r.top().entries)
}

// push opens a collection that fills the slot. Whether a line without a dash
// is one shows only at its colon.
func (r *reader) push(column int) bool {
	if r.slot == nil {
		return r.refuse(r.i, misplaced, "")
	}
	level := opened{at: column, entries: 1}
	if r.dash() {
		*r.slot = Node{Shape: Sequence, Pos: r.places.at(r.i)}
		level.node = r.slot
	}
	r.levels = append(r.levels, level)
	return r.depth()
}

func (r *reader) width(entries int) bool {
	if entries > maxWidth {
		return r.refuse(r.i, "more than 10000 entries in one place", "")
	}
	return true
}

func (r *reader) depth() bool {
	if len(r.levels)+len(r.flow) > maxDepth {
		return r.refuse(r.i, "nested more than 64 levels deep", "")
	}
	return true
}

// entry reads "key: value", or a lone scalar.
func (r *reader) entry() bool {
	column, start := r.column(), r.i
	key, ok := r.scalar()
	switch {
	case !ok:
		return false
	case r.peek(0) != ':' || !isBreak(r.peek(1)):
		return r.lone(key, start)
	case key.Style == Plain && key.Text == "" && key.Shape == Empty:
		return r.refuse(start, noPair, pairHint)
	case strings.Contains(r.text[start:r.i], "\n"):
		return r.refuse(start, "a key of several lines", "write it in one")
	case !r.addKey(key):
		return false
	}
	r.i++
	r.skipSpaces()
	switch r.peek(0) {
	case '\n', '#':
		return r.toLineEnd()
	case '|', '>':
		return r.blockScalar(column)
	}
	return r.value(column)
}

// addKey adds an entry to the mapping that was entered; its value is the slot.
func (r *reader) addKey(key *Node) bool {
	level := r.top()
	if level.node == nil {
		level.node = r.slot
		*level.node = Node{Shape: Mapping, Pos: level.node.Pos}
	}
	var ok bool
	r.slot, ok = r.newEntry(level.node, key)
	return ok
}

// newEntry adds an entry to a mapping and returns its value, which is empty so
// far.
func (r *reader) newEntry(mapping, key *Node) (value *Node, ok bool) {
	switch {
	case key.Style == Plain && key.Text == "<<":
		r.Fail(key.Pos, "a merge key").Hint = "write the entries out"
		return nil, false
	case key.Shape == Mapping || key.Shape == Sequence || strings.Contains(key.Text, "\n"):
		r.Fail(key.Pos, "%s", keyShape)
		return nil, false
	}
	key.Shape = Scalar // null as a key is text
	value = &Node{Pos: key.Pos}
	mapping.Entries = append(mapping.Entries, Entry{key, value})
	return value, true
}

// lone fills the slot with a value that has its lines to itself.
func (r *reader) lone(n *Node, start int) bool {
	if r.top().node != nil {
		return r.refuse(start, noPair, pairHint)
	}
	column := r.top().at
	r.levels = r.levels[:len(r.levels)-1]
	under := -1
	if len(r.levels) > 0 {
		under = r.top().at
	}
	r.fill(n, under, column, start)
	return r.lineRest()
}

// fill puts a value into the slot. Text without quotes may go on below, in
// columns over under.
func (r *reader) fill(n *Node, under, column, start int) {
	*r.slot = *n
	if n.Shape != Mapping && n.Shape != Sequence && n.Style == Plain {
		r.prose = prose{node: r.slot, under: under, column: column, start: start}
	}
	r.slot = nil
}

// value reads what follows "key: " on its line.
func (r *reader) value(column int) bool {
	start := r.i
	n, ok := r.scalar()
	if !ok {
		return false
	}
	if r.peek(0) == ':' && isBreak(r.peek(1)) {
		return r.colonInText(start)
	}
	r.fill(n, column, -1, start)
	return r.lineRest()
}

// colonInText refuses ": " inside of unquoted text, the mistake that YAML's
// own messages explain least.
func (r *reader) colonInText(start int) bool {
	r.refuse(r.i, "a colon and a space inside of text without quotes",
		`put the text into double quotes, or below the key after "|"`)
	if began := r.places.at(start); began.Line != r.Diags[0].Pos.Line {
		r.Diags[0].First = r.Place(began, "the text began here; if this is a key, its colon is missing")
	}
	return false
}

// lineRest wants nothing but a comment after a value.
func (r *reader) lineRest() bool {
	start := r.i
	r.skipSpaces()
	c := r.peek(0)
	if c == '\n' || c == '#' && r.i > start {
		return r.toLineEnd()
	}
	return r.refuse(r.i, "text after the end of a value", "a value that begins with a quote or a bracket ends with it: put the whole into quotes")
}
