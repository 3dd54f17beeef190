package libsignal

import (
	"go.mau.fi/libsignal/protocol"
	"go.mau.fi/libsignal/util/optional"
	"google.golang.org/protobuf/encoding/protowire"
)

// sending is what a stored session has for encrypting, with places in the
// record: to encrypt changes one chain key, and a record can have kilobytes of
// earlier states and kept keys, of which libsignal's structures are many times
// as many.
type sending struct {
	record  []byte
	current place // the field of the current state in the record
	state   sendingState
}

// sendingState is a state of a session.
type sendingState struct {
	data                    []byte
	version                 uint32
	local, remote           []byte // public identity keys
	root, base              []byte
	previousCounter         uint32
	registrationID, theirID uint32
	chain                   sendingChain
	at                      place // the field of the chain in the state
	pending                 pendingPreKey
}

// sendingChain is a chain of a state.
type sendingChain struct {
	data             []byte
	ratchet, private []byte
	key              []byte
	index            uint32
	at               place // the field of the chain key in the chain
}

type pendingPreKey struct {
	data     []byte // nil for none
	id       *optional.Uint32
	signedID uint32
	base     []byte
}

// place is where a field is in what encloses it.
type place struct{ from, to int }

// readSending reads what encodeSession wrote, and is at least as strict as
// decodeSession.
//
// Errors: [store.ErrCorrupt], [ErrForeignRecord].
func readSending(data []byte) (s sending, err error) {
	if isJSON(data) {
		return s, ErrForeignRecord
	}
	s.record = data
	f := fields{data: data, often: 2}
	for f.more() {
		var state sendingState
		f.takeBytes(&state.data)
		switch {
		case f.err != nil:
		case f.number == 1:
			f.err = state.read()
			s.state, s.current = state, place{f.from, f.next}
		case f.number == 2:
			f.err = state.read()
		default:
			f.err = ErrForeignRecord
		}
	}
	if f.err == nil && s.state.data == nil {
		f.err = malformed("no state")
	}
	return s, f.err
}

func (s *sendingState) read() error {
	f := fields{data: s.data, often: 7}
	for f.more() {
		switch f.number {
		case 1:
			f.takeUint32(&s.version)
		case 2:
			f.takeBytes(&s.local)
		case 3:
			f.takeBytes(&s.remote)
		case 4:
			f.takeBytes(&s.root)
		case 5:
			f.takeUint32(&s.previousCounter)
		case 6:
			s.at = place{f.from, f.next}
			f.readChain(&s.chain)
		case 7:
			f.readChain(&sendingChain{})
		case 9:
			f.readPending(&s.pending)
		case 10:
			f.takeUint32(&s.theirID)
		case 11:
			f.takeUint32(&s.registrationID)
		case 12:
			f.takeUint32(new(uint32))
		case 13:
			f.takeBytes(&s.base)
		default:
			f.fail(ErrForeignRecord)
		}
	}
	switch {
	case f.err != nil:
		return f.err
	case s.version != protocol.CurrentVersion:
		return ErrForeignRecord
	case !isPoint(s.local) || !isPoint(s.remote) || !isPoint(s.base):
		return malformed("a public key")
	case len(s.root) != keyBytes:
		return malformed("the root key")
	case len(s.chain.private) != keyBytes:
		return malformed("the sender chain")
	}
	return nil
}

func (f *fields) readChain(c *sendingChain) {
	if f.takeBytes(&c.data); f.err == nil {
		f.err = c.read()
	}
}

func (c *sendingChain) read() error {
	f := fields{data: c.data, often: 4}
	for f.more() {
		switch f.number {
		case 1:
			f.takeBytes(&c.ratchet)
		case 2:
			f.takeBytes(&c.private)
		case 3:
			c.at = place{f.from, f.next}
			f.readChainKey(c)
		case 4:
			f.checkMessageKey()
		default:
			f.fail(ErrForeignRecord)
		}
	}
	if f.err != nil {
		return f.err
	}
	if !isPoint(c.ratchet) || len(c.key) != keyBytes || len(c.private) != 0 && len(c.private) != keyBytes {
		return malformed("a chain")
	}
	return nil
}

func (f *fields) readChainKey(c *sendingChain) {
	var data []byte
	f.takeBytes(&data)
	inner := fields{data: data, err: f.err}
	for inner.more() {
		switch inner.number {
		case 1:
			inner.takeUint32(&c.index)
		case 2:
			inner.takeBytes(&c.key)
		default:
			inner.fail(ErrForeignRecord)
		}
	}
	f.err = inner.err
}

func (f *fields) checkMessageKey() {
	var data, cipher, mac, iv []byte
	f.takeBytes(&data)
	inner := fields{data: data, err: f.err}
	for inner.more() {
		switch inner.number {
		case 1:
			inner.takeUint32(new(uint32))
		case 2:
			inner.takeBytes(&cipher)
		case 3:
			inner.takeBytes(&mac)
		case 4:
			inner.takeBytes(&iv)
		default:
			inner.fail(ErrForeignRecord)
		}
	}
	if inner.err == nil && (len(cipher) != keyBytes || len(mac) != keyBytes || len(iv) != ivBytes) {
		inner.err = malformed("a message key")
	}
	f.err = inner.err
}

func (f *fields) readPending(p *pendingPreKey) {
	f.takeBytes(&p.data)
	p.id = optional.NewEmptyUint32()
	inner := fields{data: p.data, err: f.err}
	for inner.more() {
		switch inner.number {
		case 1:
			inner.takeUint32(&p.id.Value)
			p.id.IsEmpty = false
		case 2:
			inner.takeBytes(&p.base)
		case 3:
			p.signedID = uint32(inner.uint)
			if inner.bytes != nil || inner.uint != uint64(int32(inner.uint)) {
				inner.fail(ErrForeignRecord)
			}
		default:
			inner.fail(ErrForeignRecord)
		}
	}
	if inner.err == nil && !isPoint(p.base) {
		inner.err = malformed("a base key")
	}
	f.err = inner.err
}

// advanced is the record with the next chain key in the place of the one used.
func (s *sending) advanced(key []byte, index uint32) []byte {
	const inRecord, inState, inChain = 1, 6, 3
	chain, state := &s.state.chain, &s.state
	keySize := 1 + protowire.SizeVarint(uint64(index)) + 1 + protowire.SizeBytes(len(key))
	chainSize := len(chain.data) - chain.at.size() + 1 + protowire.SizeBytes(keySize)
	stateSize := len(state.data) - state.at.size() + 1 + protowire.SizeBytes(chainSize)

	out := make([]byte, 0, len(s.record)-s.current.size()+1+protowire.SizeBytes(stateSize))
	out = append(out, s.record[:s.current.from]...)
	out = appendHead(out, inRecord, stateSize)
	out = append(out, state.data[:state.at.from]...)
	out = appendHead(out, inState, chainSize)
	out = append(out, chain.data[:chain.at.from]...)
	out = appendHead(out, inChain, keySize)
	out = protowire.AppendVarint(protowire.AppendTag(out, 1, protowire.VarintType), uint64(index))
	out = protowire.AppendBytes(protowire.AppendTag(out, 2, protowire.BytesType), key)
	out = append(out, chain.data[chain.at.to:]...)
	out = append(out, state.data[state.at.to:]...)
	return append(out, s.record[s.current.to:]...)
}

func appendHead(out []byte, number protowire.Number, size int) []byte {
	return protowire.AppendVarint(protowire.AppendTag(out, number, protowire.BytesType), uint64(size))
}

func (p place) size() int { return p.to - p.from }
