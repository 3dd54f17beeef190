package secretinerror

import (
	"encoding/hex"
	"fmt"

	"github.com/keyfam/keyfam/store/family"
)

// mistakeCheck puts the key into an error, as hex.
func mistakeCheck(s family.Secret) error {
	text := hex.EncodeToString(s.Reveal())
	if len(text) != 64 {
		return fmt.Errorf("bad key %s", text) // want `given to fmt.Errorf, .*give it the secret itself`
	}
	return nil
}
