package loggedsecret

import (
	"log"

	"github.com/keyfam/keyfam/generated/signalkeys"
)

// mistakeLog logs a private key.
func mistakeLog(pair signalkeys.KeyPair) {
	log.Printf("bad pair %x %x", pair.Public, pair.Private.Reveal()) // want `given to log.Printf, .*give it the secret itself, which prints redacted, or its length`
}
