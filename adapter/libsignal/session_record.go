package libsignal

import (
	"fmt"

	"go.mau.fi/libsignal/keys/chain"
	"go.mau.fi/libsignal/keys/message"
	"go.mau.fi/libsignal/protocol"
	pb "go.mau.fi/libsignal/serialize"
	"go.mau.fi/libsignal/state/record"
	"go.mau.fi/libsignal/util/optional"
	"google.golang.org/protobuf/proto"

	"github.com/keyfam/keyfam/store"
)

// Lengths in bytes.
const (
	keyBytes   = 32           // a private, root, chain, cipher or MAC key
	pointBytes = 1 + keyBytes // a public key after its type, 5
	ivBytes    = 16
)

// encodeSession writes a session in the format of Signal's
// LocalStorageProtocol. libsignal's own "protobuf serializer" writes JSON,
// which is twice as long.
func encodeSession(s *record.SessionStructure) ([]byte, error) {
	r := &pb.RecordStructure{PreviousSessions: make([]*pb.SessionStructure, len(s.PreviousStates))}
	r.CurrentSession = packState(s.SessionState)
	for i, previous := range s.PreviousStates {
		r.PreviousSessions[i] = packState(previous)
	}
	return proto.Marshal(r)
}

// decodeSession reads what encodeSession wrote. It checks the length of every
// key: libsignal would fill a short one up with zeros.
//
// Errors: [store.ErrCorrupt], [ErrForeignRecord].
func decodeSession(data []byte) (*record.SessionStructure, error) {
	r := &pb.RecordStructure{}
	if err := unmarshalRecord(data, r); err != nil {
		return nil, err
	}
	current, err := unpackState(r.GetCurrentSession())
	if err != nil {
		return nil, err
	}
	s := &record.SessionStructure{SessionState: current, PreviousStates: make([]*record.StateStructure, len(r.PreviousSessions))}
	for i, previous := range r.PreviousSessions {
		if s.PreviousStates[i], err = unpackState(previous); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// unmarshalRecord reads a record. It refuses one with fields that this package
// does not know, because they would be lost when the record is written again.
func unmarshalRecord(data []byte, into proto.Message) error {
	if isJSON(data) {
		return ErrForeignRecord
	}
	if (proto.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(data, into) != nil {
		return malformed("not a record")
	}
	if proto.Size(into) != len(data) {
		return ErrForeignRecord
	}
	return nil
}

// isJSON reports whether a record begins like those of Baileys and of
// libsignal.
func isJSON(data []byte) bool {
	return len(data) > 0 && (data[0] == '{' || data[0] == '[' || data[0] == '"')
}

func malformed(what string) error { return fmt.Errorf("%w: %s", store.ErrCorrupt, what) }

func packState(s *record.StateStructure) *pb.SessionStructure {
	p := &pb.SessionStructure{
		SessionVersion:       proto.Uint32(uint32(s.SessionVersion)),
		LocalIdentityPublic:  s.LocalIdentityPublic,
		RemoteIdentityPublic: s.RemoteIdentityPublic,
		RootKey:              s.RootKey,
		PreviousCounter:      proto.Uint32(s.PreviousCounter),
		SenderChain:          packChain(s.SenderChain),
		ReceiverChains:       make([]*pb.SessionStructure_Chain, len(s.ReceiverChains)),
		RemoteRegistrationId: proto.Uint32(s.RemoteRegistrationID),
		LocalRegistrationId:  proto.Uint32(s.LocalRegistrationID),
		AliceBaseKey:         s.SenderBaseKey,
	}
	for i, c := range s.ReceiverChains {
		p.ReceiverChains[i] = packChain(c)
	}
	if s.NeedsRefresh {
		p.NeedsRefresh = proto.Bool(true)
	}
	if pending := s.PendingPreKey; pending != nil {
		p.PendingPreKey = &pb.SessionStructure_PendingPreKey{
			SignedPreKeyId: proto.Int32(int32(pending.SignedPreKeyID)),
			BaseKey:        pending.BaseKey,
		}
		if id := pending.PreKeyID; id != nil && !id.IsEmpty {
			p.PendingPreKey.PreKeyId = &id.Value
		}
	}
	return p
}

func unpackState(p *pb.SessionStructure) (*record.StateStructure, error) {
	switch {
	case p == nil:
		return nil, malformed("no state")
	case p.GetSessionVersion() != protocol.CurrentVersion, p.PendingKeyExchange != nil:
		return nil, ErrForeignRecord
	case !isPoint(p.LocalIdentityPublic) || !isPoint(p.RemoteIdentityPublic) || !isPoint(p.AliceBaseKey):
		return nil, malformed("a public key")
	case len(p.RootKey) != keyBytes:
		return nil, malformed("the root key")
	}
	s := &record.StateStructure{
		LocalIdentityPublic:  p.LocalIdentityPublic,
		LocalRegistrationID:  p.GetLocalRegistrationId(),
		NeedsRefresh:         p.GetNeedsRefresh(),
		PreviousCounter:      p.GetPreviousCounter(),
		ReceiverChains:       make([]*record.ChainStructure, len(p.ReceiverChains)),
		RemoteIdentityPublic: p.RemoteIdentityPublic,
		RemoteRegistrationID: p.GetRemoteRegistrationId(),
		RootKey:              p.RootKey,
		SenderBaseKey:        p.AliceBaseKey,
		SessionVersion:       int(p.GetSessionVersion()),
	}
	if pending := p.PendingPreKey; pending != nil {
		if !isPoint(pending.BaseKey) {
			return nil, malformed("a base key")
		}
		s.PendingPreKey = &record.PendingPreKeyStructure{
			PreKeyID:       optional.NewEmptyUint32(),
			SignedPreKeyID: uint32(pending.GetSignedPreKeyId()),
			BaseKey:        pending.BaseKey,
		}
		if pending.PreKeyId != nil {
			s.PendingPreKey.PreKeyID = optional.NewOptionalUint32(pending.GetPreKeyId())
		}
	}
	return s, unpackChains(p, s)
}

func unpackChains(p *pb.SessionStructure, s *record.StateStructure) (err error) {
	if len(p.GetSenderChain().GetSenderRatchetKeyPrivate()) != keyBytes {
		return malformed("the sender chain")
	}
	if s.SenderChain, err = unpackChain(p.SenderChain); err != nil {
		return err
	}
	for i, c := range p.ReceiverChains {
		if s.ReceiverChains[i], err = unpackChain(c); err != nil {
			return err
		}
	}
	return nil
}

func packChain(c *record.ChainStructure) *pb.SessionStructure_Chain {
	p := &pb.SessionStructure_Chain{
		SenderRatchetKey:        c.SenderRatchetKeyPublic,
		SenderRatchetKeyPrivate: c.SenderRatchetKeyPrivate,
		ChainKey:                &pb.SessionStructure_Chain_ChainKey{Index: &c.ChainKey.Index, Key: c.ChainKey.Key},
		MessageKeys:             make([]*pb.SessionStructure_Chain_MessageKey, len(c.MessageKeys)),
	}
	for i, k := range c.MessageKeys {
		p.MessageKeys[i] = &pb.SessionStructure_Chain_MessageKey{Index: &k.Index, CipherKey: k.CipherKey, MacKey: k.MacKey, Iv: k.IV}
	}
	return p
}

func unpackChain(p *pb.SessionStructure_Chain) (*record.ChainStructure, error) {
	private := p.GetSenderRatchetKeyPrivate()
	if !isPoint(p.GetSenderRatchetKey()) || len(p.GetChainKey().GetKey()) != keyBytes || len(private) != 0 && len(private) != keyBytes {
		return nil, malformed("a chain")
	}
	c := &record.ChainStructure{
		SenderRatchetKeyPublic:  p.SenderRatchetKey,
		SenderRatchetKeyPrivate: private,
		ChainKey:                &chain.KeyStructure{Key: p.ChainKey.Key, Index: p.ChainKey.GetIndex()},
		MessageKeys:             make([]*message.KeysStructure, len(p.MessageKeys)),
	}
	for i, k := range p.MessageKeys {
		if len(k.CipherKey) != keyBytes || len(k.MacKey) != keyBytes || len(k.Iv) != ivBytes {
			return nil, malformed("a message key")
		}
		c.MessageKeys[i] = &message.KeysStructure{CipherKey: k.CipherKey, MacKey: k.MacKey, IV: k.Iv, Index: k.GetIndex()}
	}
	return c, nil
}

// isPoint reports whether b is a public key in the form that libsignal sends
// and keeps.
func isPoint(b []byte) bool { return len(b) == pointBytes && b[0] == 5 }
