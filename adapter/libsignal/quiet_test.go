package libsignal

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.mau.fi/libsignal/logger"

	"github.com/keyfam/keyfam/store"
)

// recorder is a logger that keeps what it is told.
type recorder struct{ lines strings.Builder }

func (r *recorder) Debug(string, string)           { r.lines.WriteString("DEBUG LINE\n") }
func (r *recorder) Info(_, message string)         { fmt.Fprintln(&r.lines, message) }
func (r *recorder) Warning(caller, message string) { r.Info(caller, message) }
func (r *recorder) Error(caller, message string)   { r.Info(caller, message) }
func (*recorder) Configure(string)                 {}

// TestLogHoldsNoSecrets goes through every failure with a logger set up, and
// looks for addresses, texts and keys in what it was told.
func TestLogHoldsNoSecrets(t *testing.T) {
	quieten()
	r, before := &recorder{}, logger.Logger
	logger.Logger = quiet{r}
	t.Cleanup(func() { logger.Logger = before })
	st := backends["memstore"](t, store.Options{})
	alice, bob := pair(t, st)
	marker := "marker" + rand.Text()
	m, err := alice.Encrypt(ctx, bob.address, []byte(marker))
	require.NoError(t, err)
	for i := 1; i < len(m.Body); i++ { // the low half of the first byte means nothing
		b := bytes.Clone(m.Body)
		b[i] ^= 1
		_, err := bob.Decrypt(ctx, alice.address, Message{Body: b})
		require.Error(t, err)
	}
	hear(t, bob, alice, m, marker)
	bob.refusesMessage(t, alice, ErrDuplicateMessage, m)
	log := r.lines.String()
	require.NotEmpty(t, log, "libsignal has logged something")
	secrets := []string{"DEBUG LINE", "alice", "bob", marker, string(m.Body)}
	for _, value := range contents(t, st.Namespace("bob")) {
		for at := 0; at+8 <= len(value); at++ {
			secrets = append(secrets, hex.EncodeToString([]byte(value[at:at+8])), strings.Trim(fmt.Sprint([]byte(value[at:at+8])), "[]"))
		}
	}
	for _, secret := range secrets {
		assert.NotContains(t, log, secret)
	}
}
