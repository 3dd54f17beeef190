package baileys

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// realFiles calls add with the files of the real folder.
func realFiles(f *testing.F, add func(name string, data []byte)) {
	const dir = "testdata/baileys-auth"
	entries, err := os.ReadDir(dir)
	require.NoError(f, err)
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		require.NoError(f, err)
		add(e.Name(), data)
	}
}

// A file name is that of one record, which finds it again; and no two records
// have one file.
func FuzzFileName(f *testing.F) {
	realFiles(f, func(name string, _ []byte) { f.Add(name) })
	for _, name := range []string{
		"", ".json", "session-.json", "sender-key-a::b::1.json", "sender-key-a---b--1.json", "sender-key-memory-.json",
		"app-state-sync-key-____.json", "tctoken-a:b.json", "lid-mapping-\xff.json", "creds.json", "session-1.0.json.bak",
	} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		k, form, id := classify(name)
		if k != record {
			require.Nil(t, form)
			return
		}
		if own, err := recordName(form, id); err == nil {
			k, back, again := classify(own)
			require.Equal(t, record, k)
			require.Equal(t, form.naming(), back.naming())
			require.Equal(t, id, again)
		}
		if safe(name) && len(name) <= maxName && escape.Replace(name) == name {
			own, err := recordName(form, id)
			require.NoError(t, err)
			require.Equal(t, name, own)
		}
	})
}

// What is read can be rendered, what was rendered is read as the same, and
// nothing panics.
func FuzzContent(f *testing.F) {
	realFiles(f, func(name string, data []byte) { f.Add(name, data) })
	buffer := func(data string) string { return `{"type":"Buffer","data":` + data + `}` }
	for name, data := range map[string]string{
		"tctoken-1.json":              `{"token":` + buffer(`[1,2]`) + `,"timestamp":1,"senderTimestamp":{"low":-1,"high":-1}}`,
		"tctoken-2.json":              `{"token":{"1":1,"0":2},"timestamp":"\ud800\udc00\ud800"}`,
		"identity-key-1.0.json":       `"AAAA_-=="`,
		"sender-key-a--b--1.json":     `[{"a":` + buffer(`"AA=="`) + `}]`,
		"sender-key-memory-1.json":    `{"b":true,"a":false,"a":true}`,
		"app-state-sync-key-1.json":   `{"keyData":null,"fingerprint":{"deviceIndexes":[1,2]},"timestamp":"-1"}`,
		"device-list-1.json":          "[ \"\u2028\\\"\" ]",
		"lid-mapping-1_reverse.json":  `"\u0000"`,
		"app-state-sync-version.json": `1e5`,
	} {
		f.Add(name, []byte(data))
	}
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		k, form, id := classify(name)
		if k != record {
			return
		}
		e, err := form.read(id, bytes.Clone(data))
		if err != nil {
			return
		}
		first, err := e.render(nil)
		require.NoError(t, err, "what was read cannot be rendered")
		require.True(t, json.Valid(first))
		require.True(t, form.naming().family == "session" || !bytes.ContainsAny(first, "\n\r"), "more than one line")
		again, err := form.read(id, bytes.Clone(first))
		require.NoError(t, err, "what was rendered cannot be read")
		second, err := again.render(nil)
		require.NoError(t, err)
		require.Equal(t, string(first), string(second))
		require.False(t, again.replaced())
	})
}

// The scanner takes what encoding/json takes, but for bytes that are not UTF-8
// and its own limit of depth.
func FuzzScanner(f *testing.F) {
	realFiles(f, func(_ string, data []byte) { f.Add(data) })
	for _, text := range []string{"", " ", "-", "-0", "01", "1.", "1.e5", "1E+05", "tru", "nulll", `"\x"`, `"\ud8"`, "[1,]", `{"a"}`, `{"a":1,}`, "\ufeff{}", "\"\x7f\""} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if !utf8.Valid(data) || bytes.Count(data, []byte("["))+bytes.Count(data, []byte("{")) > maxDepth {
			return
		}
		require.Equal(t, json.Valid(data), isJSON(data))
	})
}

// A string that was quoted is read as itself.
func FuzzQuoted(f *testing.F) {
	for _, text := range []string{"", "\u2028", "\xed\xa0\x80", "\xed\xa0", "\x00\x1f\x7f\"\\/", "<é>", "\U0001f600"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		quoted, err := appendQuoted(nil, text)
		if err != nil {
			require.False(t, utf8.ValidString(text))
			return
		}
		s := newScanner(quoted)
		got := s.text()
		require.NoError(t, s.end())
		if utf8.ValidString(text) {
			require.Equal(t, text, got)
			require.False(t, s.replaced)
		} else {
			require.True(t, s.replaced || strings.Contains(string(quoted), `\ud`))
		}
	})
}
