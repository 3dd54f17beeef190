package libsignal

import (
	"crypto/aes"

	"go.mau.fi/libsignal/protocol"
	"go.mau.fi/libsignal/serialize"
	"go.mau.fi/libsignal/util/optional"
	"google.golang.org/protobuf/proto"
)

// Message is an encrypted message between two devices.
type Message struct {
	// PreKey says that the message also sets up the session: WhatsApp's pkmsg,
	// in contrast to msg.
	PreKey bool
	// Body is what goes over the wire.
	Body []byte
}

const (
	macBytes       = protocol.MacLength
	signatureBytes = 64
)

// incoming is a message as libsignal takes it. The parsers here stand in for
// libsignal's, which take keys of any length, fail on empty messages with a
// panic, and put whole messages into the text of errors and logs.
type incoming struct {
	preKey *protocol.PreKeySignalMessage // nil for a message within a session
	inner  *protocol.SignalMessage
}

func parse(m Message) (in incoming, err error) {
	if !m.PreKey {
		in.inner, err = parseSignal(m.Body)
		return in, err
	}
	if in.preKey, err = parsePreKey(m.Body); err != nil {
		return in, err
	}
	in.inner = in.preKey.WhisperMessage()
	return in, nil
}

func parseSignal(body []byte) (*protocol.SignalMessage, error) {
	var p serialize.SignalMessage
	mac, err := split(body, macBytes, &p)
	if err != nil {
		return nil, err
	}
	if !isPoint(p.RatchetKey) || !isCiphertext(p.Ciphertext) {
		return nil, ErrBadMessage
	}
	return protocol.NewSignalMessageFromStruct(&protocol.SignalMessageStructure{
		RatchetKey:      p.RatchetKey,
		Counter:         p.GetCounter(),
		PreviousCounter: p.GetPreviousCounter(),
		CipherText:      p.Ciphertext,
		Version:         protocol.CurrentVersion,
		Mac:             mac,
	}, wire.SignalMessage)
}

func parsePreKey(body []byte) (*protocol.PreKeySignalMessage, error) {
	var p serialize.PreKeySignalMessage
	if _, err := split(body, 0, &p); err != nil {
		return nil, err
	}
	if !isPoint(p.BaseKey) || !isPoint(p.IdentityKey) || p.SignedPreKeyId == nil {
		return nil, ErrBadMessage
	}
	if _, err := parseSignal(p.Message); err != nil {
		return nil, err
	}
	preKeyID := optional.NewEmptyUint32()
	if p.PreKeyId != nil { // 0 is a number, although libsignal takes it for none
		preKeyID = optional.NewOptionalUint32(p.GetPreKeyId())
	}
	return protocol.NewPreKeySignalMessageFromStruct(&protocol.PreKeySignalMessageStructure{
		RegistrationID: p.GetRegistrationId(),
		PreKeyID:       preKeyID,
		SignedPreKeyID: p.GetSignedPreKeyId(),
		BaseKey:        p.BaseKey,
		IdentityKey:    p.IdentityKey,
		Message:        p.Message,
		Version:        protocol.CurrentVersion,
	}, wire.PreKeySignalMessage, wire.SignalMessage)
}

func parseSenderKeyMessage(body []byte) (*protocol.SenderKeyMessage, error) {
	var p serialize.SenderKeyMessage
	signature, err := split(body, signatureBytes, &p)
	if err != nil {
		return nil, err
	}
	if !isCiphertext(p.Ciphertext) {
		return nil, ErrBadMessage
	}
	return protocol.NewSenderKeyMessageFromStruct(&protocol.SenderKeyMessageStructure{
		ID:         p.GetId(),
		Iteration:  p.GetIteration(),
		CipherText: p.Ciphertext,
		Version:    protocol.CurrentVersion,
		Signature:  signature,
	}, wire.SenderKeyMessage)
}

func parseDistribution(body []byte) (*protocol.SenderKeyDistributionMessage, error) {
	var p serialize.SenderKeyDistributionMessage
	if _, err := split(body, 0, &p); err != nil {
		return nil, err
	}
	if !isPoint(p.SigningKey) || len(p.ChainKey) != keyBytes {
		return nil, ErrBadMessage
	}
	return protocol.NewSenderKeyDistributionMessageFromStruct(&protocol.SenderKeyDistributionMessageStructure{
		ID:         p.GetId(),
		Iteration:  p.GetIteration(),
		ChainKey:   p.ChainKey,
		SigningKey: p.SigningKey,
		Version:    protocol.CurrentVersion,
	}, wire.SenderKeyDistributionMessage)
}

// split takes the version in front and the tail off a message and reads the
// protobuf between them.
func split(body []byte, tail int, into proto.Message) (end []byte, err error) {
	if len(body) < 1+tail {
		return nil, ErrBadMessage
	}
	switch version := body[0] >> 4; {
	case version < protocol.CurrentVersion:
		return nil, ErrOldVersion
	case version > protocol.CurrentVersion:
		return nil, ErrNewVersion
	}
	at := len(body) - tail
	if proto.Unmarshal(body[1:at], into) != nil {
		return nil, ErrBadMessage
	}
	return body[at:], nil
}

// isCiphertext reports whether bytes are whole blocks of a cipher: libsignal
// decrypts others with a panic.
func isCiphertext(b []byte) bool { return len(b) > 0 && len(b)%aes.BlockSize == 0 }
