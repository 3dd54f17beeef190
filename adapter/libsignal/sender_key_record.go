package libsignal

import (
	"go.mau.fi/libsignal/groups/ratchet"
	groups "go.mau.fi/libsignal/groups/state/record"
	pb "go.mau.fi/libsignal/serialize"
	"google.golang.org/protobuf/proto"
)

// encodeSenderKey is a sender key as Signal's LocalStorageProtocol has it.
func encodeSenderKey(s *groups.SenderKeyStructure) ([]byte, error) {
	r := &pb.SenderKeyRecordStructure{SenderKeyStates: make([]*pb.SenderKeyStateStructure, len(s.SenderKeyStates))}
	for i, state := range s.SenderKeyStates {
		p := &pb.SenderKeyStateStructure{
			SenderKeyId:       &state.KeyID,
			SenderChainKey:    &pb.SenderKeyStateStructure_SenderChainKey{Iteration: &state.SenderChainKey.Iteration, Seed: state.SenderChainKey.ChainKey},
			SenderSigningKey:  &pb.SenderKeyStateStructure_SenderSigningKey{Public: state.SigningKeyPublic},
			SenderMessageKeys: make([]*pb.SenderKeyStateStructure_SenderMessageKey, len(state.Keys)),
		}
		if !isZero(state.SigningKeyPrivate) { // libsignal makes zeros of a key that is not there
			p.SenderSigningKey.Private = state.SigningKeyPrivate
		}
		for j, k := range state.Keys {
			p.SenderMessageKeys[j] = &pb.SenderKeyStateStructure_SenderMessageKey{Iteration: &k.Iteration, Seed: k.Seed}
		}
		r.SenderKeyStates[i] = p
	}
	return proto.Marshal(r)
}

// decodeSenderKey reads what encodeSenderKey wrote, also an empty record. Of the
// kept message keys it derives those of the iterations that are wanted: a
// record can have thousands, and a message needs one.
//
// Errors: [store.ErrCorrupt], [ErrForeignRecord].
func decodeSenderKey(data []byte, wanted func(iteration uint32) bool) (*groups.SenderKeyStructure, error) {
	r := &pb.SenderKeyRecordStructure{}
	if err := unmarshalRecord(data, r); err != nil {
		return nil, err
	}
	s := &groups.SenderKeyStructure{SenderKeyStates: make([]*groups.SenderKeyStateStructure, len(r.SenderKeyStates))}
	for i, p := range r.SenderKeyStates {
		state, err := unpackSenderKeyState(p, wanted)
		if err != nil {
			return nil, err
		}
		s.SenderKeyStates[i] = state
	}
	return s, nil
}

func unpackSenderKeyState(p *pb.SenderKeyStateStructure, wanted func(uint32) bool) (*groups.SenderKeyStateStructure, error) {
	signing, chain := p.GetSenderSigningKey(), p.GetSenderChainKey()
	if private := len(signing.GetPrivate()); !isPoint(signing.GetPublic()) || private != 0 && private != keyBytes {
		return nil, malformed("a signing key")
	}
	if len(chain.GetSeed()) != keyBytes {
		return nil, malformed("a chain key")
	}
	s := &groups.SenderKeyStateStructure{
		Keys:              make([]*ratchet.SenderMessageKeyStructure, len(p.SenderMessageKeys)),
		KeyID:             p.GetSenderKeyId(),
		SenderChainKey:    &ratchet.SenderChainKeyStructure{Iteration: chain.GetIteration(), ChainKey: chain.Seed},
		SigningKeyPrivate: signing.Private,
		SigningKeyPublic:  signing.Public,
	}
	for i, k := range p.SenderMessageKeys {
		if len(k.Seed) != keyBytes {
			return nil, malformed("a message key")
		}
		s.Keys[i] = &ratchet.SenderMessageKeyStructure{Iteration: k.GetIteration(), Seed: k.Seed}
		if wanted(k.GetIteration()) {
			derived, err := ratchet.NewSenderMessageKey(k.GetIteration(), k.Seed)
			if err != nil {
				return nil, malformed("a message key")
			}
			s.Keys[i] = ratchet.NewStructFromSenderMessageKey(derived)
		}
	}
	return s, nil
}

func isZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
