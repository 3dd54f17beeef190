// Package libsignal runs the Signal protocol on a keyfam store: the sessions,
// keys and identities of go.mau.fi/libsignal in the families of package
// signalkeys, and each message in one serializable transaction.
//
// An [Account] is what a namespace of a store holds. [Create] makes one, [Open]
// opens it. It encrypts and decrypts:
//
//	m, err := account.Encrypt(ctx, address, text)
//	text, err := account.Decrypt(ctx, address, m)
//
// A ratchet that is read by two and written by two has lost a message. So each
// method reads, computes and writes in one transaction, under the label of what
// it is about, and returns a message or a text only when that has been
// committed. If another commit came between, it computes again from fresh data;
// no key is used twice, and a message that was not committed never leaves.
//
// To commit more with it, such as the text that was received, nest it:
//
//	err := account.Keys().Transaction(ctx, nil, func(ctx context.Context, tx *signalkeys.Tx) error {
//		text, err := account.In(tx).Decrypt(ctx, from, message)
//		…
//		return tx.Tx().Set(ctx, new(store.DataSet).Put("inbox", id, text))
//	})
//
// Sessions and sender keys are stored as Signal's LocalStorageProtocol. Records
// that other libraries wrote, as Baileys its JSON, are [ErrForeignRecord] and
// stay as they are, until [Account.ForgetForeign].
//
// Errors have names, in this package or in package store, and hold no address,
// no text and no key. libsignal itself logs keys at debug level: [Create],
// [Open] and [NewProtocol] put a logger before its own that drops those lines
// (and drops all, if the program has set none). A logger set up afterwards gets
// them.
//
// # Licence
//
// The source of this package is under the MIT licence like all of keyfam, but
// go.mau.fi/libsignal is under the GPL 3.0: a program that links it may only be
// given away under that. See the README.
package libsignal
