package baileys

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth is how deep objects and arrays of a file may be nested.
const maxDepth = 500

// scanner reads the JSON of one file from front to back. It is as strict as
// JSON.parse, and like it takes the last of several equal names.
//
// Errors: after the first mistake every method answers a zero value. The
// mistake is told by its place in bytes, never by what stands there: files hold
// secrets.
type scanner struct {
	data     []byte
	pos      int
	depth    int
	replaced bool // half a surrogate pair was read as U+FFFD
	err      error
}

func newScanner(data []byte) *scanner {
	s := &scanner{data: data}
	if len(bytes.TrimLeft(data, " \t\r\n")) == 0 {
		s.err = fmt.Errorf("%w: the file is empty", ErrTorn)
	} else if !utf8.Valid(data) {
		s.err = fmt.Errorf("%w: not UTF-8", ErrTorn)
	}
	return s
}

// end is the first mistake, bytes behind the value among them.
func (s *scanner) end() error {
	if s.space(); s.err == nil && s.pos < len(s.data) {
		s.torn("bytes behind the value")
	}
	return s.err
}

// torn reports text that is no JSON.
func (s *scanner) torn(what string) { s.fail(ErrTorn, s.pos, what) }

// fail keeps the first mistake and goes to the end.
func (s *scanner) fail(kind error, at int, what string) {
	if s.err == nil {
		s.err = fmt.Errorf("%w at byte %d: %s", kind, at, what)
	}
	s.pos = len(s.data)
}

func (s *scanner) space() {
	for s.pos < len(s.data) {
		switch s.data[s.pos] {
		case ' ', '\t', '\r', '\n':
			s.pos++
		default:
			return
		}
	}
}

// peek is the first byte of what comes next, 0 at the end.
func (s *scanner) peek() byte {
	s.space()
	if s.pos < len(s.data) {
		return s.data[s.pos]
	}
	return 0
}

// take passes over c if it comes next.
func (s *scanner) take(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.pos++
	return true
}

func (s *scanner) want(c byte) {
	if !s.take(c) {
		s.torn("expected " + strconv.QuoteRune(rune(c)))
	}
}

// is reports a value of another kind than the one that starts with c.
func (s *scanner) is(c byte, kind string) bool {
	if s.err == nil && s.peek() != c {
		at := s.pos
		if s.skip(); s.err == nil {
			s.fail(ErrForm, at, "expected "+kind)
		}
	}
	return s.err == nil
}

// object reads an object; each reads the value of a name.
func (s *scanner) object(each func(name string)) {
	if !s.is('{', "an object") {
		return
	}
	s.list('}', func() {
		if s.peek() != '"' {
			s.torn("expected a name")
			return
		}
		name := s.text()
		s.want(':')
		each(name)
	})
}

// array reads an array; each reads one element.
func (s *scanner) array(each func()) {
	if s.is('[', "an array") {
		s.list(']', each)
	}
}

// list reads what stands between brackets.
func (s *scanner) list(closing byte, each func()) {
	s.pos++
	if s.depth++; s.depth > maxDepth {
		s.torn("nested too deeply")
		return
	}
	defer func() { s.depth-- }()
	if s.take(closing) {
		return
	}
	for s.err == nil {
		each()
		if s.take(',') {
			continue
		}
		s.want(closing)
		return
	}
}

// null passes over null if it comes next.
func (s *scanner) null() bool {
	if s.peek() != 'n' {
		return false
	}
	s.word("null")
	return s.err == nil
}

// boolean reads true or false.
func (s *scanner) boolean() bool {
	if s.peek() == 't' {
		s.word("true")
		return s.err == nil
	}
	if s.is('f', "true or false") {
		s.word("false")
	}
	return false
}

func (s *scanner) word(w string) {
	if !bytes.HasPrefix(s.data[s.pos:], []byte(w)) {
		s.torn("expected a value")
		return
	}
	s.pos += len(w)
}

// skip passes over a value of any kind.
func (s *scanner) skip() {
	switch c := s.peek(); c {
	case '{':
		s.list('}', s.skipMember)
	case '[':
		s.list(']', s.skip)
	case '"':
		s.span()
	case 't':
		s.word("true")
	case 'f':
		s.word("false")
	case 'n':
		s.word("null")
	default:
		s.passNumber()
	}
}

// skipMember passes over a name and its value. It makes no string of the name.
func (s *scanner) skipMember() {
	if s.peek() != '"' {
		s.torn("expected a name")
		return
	}
	s.span()
	s.want(':')
	s.skip()
}

// number reads the text of a number.
func (s *scanner) number() string {
	s.space()
	from := s.pos
	if s.passNumber(); s.err != nil {
		return ""
	}
	return string(s.data[from:s.pos])
}

func (s *scanner) passNumber() {
	s.takeNow('-')
	if !s.takeNow('0') {
		s.digits()
	}
	if s.takeNow('.') {
		s.digits()
	}
	if s.takeNow('e') || s.takeNow('E') {
		if !s.takeNow('-') {
			s.takeNow('+')
		}
		s.digits()
	}
}

// takeNow is take without space before.
func (s *scanner) takeNow(c byte) bool {
	if s.pos < len(s.data) && s.data[s.pos] == c {
		s.pos++
		return true
	}
	return false
}

func (s *scanner) digits() {
	from := s.pos
	for s.pos < len(s.data) && '0' <= s.data[s.pos] && s.data[s.pos] <= '9' {
		s.pos++
	}
	if s.pos == from {
		s.torn("expected a value")
	}
}

// text reads a string.
func (s *scanner) text() string {
	if !s.is('"', "a string") {
		return ""
	}
	raw, escaped := s.span()
	if !escaped {
		return string(raw)
	}
	return s.unescape(raw)
}

// span passes over a string and answers what stands between its quotes.
func (s *scanner) span() (raw []byte, escaped bool) {
	s.pos++
	from := s.pos
	for s.pos < len(s.data) {
		switch c := s.data[s.pos]; {
		case c == '"':
			s.pos++
			return s.data[from : s.pos-1], escaped
		case c == '\\':
			escaped = true
			s.escape()
		case c < ' ':
			s.torn("control character in a string")
		default:
			s.pos++
		}
	}
	s.torn("the string does not end")
	return nil, false
}

// escape passes over one escape.
func (s *scanner) escape() {
	rest := s.data[s.pos+1:]
	switch {
	case len(rest) > 0 && strings.IndexByte(`"\/bfnrt`, rest[0]) >= 0:
		s.pos += 2
	case len(rest) > 4 && rest[0] == 'u' && hex4(rest[1:]) >= 0:
		s.pos += 6
	default:
		s.torn("malformed escape")
	}
}

// unescape undoes the escapes that span has checked. Half of a surrogate pair,
// which UTF-8 has no bytes for, becomes U+FFFD.
func (s *scanner) unescape(raw []byte) string {
	out := make([]byte, 0, len(raw))
	for len(raw) > 0 {
		if raw[0] != '\\' {
			out = append(out, raw[0])
			raw = raw[1:]
			continue
		}
		if raw[1] != 'u' {
			out = append(out, unescaped[raw[1]])
			raw = raw[2:]
			continue
		}
		r := hex4(raw[2:])
		raw = raw[6:]
		if utf16.IsSurrogate(r) {
			pair := rune(utf8.RuneError)
			if len(raw) >= 6 && raw[0] == '\\' && raw[1] == 'u' {
				pair = utf16.DecodeRune(r, hex4(raw[2:]))
			}
			if r = pair; r == utf8.RuneError {
				s.replaced = true
			} else {
				raw = raw[6:]
			}
		}
		out = utf8.AppendRune(out, r)
	}
	return string(out)
}

var unescaped = [256]byte{
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}

// hex4 is the number of four hexadecimal digits, -1 if they are none.
func hex4(b []byte) (r rune) {
	for _, c := range b[:4] {
		d := strings.IndexByte("0123456789abcdef", c|0x20)
		if d < 0 || c < '0' || '9' < c && c < 'A' {
			return -1
		}
		r = r<<4 | rune(d)
	}
	return r
}
