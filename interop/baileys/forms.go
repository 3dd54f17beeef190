package baileys

import (
	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/store/family"
)

// forms are those of all families of package signalkeys.
var forms = []form{
	newForm(naming{family: signalkeys.SessionFamily}, kept, signalkeys.ParseSessionID, parseSession, renderSession,
		(*signalkeys.Batch).Sessions, (*signalkeys.ReadTx).Sessions).foreign(isForeign),
	newForm(naming{family: signalkeys.PreKeyFamily}, neverKept, signalkeys.ParsePreKeyID, parsePreKey, renderPreKey,
		(*signalkeys.Batch).PreKeys, (*signalkeys.ReadTx).PreKeys),
	newForm(naming{signalkeys.SenderKeyFamily, "--", "::"}, neverKept, signalkeys.ParseSenderKeyID, parseSenderKey, renderSenderKey,
		(*signalkeys.Batch).SenderKeys, (*signalkeys.ReadTx).SenderKeys).foreign(isForeign),
	newForm(naming{family: signalkeys.SenderKeyMemoryFamily}, kept, signalkeys.ParseSenderKeyMemoryID, parseMemory, renderMemory,
		(*signalkeys.Batch).SenderKeyMemory, (*signalkeys.ReadTx).SenderKeyMemory),
	newForm(naming{signalkeys.AppStateSyncKeyFamily, "__", "/"}, kept, signalkeys.ParseAppStateSyncKeyID, parseSyncKey, renderSyncKey,
		(*signalkeys.Batch).AppStateSyncKeys, (*signalkeys.ReadTx).AppStateSyncKeys),
	newForm(naming{family: signalkeys.AppStateSyncVersionFamily}, kept, signalkeys.ParseAppStateSyncVersionID, parseSyncVersion, renderSyncVersion,
		(*signalkeys.Batch).AppStateSyncVersions, (*signalkeys.ReadTx).AppStateSyncVersions),
	&rows{},
	newForm(naming{family: signalkeys.DeviceListFamily}, kept, signalkeys.ParseDeviceListID, parseDeviceList, renderDeviceList,
		(*signalkeys.Batch).DeviceLists, (*signalkeys.ReadTx).DeviceLists),
	newForm(naming{family: signalkeys.TCTokenFamily}, kept, signalkeys.ParseTCTokenID, parseTCToken, renderTCToken,
		(*signalkeys.Batch).TCTokens, (*signalkeys.ReadTx).TCTokens),
	newForm(naming{family: signalkeys.IdentityKeyFamily}, kept, signalkeys.ParseIdentityKeyID, parseIdentity, renderIdentity,
		(*signalkeys.Batch).IdentityKeys, (*signalkeys.ReadTx).IdentityKeys),
}

// Whether the bytes of a file may be kept beside its record. Pre-keys and sender
// keys are consumed: a copy would outlive them.
const (
	kept      = true
	neverKept = false
)

func newForm[I family.ID, V any, R reader[I, V]](
	name naming, keep bool,
	parseID func(text string) (I, error),
	parse func(s *scanner) V,
	write func(dst []byte, v V) ([]byte, error),
	batch func(b *signalkeys.Batch) family.Adder[I, V],
	read func(r *signalkeys.ReadTx) R,
) *typed[I, V, R] {
	return &typed[I, V, R]{
		name: name, keep: keep, parseID: parseID, parse: parse, write: write, batch: batch, reader: read,
	}
}

// foreign is the form of a family that holds records of other libraries too;
// isOther tells those.
func (f *typed[I, V, R]) foreign(isOther func(v V) bool) *typed[I, V, R] {
	f.isOther = isOther
	return f
}
