// Package family is a stand-in with the signatures of the real one.
package family

type Secret struct{ b []byte }

func NewSecret(b []byte) Secret    { return Secret{b} }
func (s Secret) Reveal() []byte    { return s.b }
func (s Secret) Equal(Secret) bool { return true }
