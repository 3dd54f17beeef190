package loggedsecret

import (
	"log"

	"github.com/keyfam/keyfam/generated/signalkeys"
)

// rightLog logs the redacted key and its length.
func rightLog(pair signalkeys.KeyPair) {
	log.Printf("bad pair %x %v (%d bytes)", pair.Public, pair.Private, len(pair.Private.Reveal()))
}
