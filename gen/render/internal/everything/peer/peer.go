// Package peer has a type of its own making, for tests of go: types.
package peer

import "errors"

// State counts what a peer sent. The zero State is stored as no bytes.
type State struct{ Sent byte }

// MarshalBinary refuses 0xff.
func (s State) MarshalBinary() ([]byte, error) {
	switch s.Sent {
	case 0:
		return nil, nil
	case 0xff:
		return nil, errors.New("too many")
	}
	return []byte{s.Sent}, nil
}

// UnmarshalBinary reads what MarshalBinary has written.
func (s *State) UnmarshalBinary(b []byte) error {
	switch {
	case len(b) == 0:
		s.Sent = 0
	case len(b) > 1:
		return errors.New("too long")
	case b[0] == 0xff:
		return errors.New("too many")
	default:
		s.Sent = b[0]
	}
	return nil
}
