package markers

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
)

type open struct {
	Text  string
	Bytes []byte
	Array [32]byte
}

type closed struct{ text *[]byte }

// Each sink shows a marker that is not hidden.
func TestSinksFindMarkers(t *testing.T) {
	values := []any{
		open{Text("a"), []byte(Text("b")), Bytes32()},
		Text("text"), []byte(Text("bytes")), errors.New(Text("error")),
		[]any{Text("in a slice")},
	}
	for _, s := range sinks() {
		found := ""
		for _, v := range values {
			found += Find(s.Print(v))
		}
		if s.Name[0] == '%' {
			continue // %c and %t of bytes tell little; TestForms looks at the rest
		}
		assert.NotEmpty(t, found, s.Name)
	}
}

// Find finds the output of each verb that shows bytes.
func TestForms(t *testing.T) {
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%# x", "%d", "%#x", "%U", "%b", "%o", "%O", "%p", "%w", "%40q"} {
		assert.NotEmpty(t, Find(fmt.Sprintf(verb, open{Bytes: []byte("xx" + Text("bytes"))})), verb)
	}
	assert.Empty(t, Find(fmt.Sprintf("%v", open{})))
}

// The walk finds a marker in each place around a value.
func TestPlaces(t *testing.T) {
	hidden := []byte(Text("behind a pointer"))
	for _, p := range around(closed{&hidden}) {
		assert.NotEmpty(t, Find(walk(p.value)), p.name)
	}
	for _, p := range around(open{Text: Text("text")}) {
		assert.NotEmpty(t, Find(fmt.Sprintf("%q %+v", p.value, p.value))+Find(walk(p.value)), p.name)
	}
}

// A type that the table lacks is an error, and so is one that does not exist.
func TestTableIsComplete(t *testing.T) {
	var r fakeTB
	Package{Dir: ".", Values: map[string][]any{"Sink": {Sink{}}}, Exempt: map[string]string{"Gone": "was here once"}}.complete(&r)
	assert.Contains(t, r.said, "Package has no marker case")
	assert.Contains(t, r.said, "there is no exported type Gone")
	assert.NotContains(t, r.said, "Sink")
}

type fakeTB struct {
	testing.TB
	said string
}

func (*fakeTB) Helper() {}
func (f *fakeTB) Errorf(format string, args ...any) {
	f.said += fmt.Sprintf(format, args...) + "\n"
}
