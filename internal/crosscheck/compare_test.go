package crosscheck

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/assert"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/internal/markers"
	"github.com/keyfam/keyfam/store/family"
)

// cmp.Diff and testify's Equal take generated messages without options, and show
// no secret where they differ.
func TestMessagesAreCompared(t *testing.T) {
	pair := signalkeys.KeyPair{Public: [32]byte{1}, Private: signalkeys.NewSecret32(markers.Bytes32())}
	other := pair.Clone()
	other.Private = signalkeys.NewSecret32([32]byte{1})
	token := signalkeys.TCToken{Token: family.NewSecret([]byte(markers.Text("token"))), Timestamp: new("1")}
	later := token.Clone()
	later.Timestamp = new("2")
	key := signalkeys.AppStateSyncKey{KeyData: new(signalkeys.NewSecret32(markers.Bytes32()))}
	for name, c := range map[string]struct{ a, same, other any }{
		"fixed secret":    {pair, pair.Clone(), other},
		"secret":          {token, token.Clone(), later},
		"optional secret": {key, key.Clone(), signalkeys.AppStateSyncKey{}},
		"list":            {[]signalkeys.KeyPair{pair}, []signalkeys.KeyPair{pair.Clone()}, []signalkeys.KeyPair{other}},
	} {
		assert.Empty(t, cmp.Diff(c.a, c.same), name)
		assert.Equal(t, c.a, c.same, name)
		diff := cmp.Diff(c.a, c.other)
		assert.NotEmpty(t, diff, name)
		assert.Empty(t, markers.Find(diff), name)
		var told told
		assert.False(t, assert.Equal(&told, c.a, c.other), name)
		assert.NotEmpty(t, told.text)
		assert.Empty(t, markers.Find(told.text), name)
	}
}

// told is a testing.T that keeps what it is told.
type told struct{ text string }

func (t *told) Errorf(format string, args ...any) { t.text += fmt.Sprintf(format, args...) }
