// Package baileys moves the keys of a WhatsApp client between a folder as
// Baileys' useMultiFileAuthState keeps it and a [signalkeys.Repo]. [Import]
// reads a folder, [Export] writes one, [Check] looks for what imports and other
// people's code leave behind.
//
// # Fidelity
//
// A record has one canonical file: the form that Baileys writes today. Import
// renders each record that it has read; where the file has other bytes, in
// another order of names for instance, it keeps these too, in the family
// baileys-file, with the record and in the same commit. Export writes the kept
// bytes if they still say exactly what is stored, else the canonical form. So a
// folder that was imported and exported is the same byte for byte, and a changed
// record changes its own file only.
//
// Pre-keys and sender keys never keep an original, because consumed keys must
// not survive. The report of an import lists those that Export will write in
// another form than they came in.
//
// creds.json and files of families that nobody knows are baileys-file records
// as well, and come back byte for byte. Whoever reads such a namespace must
// therefore treat baileys-file as what it is: secret.
//
// # Half a surrogate pair
//
// JavaScript's strings may hold half a surrogate pair, which UTF-8 has no bytes
// for. It is stored as U+FFFD; the file itself is kept as any other that is not
// canonical, and the report names it.
//
// # Before you start
//
// Stop the client that uses the folder. Both Import and Export hold what they
// move in memory: nothing is written before everything was read and checked. An
// Import into a namespace that is not empty holds its records twice, to compare.
package baileys
