package family

// Codecs of the values that are stored as just their bytes.

// EncodeBytes stores bytes as they are.
func EncodeBytes(e *Encoder, v []byte) { e.whole(v) }

// DecodeBytes is all bytes of the value.
func DecodeBytes(d *Decoder) []byte { return d.whole() }

// EncodeSecret stores the bytes of a secret.
func EncodeSecret(e *Encoder, v Secret) { e.whole(v.Reveal()) }

// DecodeSecret is all bytes of the value as a secret.
func DecodeSecret(d *Decoder) Secret { return NewSecret(d.whole()) }

// EncodeString stores text.
func EncodeString(e *Encoder, v string) {
	e.checkText("value", v)
	e.bytes = append(e.bytes, v...)
}

// DecodeString is all bytes of the value as text.
func DecodeString(d *Decoder) string {
	s := string(d.whole())
	d.checkText("value", 0, s)
	return s
}
