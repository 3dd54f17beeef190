package codec

// Codecs of the values that are stored as just their bytes.

// EncodeBytes stores bytes as they are.
func EncodeBytes(e *Encoder, v []byte) { e.whole = v }

// DecodeBytes is the bytes of the value.
func DecodeBytes(value []byte) ([]byte, error) { return value, nil }

// EncodeString stores text, which must be UTF-8.
func EncodeString(e *Encoder, v string) {
	e.checkText(wholeValue, v)
	e.bytes = append(e.bytes, v...)
}

// DecodeString is the bytes of the value as text: they must never change again.
func DecodeString(value []byte) (string, error) {
	d, s := NewDecoder(nil), textOf(value)
	d.checkText(wholeValue, 0, s)
	return s, d.Finish()
}

// EncodeMax is EncodeBytes of at most most bytes.
func EncodeMax(e *Encoder, v []byte, most int) {
	e.checkMax(wholeValue, v, most)
	e.whole = v
}

// DecodeMax is DecodeBytes of at most most bytes.
func DecodeMax(value []byte, most int) ([]byte, error) {
	if len(value) > most {
		return nil, &corruption{wholeValue, 0, limitError(len(value), most)}
	}
	return value, nil
}

// DecodeFixed is DecodeBytes of exactly size bytes. With an error it answers as
// many zeros.
func DecodeFixed(value []byte, size int) ([]byte, error) {
	if len(value) != size {
		return make([]byte, size), &corruption{wholeValue, 0, sizeError(len(value), size)}
	}
	return value, nil
}

// EncodeMarshaled stores what a user's type marshals to.
func EncodeMarshaled(e *Encoder, marshal func() ([]byte, error)) {
	e.whole = e.marshaled(wholeValue, marshal)
}

// DecodeMarshaled has a user's type unmarshal the value.
func DecodeMarshaled(value []byte, unmarshal func([]byte) error) error {
	if err := unmarshal(value); err != nil {
		return &corruption{wholeValue, 0, &typeError{err}}
	}
	return nil
}

// wholeValue is what errors call a value that is no message.
const wholeValue = "value"
