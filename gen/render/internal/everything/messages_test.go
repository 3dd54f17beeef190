package everything_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/gen/render/internal/everything"
	"github.com/keyfam/keyfam/gen/render/internal/everything/peer"
	"github.com/keyfam/keyfam/store/family"
)

// message is what every generated message has.
type message[T any] interface {
	Equal(other T) bool
	Clone() T
}

// independent checks that a clone is equal to its message and stays what it was
// while change changes the message.
func independent[T message[T]](t *testing.T, v T, change func(v *T)) {
	t.Helper()
	own, before := v.Clone(), v.Clone()
	assert.Equal(t, v, own, "nil stays nil, empty stays empty")
	assert.True(t, v.Equal(own))
	change(&v)
	assert.False(t, v.Equal(own))
	assert.False(t, own.Equal(v))
	assert.Equal(t, before, own)
}

func TestCloneSharesNothing(t *testing.T) {
	independent(t, everything.Scalars{Data: []byte{1}, OptName: new("a")}, func(v *everything.Scalars) { v.Data[0] = 2 })
	independent(t, everything.Scalars{OptName: new("a")}, func(v *everything.Scalars) { *v.OptName = "b" })
	independent(t, everything.Scalars{OptData: []byte{}}, func(v *everything.Scalars) { v.OptData = nil })
	independent(t, everything.Lists{Names: []string{"a"}}, func(v *everything.Lists) { v.Names[0] = "b" })
	independent(t, everything.Lists{Datas: [][]byte{{1}, nil}}, func(v *everything.Lists) { v.Datas[0][0] = 2 })
	independent(t, everything.Lists{Points: []everything.Point{{X: 1}}}, func(v *everything.Lists) { v.Points[0].X = 2 })
	independent(t, everything.Maps{Names: map[string]string{"a": "b"}}, func(v *everything.Maps) { v.Names["a"] = "c" })
	independent(t, everything.Maps{Datas: map[string][]byte{"a": {1}}}, func(v *everything.Maps) { v.Datas["a"][0] = 2 })
	independent(t, everything.Nested{Maybe: &everything.Point{X: 1}}, func(v *everything.Nested) { v.Maybe.X = 2 })
	independent(t, everything.Nested{Deeper: everything.Lists{Counts: []uint32{1}}}, func(v *everything.Nested) { v.Deeper.Counts[0] = 2 })
}

// A secret that is wiped leaves its clone alone.
func TestCloneOfSecrets(t *testing.T) {
	v := everything.Bounded{
		Secret: family.NewSecret([]byte("a")), SecretFixed: everything.NewSecret16([16]byte{1}),
		OptSecret: new(family.NewSecret([]byte("b"))), OptSecretFixed: new(everything.NewSecret16([16]byte{2})),
	}
	own := v.Clone()
	assert.Equal(t, v, own)
	clear(v.Secret.Reveal())
	clear(v.OptSecret.Reveal())
	assert.Equal(t, "a", string(own.Secret.Reveal()))
	assert.Equal(t, "b", string(own.OptSecret.Reveal()))
	assert.Equal(t, [16]byte{2}, own.OptSecretFixed.Reveal())
}

// What is stored as the same bytes is equal, and nothing else.
func TestEqualMessages(t *testing.T) {
	assert.True(t, everything.Lists{}.Equal(everything.Lists{Names: []string{}, Points: []everything.Point{}}))
	assert.True(t, everything.Maps{}.Equal(everything.Maps{Flags: map[string]bool{}}))
	assert.True(t, everything.Scalars{}.Equal(everything.Scalars{Data: []byte{}}))
	assert.False(t, everything.Scalars{}.Equal(everything.Scalars{OptData: []byte{}}), "an optional one that is there")
	assert.False(t, everything.Scalars{}.Equal(everything.Scalars{OptCount: new(uint32(0))}))
	invalid := everything.Scalars{Name: "\xff"}
	assert.True(t, invalid.Equal(invalid.Clone()), "a store would refuse it")
	assert.False(t, invalid.Equal(everything.Scalars{Name: "\xfe"}))
}

// Lists and maps that are absent or empty come back nil, those of whole values
// too.
func TestAbsentIsNil(t *testing.T) {
	r, ctx := open(t), t.Context()
	require.NoError(t, r.AllMaps().Put(ctx, 1, everything.Maps{Names: map[string]string{}}))
	require.NoError(t, r.AllLists().Put(ctx, 1, everything.Lists{Names: []string{}}))
	require.NoError(t, r.Counts().Put(ctx, "a", map[string]uint64{}))
	m, _, err := r.AllMaps().Get(ctx, 1)
	require.NoError(t, err)
	assert.Equal(t, everything.Maps{}, m)
	l, _, err := r.AllLists().Get(ctx, 1)
	require.NoError(t, err)
	assert.Equal(t, everything.Lists{}, l)
	c, ok, err := r.Counts().Get(ctx, "a")
	require.NoError(t, err)
	assert.True(t, ok)
	assert.Nil(t, c)
}

// A Go type of the user is copied through its bytes. One that does not marshal is
// copied as it is, and equals nothing.
func TestEqualAndCloneOfOthersTypes(t *testing.T) {
	independent(t, everything.Nested{Peer: peer.State{Sent: 5}}, func(v *everything.Nested) { v.Peer.Sent = 6 })
	refused := everything.Nested{Peer: peer.State{Sent: 0xff}}
	assert.Equal(t, refused, refused.Clone())
	assert.False(t, refused.Equal(refused.Clone()))
}
