// Package tests is what libsignal's own tests get in place of their stores: the
// same types and constructors over keyfam. TestPeerSuite of package libsignal
// lays libsignal's test files beside this file and runs them.
package tests

import (
	"context"
	"os"
	"strconv"
	"sync"
	"sync/atomic"

	"go.mau.fi/libsignal/keys/identity"
	"go.mau.fi/libsignal/serialize"

	"github.com/keyfam/keyfam/adapter/libsignal"
	"github.com/keyfam/keyfam/adapter/libsignal/localkeys"
	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/memstore"
	"github.com/keyfam/keyfam/store/pebblestore"
)

// opened is the store of the test process: on Pebble in the directory that the
// environment names, in memory without.
var opened = sync.OnceValue(func() *store.Store {
	if dir := os.Getenv("KEYFAM_PEER_DIR"); dir != "" {
		return must(pebblestore.Open(context.Background(), dir, nil))
	}
	return must(memstore.Open(context.Background(), nil))
})

var accounts atomic.Int64

// newProtocol is one of a namespace of its own.
func newProtocol(self libsignal.Identity, s *serialize.Serializer) *libsignal.Protocol {
	st := opened().Namespace("account " + strconv.FormatInt(accounts.Add(1), 10))
	keys := must(signalkeys.Open(context.Background(), st))
	local := must(localkeys.Open(context.Background(), st))
	return libsignal.NewProtocol(keys, local, self, s)
}

// must is for constructors that have no error to return.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

type InMemoryIdentityKey struct{ *libsignal.Protocol }

func NewInMemoryIdentityKey(identityKey *identity.KeyPair, localRegistrationID uint32) *InMemoryIdentityKey {
	self := libsignal.Identity{KeyPair: identityKey, RegistrationID: localRegistrationID}
	return &InMemoryIdentityKey{newProtocol(self, nil)}
}

type InMemoryPreKey struct{ *libsignal.Protocol }

func NewInMemoryPreKey() *InMemoryPreKey {
	return &InMemoryPreKey{newProtocol(libsignal.Identity{}, nil)}
}

type InMemorySession struct{ *libsignal.Protocol }

func NewInMemorySession(serializer *serialize.Serializer) *InMemorySession {
	return &InMemorySession{newProtocol(libsignal.Identity{}, serializer)}
}

type InMemorySignedPreKey struct{ *libsignal.Protocol }

func NewInMemorySignedPreKey() *InMemorySignedPreKey {
	return &InMemorySignedPreKey{newProtocol(libsignal.Identity{}, nil)}
}

type InMemorySenderKey struct{ *libsignal.Protocol }

func NewInMemorySenderKey() *InMemorySenderKey {
	return &InMemorySenderKey{newProtocol(libsignal.Identity{}, nil)}
}
