package family_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store/family"
)

func TestSecretString(t *testing.T) {
	s := family.NewSecretString("open sesame")
	assert.Equal(t, "open sesame", s.Reveal())
	assert.True(t, s.Equal(family.NewSecretString("open sesame")))
	assert.False(t, s.Equal(family.NewSecretString("open barley")))
	assert.Equal(t, family.NewSecretString("open sesame"), s, "reflect.DeepEqual compares the texts")
	assert.Equal(t, family.SecretString{}, family.NewSecretString(""))
	assert.Empty(t, family.SecretString{}.Reveal())
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		assert.Equal(t, family.Redacted, fmt.Sprintf(verb, s))
	}
	assert.Equal(t, family.Redacted, s.LogValue().String())
	b, err := json.Marshal(s)
	require.NoError(t, err)
	assert.Equal(t, `"`+family.Redacted+`"`, string(b))
	require.ErrorIs(t, json.Unmarshal(b, &s), family.ErrRedacted)
}
