package baileys

import (
	"fmt"
	"unicode/utf8"
)

// appendQuoted appends a string as JSON.stringify writes it: escaped are quotes,
// backslashes, control characters and halves of surrogate pairs, and nothing
// else; not what is special in HTML, and not U+2028. Halves of pairs stand in s
// as UTF-8 would encode them, if it did. Anything else that is not UTF-8 is an
// [ErrForm].
func appendQuoted(dst []byte, s string) ([]byte, error) {
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			dst = appendASCII(dst, c)
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch half := surrogate(s[i:]); {
		case half != 0:
			dst = fmt.Appendf(dst, `\u%04x`, half)
			size = 3
		case r == utf8.RuneError && size == 1:
			return nil, fmt.Errorf("%w: text that is not UTF-8", ErrForm)
		default:
			dst = append(dst, s[i:i+size]...)
		}
		i += size
	}
	return append(dst, '"'), nil
}

func appendASCII(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\b':
		return append(dst, `\b`...)
	case '\f':
		return append(dst, `\f`...)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	}
	if c < ' ' {
		return fmt.Appendf(dst, `\u%04x`, c)
	}
	return append(dst, c)
}

// surrogate is the half of a surrogate pair that s begins with, 0 if none.
func surrogate(s string) rune {
	if len(s) < 3 || s[0] != 0xed || s[1] < 0xa0 || 0xbf < s[1] || s[2] < 0x80 || 0xbf < s[2] {
		return 0
	}
	return 0xd000 | rune(s[1]&0x3f)<<6 | rune(s[2]&0x3f)
}
