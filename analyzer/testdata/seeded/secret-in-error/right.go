package secretinerror

import (
	"bytes"
	"encoding/hex"
	"fmt"

	"github.com/keyfam/keyfam/store/family"
)

// rightCheck says what is wrong without the key.
func rightCheck(s family.Secret) error {
	text := hex.EncodeToString(s.Reveal())
	if len(text) != 64 || bytes.Equal(s.Reveal(), nil) {
		return fmt.Errorf("bad key of %d digits", len(text))
	}
	return nil
}
