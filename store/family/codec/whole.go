package codec

// Values that are no messages are stored as they are, without a field around
// them.

// EncodeBytes stores bytes as they are.
func EncodeBytes(e *Encoder, v []byte) { e.whole = v }

// DecodeBytes returns the value.
func DecodeBytes(value []byte) ([]byte, error) { return value, nil }

// EncodeString stores text, which must be UTF-8.
func EncodeString(e *Encoder, v string) {
	e.checkText(wholeValue, v)
	e.bytes = append(e.bytes, v...)
}

// DecodeString returns the value as text. Nobody may change value afterwards.
func DecodeString(value []byte) (string, error) {
	d, s := NewDecoder(nil), textOf(value)
	d.checkText(wholeValue, 0, s)
	return s, d.Finish()
}

// EncodeMax is [EncodeBytes] for at most most bytes.
func EncodeMax(e *Encoder, v []byte, most int) {
	e.checkMax(wholeValue, v, most)
	e.whole = v
}

// DecodeMax is [DecodeBytes] for at most most bytes.
func DecodeMax(value []byte, most int) ([]byte, error) {
	if len(value) > most {
		return nil, &corruption{wholeValue, 0, limitError(len(value), most)}
	}
	return value, nil
}

// DecodeFixed is [DecodeBytes] for exactly size bytes. With an error it
// returns size zeros, so that the caller may convert them to an array.
func DecodeFixed(value []byte, size int) ([]byte, error) {
	if len(value) != size {
		return make([]byte, size), &corruption{wholeValue, 0, sizeError(len(value), size)}
	}
	return value, nil
}

// EncodeMarshaled stores the bytes that marshal returns.
func EncodeMarshaled(e *Encoder, marshal func() ([]byte, error)) {
	e.whole = e.marshaled(wholeValue, marshal)
}

// DecodeMarshaled gives the value to the unmarshal of a Go type of the user.
func DecodeMarshaled(value []byte, unmarshal func([]byte) error) error {
	if err := unmarshal(value); err != nil {
		return &corruption{wholeValue, 0, &typeError{err}}
	}
	return nil
}

// wholeValue stands for the field in errors about a value that is no message.
const wholeValue = "value"
