package codec

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/keyfam/keyfam/store"
)

// Widths of ordered numbers, in digits: those of the largest number.
const (
	width32 = 10
	width64 = 20
)

// FormatInt returns a number as the text of an id has it.
func FormatInt[T ~int32 | ~int64](n T) string { return strconv.FormatInt(int64(n), 10) }

// FormatUint returns a number as the text of an id has it.
func FormatUint[T ~uint32 | ~uint64](n T) string { return strconv.FormatUint(uint64(n), 10) }

// FormatOrdered32 returns a number with leading zeros: then the order of the
// texts is that of the numbers.
func FormatOrdered32[T ~uint32](n T) string { return ordered(uint64(n), width32) }

// FormatOrdered64 is FormatOrdered32 for 64 bits.
func FormatOrdered64[T ~uint64](n T) string { return ordered(uint64(n), width64) }

func ordered(n uint64, width int) string {
	var digits [width64]byte
	for i := width - 1; i >= 0; i-- {
		digits[i] = byte('0' + n%10)
		n /= 10
	}
	return string(digits[:width])
}

// CheckPart returns an error if a string part of an id is empty or contains a
// byte of forbidden, which is the literal behind the part and shows where it
// ends.
func CheckPart(part, value, forbidden string) error {
	switch {
	case value == "":
		return &partError{part, "is empty"}
	case len(forbidden) == 1 && strings.IndexByte(value, forbidden[0]) >= 0,
		len(forbidden) > 1 && strings.ContainsAny(value, forbidden):
		return &partError{part, fmt.Sprintf("contains one of %q", forbidden)}
	}
	return nil
}

// partError says what is wrong with a part of an id. It does not hold the
// part.
type partError struct {
	part   string
	reason string
}

func (e *partError) Error() string { return store.ErrInvalid.Error() + ": " + e.String() }

// String returns the error without its sentinel.
func (e *partError) String() string {
	if e.part == "" {
		return "the text of the id " + e.reason
	}
	return "the part " + e.part + " of the id " + e.reason
}

// Unwrap makes it an [store.ErrInvalid].
func (e *partError) Unwrap() error { return store.ErrInvalid }

// BadStoredID returns the [store.ErrCorrupt] of a stored id that does not
// parse. err is the error of the parser, which would blame the caller.
func BadStoredID(err error) error {
	why := "it does not parse"
	if bad := (*partError)(nil); errors.As(err, &bad) {
		why = bad.String()
	}
	return fmt.Errorf("%w: the stored id does not fit its family: %s", store.ErrCorrupt, why)
}

// Text reads the text of one id, part by part.
//
// Errors: End returns the first mistake, which is a [store.ErrInvalid]. After
// a mistake the other methods return zero values.
type Text struct {
	rest string
	err  error
}

// ParseText returns a reader of the text of an id.
func ParseText(text string) *Text { return &Text{rest: text} }

// End returns the first mistake, or one if not all of the text was read.
func (t *Text) End() error {
	if t.rest != "" {
		t.fail("", "goes on after its end")
	}
	return t.err
}

// Literal reads the text between two parts.
func (t *Text) Literal(literal string) {
	rest, ok := strings.CutPrefix(t.rest, literal)
	if !ok {
		t.fail("", fmt.Sprintf("has no %q where it belongs", literal))
		return
	}
	t.rest = rest
}

// String reads a string part. The part ends before the first byte of
// forbidden, or at the end of the text.
func (t *Text) String(part, forbidden string) string {
	end := len(t.rest)
	if forbidden != "" {
		if i := strings.IndexAny(t.rest, forbidden); i >= 0 {
			end = i
		}
	}
	if end == 0 {
		t.fail(part, "is empty")
	}
	value := t.rest[:end]
	t.rest = t.rest[end:]
	return value
}

// Int32 reads a number of 32 bits.
func (t *Text) Int32(part string) int32 {
	return int32(t.int(part, math.MinInt32, math.MaxInt32))
}

// Int64 reads a number of 64 bits.
func (t *Text) Int64(part string) int64 { return t.int(part, math.MinInt64, math.MaxInt64) }

// Uint32 reads a number of 32 bits without a sign.
func (t *Text) Uint32(part string) uint32 { return uint32(t.uint(part, t.digits(), math.MaxUint32)) }

// Uint64 reads a number of 64 bits without a sign.
func (t *Text) Uint64(part string) uint64 { return t.uint(part, t.digits(), math.MaxUint64) }

// Ordered32 reads a number of 32 bits with leading zeros.
func (t *Text) Ordered32(part string) uint32 {
	return uint32(t.ordered(part, width32, math.MaxUint32))
}

// Ordered64 reads a number of 64 bits with leading zeros.
func (t *Text) Ordered64(part string) uint64 { return t.ordered(part, width64, math.MaxUint64) }

func (t *Text) fail(part, reason string) {
	if t.err == nil {
		t.err = &partError{part, reason}
	}
	t.rest = ""
}

// digits reads the digits that come next.
func (t *Text) digits() string {
	n := 0
	for n < len(t.rest) && '0' <= t.rest[n] && t.rest[n] <= '9' {
		n++
	}
	digits := t.rest[:n]
	t.rest = t.rest[n:]
	return digits
}

// uint converts digits. A number has one spelling: no leading zeros.
func (t *Text) uint(part, digits string, most uint64) uint64 {
	n, err := strconv.ParseUint(digits, 10, 64)
	switch {
	case digits == "":
		t.fail(part, "is not a number")
	case len(digits) > 1 && digits[0] == '0':
		t.fail(part, "has a leading zero")
	case err != nil || n > most:
		t.fail(part, "is too large a number")
	default:
		return n
	}
	return 0
}

// int reads a number that may have a minus sign. -0 is refused.
func (t *Text) int(part string, least, most int64) int64 {
	rest, negative := strings.CutPrefix(t.rest, "-")
	if !negative {
		return int64(t.uint(part, t.digits(), uint64(most)))
	}
	t.rest = rest
	n := t.uint(part, t.digits(), -uint64(least))
	if n == 0 {
		t.fail(part, "is not a number")
	}
	return -int64(n)
}

func (t *Text) ordered(part string, width int, most uint64) uint64 {
	digits := t.digits()
	if len(digits) != width {
		t.fail(part, fmt.Sprintf("is not a number of %d digits", width))
		return 0
	}
	n, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || n > most {
		t.fail(part, "is too large a number")
		return 0
	}
	return n
}
