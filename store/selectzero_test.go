package store_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/keyfam/keyfam/store"
)

// A Selection that no store has made is invalid, also if it was narrowed.
func TestSelectionOfNoStore(t *testing.T) {
	var zero store.Selection
	for _, s := range []store.Selection{zero, zero.Prefix("a"), zero.From("a").Reverse(), zero.Limit(1)} {
		for _, err := range s.All(t.Context()) {
			assert.ErrorIs(t, err, store.ErrInvalid)
		}
		_, _, err := s.First(t.Context())
		assert.ErrorIs(t, err, store.ErrInvalid)
		_, _, err = s.Last(t.Context())
		assert.ErrorIs(t, err, store.ErrInvalid)
		_, err = s.Count(t.Context())
		assert.ErrorIs(t, err, store.ErrInvalid)
		_, err = s.Page(t.Context(), "", 1)
		assert.ErrorIs(t, err, store.ErrInvalid)
		_, err = s.DeleteAll(t.Context())
		assert.ErrorIs(t, err, store.ErrInvalid)
		assert.ErrorIs(t, s.Drop(t.Context()), store.ErrInvalid)
	}
}
