package familytest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/internal/markers"
	"github.com/keyfam/keyfam/store/family"
	"github.com/keyfam/keyfam/store/family/familytest"
)

// said is a test that keeps its failures.
type said struct {
	testing.TB
	lines []string
}

func (*said) Helper() {}
func (s *said) Errorf(format string, args ...any) {
	s.lines = append(s.lines, fmt.Sprintf(format, args...))
}

func pairOf(text string) signalkeys.KeyPair {
	return signalkeys.KeyPair{Private: signalkeys.NewSecret32([32]byte([]byte(strings.Repeat(text, 32)[:32])))}
}

func TestEqual(t *testing.T) {
	marked, again := markers.Bytes32(), markers.Bytes32()
	a, b := signalkeys.KeyPair{Private: signalkeys.NewSecret32(marked)}, pairOf("b")
	same := signalkeys.KeyPair{Private: signalkeys.NewSecret32(again)}
	text := func(s string) family.Secret { return family.NewSecret([]byte(s)) }
	one, two := uint32(1), uint32(2)
	for name, c := range map[string]struct {
		want, got any
		lines     []string
	}{
		"equal":       {a, same, nil},
		"zeros":       {signalkeys.KeyPair{}, pairOf("\x00"), nil},
		"secret":      {a, b, []string{"differs at .Private: want [redacted], got [redacted]"}},
		"pointers":    {&a, &b, []string{"differs at .Private: want [redacted], got [redacted]"}},
		"bare secret": {text(markers.Text("a")), text("b"), []string{"differs: want [redacted], got [redacted]"}},
		"map": {
			map[string]signalkeys.KeyPair{"x": a, "y": a},
			map[string]signalkeys.KeyPair{"x": same, "y": b},
			[]string{"differs at [y].Private: want [redacted], got [redacted]"},
		},
		"one too many": {[]family.Secret{text("a")}, []family.Secret{text("a"), text(markers.Text("b"))}, []string{"differs at [1]: want nothing, got [redacted]"}},
		"open": {
			signalkeys.AppStateSyncKeyFingerprint{RawID: &one},
			signalkeys.AppStateSyncKeyFingerprint{RawID: &two},
			[]string{"differs at .RawID: want 1, got 2"},
		},
		"types": {1, "1", []string{"differs: want 1, got 1"}},
		"nil":   {nil, 1, []string{"differs: want nothing, got 1"}},
	} {
		s := &said{TB: t}
		assert.Equal(t, len(c.lines) == 0, familytest.Equal(s, c.want, c.got), name)
		assert.Equal(t, c.lines, s.lines, name)
		assert.Empty(t, markers.Find(strings.Join(s.lines, "\n")), name)
	}
}

// Testify's Equal finds that secrets differ, and shows none.
func TestTestifyAgrees(t *testing.T) {
	a, b := signalkeys.KeyPair{Private: signalkeys.NewSecret32(markers.Bytes32())}, pairOf("b")
	again := signalkeys.KeyPair{Private: signalkeys.NewSecret32(markers.Bytes32())}
	s := &said{TB: t}
	assert.True(t, assert.Equal(s, a, again))
	assert.False(t, assert.Equal(s, a, b))
	assert.NotEmpty(t, s.lines)
	assert.Empty(t, markers.Find(strings.Join(s.lines, "\n")))
}
