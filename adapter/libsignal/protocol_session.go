package libsignal

import (
	"context"

	groups "go.mau.fi/libsignal/groups/state/record"
	"go.mau.fi/libsignal/protocol"
	"go.mau.fi/libsignal/state/record"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/store/family"
)

// LoadSession returns the session with an address, a fresh one if there is none.
func (p *Protocol) LoadSession(ctx context.Context, address *protocol.SignalAddress) (*record.Session, error) {
	s, err := p.session(ctx, idOf(address))
	if err != nil {
		return nil, err
	}
	if s == nil {
		return record.NewSession(p.serializer.Session, p.serializer.State), nil
	}
	return record.NewSessionFromStructure(s, p.serializer.Session, p.serializer.State)
}

// session is the session with an address as it is stored, nil if there is none.
func (p *Protocol) session(ctx context.Context, with Address) (*record.SessionStructure, error) {
	data, ok, err := p.keys.Sessions().Get(ctx, with)
	if err != nil || !ok {
		return nil, err
	}
	s, err := decodeSession(data.Reveal())
	if err != nil {
		return nil, inFamily("decode", signalkeys.SessionFamily, err)
	}
	return s, nil
}

// StoreSession stores the session with an address. One that was never set up is
// [store.ErrInvalid].
func (p *Protocol) StoreSession(ctx context.Context, address *protocol.SignalAddress, s *record.Session) error {
	if s == nil || s.SessionState() == nil || !s.SessionState().HasSenderChain() || s.SessionState().HasPendingKeyExchange() {
		return inFamily("encode", signalkeys.SessionFamily, errIncomplete)
	}
	return p.putSession(ctx, idOf(address), s.Structure())
}

func (p *Protocol) putSession(ctx context.Context, with Address, s *record.SessionStructure) error {
	data, err := encodeSession(s)
	if err != nil {
		return inFamily("encode", signalkeys.SessionFamily, err)
	}
	return p.keys.Sessions().Put(ctx, with, family.NewSecret(data))
}

// ContainsSession reports whether there is a session with an address.
func (p *Protocol) ContainsSession(ctx context.Context, address *protocol.SignalAddress) (bool, error) {
	return p.keys.Sessions().Has(ctx, idOf(address))
}

// GetSubDeviceSessions returns the devices of a user with which there are
// sessions, but for device 0, which in WhatsApp is the phone itself. (The store of
// libsignal's own tests leaves out device 1, which in Signal is.)
func (p *Protocol) GetSubDeviceSessions(ctx context.Context, name string) (devices []uint32, err error) {
	for e, err := range p.keys.Sessions().OfName(name).All(ctx) {
		if err != nil {
			return nil, err
		}
		if e.ID.Device != 0 {
			devices = append(devices, e.ID.Device)
		}
	}
	return devices, nil
}

// DeleteSession forgets the session with an address.
func (p *Protocol) DeleteSession(ctx context.Context, address *protocol.SignalAddress) error {
	return p.keys.Sessions().Delete(ctx, idOf(address))
}

// DeleteAllSessions forgets every session, all of them or, on an error, none.
// Those that other libraries wrote go too.
func (p *Protocol) DeleteAllSessions(ctx context.Context) error {
	return p.keys.Transaction(ctx, nil, func(ctx context.Context, tx *signalkeys.Tx) error {
		var all []signalkeys.SessionID
		for e, err := range tx.Sessions().All(ctx) {
			if err != nil {
				return err
			}
			all = append(all, e.ID)
		}
		return tx.Sessions().DeleteMany(ctx, all...)
	})
}

// LoadSenderKey returns a sender key, an empty one if there is none.
func (p *Protocol) LoadSenderKey(ctx context.Context, name *protocol.SenderKeyName) (*groups.SenderKey, error) {
	return p.senderKey(ctx, senderOf(name), func(uint32) bool { return true })
}

// senderKey is a sender key with those of its kept message keys that are wanted.
func (p *Protocol) senderKey(ctx context.Context, k GroupSender, wanted func(iteration uint32) bool) (*groups.SenderKey, error) {
	data, ok, err := p.keys.SenderKeys().Get(ctx, k)
	if err != nil {
		return nil, err
	}
	if !ok {
		return groups.NewSenderKey(p.serializer.SenderKeyRecord, p.serializer.SenderKeyState), nil
	}
	s, err := decodeSenderKey(data.Reveal(), wanted)
	if err != nil {
		return nil, inFamily("decode", signalkeys.SenderKeyFamily, err)
	}
	return groups.NewSenderKeyFromStruct(s, p.serializer.SenderKeyRecord, p.serializer.SenderKeyState)
}

// StoreSenderKey stores a sender key. An empty one is one.
func (p *Protocol) StoreSenderKey(ctx context.Context, name *protocol.SenderKeyName, s *groups.SenderKey) error {
	if s == nil {
		return inFamily("encode", signalkeys.SenderKeyFamily, errIncomplete)
	}
	data, err := encodeSenderKey(s.Structure())
	if err != nil {
		return inFamily("encode", signalkeys.SenderKeyFamily, err)
	}
	return p.keys.SenderKeys().Put(ctx, senderOf(name), family.NewSecret(data))
}

// senderOf is the key of a sender key in its family.
func senderOf(n *protocol.SenderKeyName) GroupSender {
	return GroupSender{Group: n.GroupID(), Name: n.Sender().Name(), Device: n.Sender().DeviceID()}
}

// nameOf is the reverse of senderOf.
func nameOf(k GroupSender) *protocol.SenderKeyName {
	return protocol.NewSenderKeyName(k.Group, protocol.NewSignalAddress(k.Name, k.Device))
}
