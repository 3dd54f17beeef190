package baileys

import (
	"bytes"
	"encoding/base64"
	"fmt"
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
	numbered := map[string]byte{}
	s.object(func(name string) {
		switch name {
		case "type":
			isBuffer = s.text() == "Buffer"
		case "data":
			data, hasData = s.data64(), true
		default:
			numbered[name] = s.octet()
		}
	})
	switch {
	case s.err != nil:
		return nil
	case isBuffer && hasData && len(numbered) == 0:
		return data
	case !isBuffer && !hasData:
		return s.inOrder(at, numbered)
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

// inOrder puts numbered bytes together; their numbers must be 0 to n-1.
func (s *scanner) inOrder(at int, numbered map[string]byte) []byte {
	data := make([]byte, len(numbered))
	for i := range data {
		b, ok := numbered[strconv.Itoa(i)]
		if !ok {
			s.fail(ErrForm, at, "expected bytes")
			return nil
		}
		data[i] = b
	}
	return data
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

// isJSON reports whether data is one JSON value that begins with first, or with
// anything if that is 0.
func isJSON(data []byte, first byte) bool {
	if first != 0 && !bytes.HasPrefix(bytes.TrimLeft(data, " \t\r\n"), []byte{first}) {
		return false
	}
	s := newScanner(data)
	s.skip()
	return s.end() == nil
}
