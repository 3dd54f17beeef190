// Package dial has a Go type that famctl knows nothing of.
package dial

import "errors"

// State is where a dial points to.
type State struct{ Degrees byte }

// MarshalBinary has one byte.
func (s State) MarshalBinary() ([]byte, error) { return []byte{s.Degrees}, nil }

// UnmarshalBinary reads it.
func (s *State) UnmarshalBinary(b []byte) error {
	if len(b) != 1 {
		return errors.New("not a dial")
	}
	s.Degrees = b[0]
	return nil
}
