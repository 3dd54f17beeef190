package baileys

import (
	"math"
	"strconv"
)

// maxSafe is the largest number up to which JavaScript's are exact.
const maxSafe = 1<<53 - 1

// integer reads a whole number that JavaScript has as a number, or had: old
// files hold decimal strings, and halves of 32 bits where a Long was written.
func (s *scanner) integer(least, most int64) int64 {
	at := s.pos
	n := s.int64()
	if s.err == nil && (n < least || n > most) {
		s.fail(ErrForm, at, "number out of range")
	}
	return n
}

// int64 reads a whole number of 64 bits in any of its forms.
func (s *scanner) int64() int64 {
	switch s.peek() {
	case '{':
		return s.halves()
	case '"':
		at := s.pos
		return s.decimal(at, s.text())
	}
	at := s.pos
	if c := s.peek(); c != '-' && (c < '0' || '9' < c) {
		s.is('0', "a number")
		return 0
	}
	return s.safe(at)
}

// safe reads a number whose value JavaScript has exactly.
func (s *scanner) safe(at int) int64 {
	n := s.decimal(at, s.number())
	if s.err == nil && (n > maxSafe || n < -maxSafe) {
		s.fail(ErrForm, at, "number beyond what JavaScript holds")
	}
	return n
}

// decimal is the number that a text writes in the one usual way.
func (s *scanner) decimal(at int, text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if s.err == nil && (err != nil || text[0] == '+') {
		s.fail(ErrForm, at, "expected a whole number")
	}
	return n
}

// halves reads {"low":…,"high":…,"unsigned":…}.
func (s *scanner) halves() int64 {
	at := s.pos
	var low, high int64
	seen := 0
	s.object(func(name string) {
		switch name {
		case "low":
			low = s.half()
			seen |= 1
		case "high":
			high = s.half()
			seen |= 2
		default:
			s.skip()
		}
	})
	if s.err == nil && seen != 3 {
		s.fail(ErrForm, at, "expected a number")
	}
	return high<<32 | low&math.MaxUint32
}

func (s *scanner) half() int64 {
	at := s.pos
	n := s.safe(at)
	if s.err == nil && (n < math.MinInt32 || n > math.MaxUint32) {
		s.fail(ErrForm, at, "number out of range")
	}
	return n
}
