package familyname_test

import (
	"testing"

	"github.com/keyfam/keyfam/analyzer/familyname"
	"github.com/keyfam/keyfam/analyzer/internal/checktest"
)

func TestFamilyName(t *testing.T) {
	checktest.Run(t, familyname.New(), "familyname", "noschema")
}
