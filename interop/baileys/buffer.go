package baileys

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// bytes reads bytes in today's form, {"type":"Buffer","data":"<base64>"}, or in
// one of older versions: data as an array of numbers, an object from index to
// number, or a bare string of base64. Base64 may be that for URLs and may lack
// its padding.
func (s *scanner) bytes() []byte {
	switch s.peek() {
	case '{':
		return s.buffer()
	case '"':
		return s.base64()
	}
	s.is('{', "bytes")
	return nil
}

// bytesOf is bytes of a fixed size.
func (s *scanner) bytesOf(size int) []byte {
	s.space()
	at := s.pos
	b := s.bytes()
	if s.err == nil && len(b) != size {
		s.fail(ErrForm, at, fmt.Sprintf("%d bytes instead of %d", len(b), size))
	}
	if s.err != nil {
		return make([]byte, size)
	}
	return b
}

// buffer reads the forms that are objects.
func (s *scanner) buffer() []byte {
	at := s.pos
	var data []byte
	var isBuffer, hasData bool
	var numbered numberedBytes
	s.object(func(name string) {
		switch name {
		case "type":
			isBuffer = s.text() == "Buffer"
		case "data":
			data, hasData = s.data64(), true
		default:
			numbered.add(name, s.octet())
		}
	})
	switch {
	case s.err != nil:
		return nil
	case isBuffer && hasData && numbered.none():
		return data
	case !isBuffer && !hasData:
		if data, ok := numbered.inOrder(); ok {
			return data
		}
	}
	s.fail(ErrForm, at, "expected bytes")
	return nil
}

// data64 reads what a Buffer has as its data.
func (s *scanner) data64() (data []byte) {
	if s.peek() != '[' {
		return s.base64()
	}
	data = []byte{}
	s.array(func() { data = append(data, s.octet()) })
	return data
}

func (s *scanner) octet() byte { return byte(s.integer(0, 255)) }

// numberedBytes is bytes as an object from index to number, in the order of the
// file.
type numberedBytes struct {
	places    []numberedByte
	malformed bool // there was a name that is no index
}

type numberedByte struct {
	index uint32
	octet byte
}

func (n *numberedBytes) none() bool { return len(n.places) == 0 && !n.malformed }

func (n *numberedBytes) add(name string, octet byte) {
	index, err := strconv.ParseUint(name, 10, 32)
	if err != nil || len(name) > 1 && name[0] == '0' {
		n.malformed = true
		return
	}
	n.places = append(n.places, numberedByte{uint32(index), octet})
}

// inOrder puts the bytes together; their numbers must be 0 to n-1. Of equal
// ones the last counts.
func (n *numberedBytes) inOrder() ([]byte, bool) {
	data, seen, size := make([]byte, len(n.places)), make([]bool, len(n.places)), 0
	for _, p := range n.places {
		if int64(p.index) >= int64(len(data)) {
			return nil, false
		}
		if !seen[p.index] {
			seen[p.index] = true
			size++
		}
		data[p.index] = p.octet
	}
	whole := !n.malformed && !slices.Contains(seen[:size], false)
	return data[:size:size], whole
}

// base64 reads a string of base64.
func (s *scanner) base64() []byte {
	if !s.is('"', "base64") {
		return nil
	}
	at := s.pos
	data, err := decodeBase64(s.text())
	if err != nil {
		s.fail(ErrForm, at, "malformed base64")
	}
	return data
}

func decodeBase64(text string) ([]byte, error) {
	text = strings.TrimRight(text, "=")
	if strings.ContainsAny(text, "-_") {
		return base64.RawURLEncoding.DecodeString(text)
	}
	return base64.RawStdEncoding.DecodeString(text)
}

// appendBuffer appends bytes in today's form.
func appendBuffer(dst, data []byte) []byte {
	dst = append(dst, `{"type":"Buffer","data":`...)
	return append(appendBase64(dst, data), '}')
}

// appendBase64 appends a string of base64.
func appendBase64(dst, data []byte) []byte {
	dst = append(dst, '"')
	dst = base64.StdEncoding.AppendEncode(dst, data)
	return append(dst, '"')
}

// isJSON reports whether data is one JSON value.
func isJSON(data []byte) bool {
	s := newScanner(data)
	s.skip()
	return s.end() == nil
}
