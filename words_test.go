package keyfam

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// retired are the words that docs/glossary.md has others for. Each pattern is
// narrow enough to spare the other meanings: keys of the driver, of YAML and of
// ciphers, locks that are mutexes or files, rows that are records.
var retired = []struct {
	pattern *regexp.Regexp
	use     string
	only    *regexp.Regexp // paths that it is about; nil is all
}{
	{re(`Transaction(Keys|Labels)\b`), "TransactionWith", nil},
	{re(`\bfamily\.(New)?Lock\b|\bLockWait\b|\bLockFunc\b`), "Label", nil},
	{re(`\b(signalkeys|localkeys|baileysfile|everything)\.\w+Lock\b`), "<Family>Label", nil},
	{re(`(?i)\b(key|lock)s? of (a |the |an outer |an outermost )?transactions?\b|\block keys?\b`), "label", nil},
	{re(`(?i)\btransactions? (about|with|of|without) (a|one|no|the same|different|several) (key|lock)s?\b`), "label", nil},
	{re(`(?i)\bnested (key|lock)s?\b|\bTransaction\(ctx, (key|lock)s?\b`), "label", nil},
	{re(`\bfamily\.Key\b|\bspec\.Key\b|\b(Check|Parse|notA)Key\b|\bKeyType\(\)`), "ID", nil},
	{re(`\b\w*KeyKey\b|\b(Parse)?(Session|DeviceList|LIDMapping|TCToken|SenderKeyMemory|AppStateSyncVersion|LocalIdentity|KeyCounter|BaileysFile)Key\b`), "<Family>ID", nil},
	{re(`(?i)\btexts? of (a|the) keys?\b|\b(a|the|their) key'?s'? text\b|\bparts? of (a|the) keys?\b|\bkey parts?\b|\bkey forms?\b`), "id", nil},
	{re(`\bKEY_(TYPE|TEXT|ORDERED|PART)_`), "ID_…", nil},
	{re(`^\s+key:( *$| (string|u?int(32|64)|\{text)\b)|\{accessor: \w+, key:`), "id:", schemaFiles},
	{re(`^records:|\{records:`), "messages:", schemaFiles},
	{re(`\bspec\.Record\b|\bRECORD_REMOVED\b|\brecords\.(key-pair|[a-z]+\.\d)|\b[Tt]ype or record\b|\bgo-name records\b`), "message", nil},
	{re(`(?i)\b(fields?|number) of (a|the) record\b`), "message", nil},
	{re(`(?i)\b(any|next|a|the|call'?s) ?lanes?\b`), "stripe", re(`^store/(calls|commitcall|listing|read|readcall|scan|snapshot)\.go$`)},
	{re(`\.\((driver\.[A-Z]\w*|\*(memstore\.Driver|handle|backend))\)`), "driver.As, which looks inside wrappers", re(`\.go$`)},
	{re(`(?i)\b(says|tells) whether\b`), "reports whether", re(`\.go$`)},
}

// schemaFiles are those with families in them.
var schemaFiles = re(`\.(yaml|md|txtar)$`)

// exempt speak of the words themselves.
var exempt = re(`^(words_test\.go|docs/glossary\.md|gen/testdata/spec/bad/word-renamed.*\.txtar)$`)

// texts are the files that people and tools read.
var texts = re(`\.(go|golden|md|mjs|txtar|yaml|lock|json)$|^\.ci/run$|^Makefile$`)

func re(pattern string) *regexp.Regexp { return regexp.MustCompile(pattern) }

// retiredWords returns a line for each retired word in a file.
func retiredWords(path, text string) (found []string) {
	if exempt.MatchString(path) {
		return nil
	}
	for i, line := range strings.Split(text, "\n") {
		if !suspect(line) {
			continue
		}
		for _, r := range retired {
			if r.only != nil && !r.only.MatchString(path) {
				continue
			}
			if word := r.pattern.FindString(line); word != "" {
				found = append(found, fmt.Sprintf("%s:%d: %q is called %s now", path, i+1, strings.TrimSpace(word), r.use))
			}
		}
	}
	return found
}

// suspect reports whether a line has letters that every retired word has one
// of. It spares most lines the patterns, which are slow.
func suspect(line string) bool {
	for _, letters := range []string{"ey", "EY_", "ock", "ecord", "ECORD", "ane", "ANE", "hether", ".("} {
		if strings.Contains(line, letters) {
			return true
		}
	}
	return false
}

// TestWords holds the tree to the words of docs/glossary.md.
func TestWords(t *testing.T) {
	read := 0
	require.NoError(t, filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch name := d.Name(); {
		case err != nil:
			return err
		case d.IsDir() && (name == ".git" || name == "bin" || name == "node_modules" || name == "baileys-auth"):
			return filepath.SkipDir
		case d.IsDir() || !texts.MatchString(filepath.ToSlash(path)):
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		read++
		for _, line := range retiredWords(filepath.ToSlash(path), string(text)) {
			t.Error(line)
		}
		return nil
	}))
	require.Greater(t, read, 100, "files")
}

// Each retired word is found, and its neighbours are not.
func TestWordsAreFound(t *testing.T) {
	for _, c := range []struct{ path, line, use string }{
		{"a.go", "repo.TransactionKeys(ctx, nil, fn)", "TransactionWith"},
		{"a.go", "var l family.Lock", "Label"},
		{"a.go", "signalkeys.SessionLock(alice)", "<Family>Label"},
		{"a.md", "The key of a transaction gives order.", "label"},
		{"a.go", "// transactions with the same key run one after the other", "label"},
		{"a.md", "A nested key is held until the end.", "label"},
		{"a.go", "func f[K family.Key]() {}", "ID"},
		{"a.go", "var k signalkeys.PreKeyKey", "<Family>ID"},
		{"a.go", "signalkeys.SessionKey{Name: `alice`}", "<Family>ID"},
		{"a.go", "// the text of a key", "id"},
		{"a.md", "KEY_TYPE_CHANGED", "ID_…"},
		{"families.yaml", "    key: string", "id:"},
		{"families.yaml", "    key:", "id:"},
		{"a.txtar", "  note: {accessor: Notes, key: string, value: string}", "id:"},
		{"families.yaml", "records:", "messages:"},
		{"a.go", "there is no type or record", "message"},
		{"families.lock", "secret records.key-pair.2", "message"},
		{"a.go", "from, ok := d.(driver.Snapshotter)", "driver.As, which looks inside wrappers"},
		{"a.go", "h, ok := st.Driver().(*handle)", "driver.As, which looks inside wrappers"},
		{"a.md", "the fields of a record", "message"},
		{"store/calls.go", "func anyLane() lane", "stripe"},
		{"a.go", "// Has tells whether there is a record.", "reports whether"},
	} {
		found := retiredWords(c.path, "a line before\n"+c.line)
		if assert.Len(t, found, 1, c.line) {
			assert.True(t, strings.HasPrefix(found[0], c.path+":2: ") && strings.HasSuffix(found[0], " is called "+c.use+" now"), found[0])
		}
	}
	for path, line := range map[string]string{
		"a.go":          "mu.Lock() // driver.Key names a record; the key of a map; a sender key; lock.Lock",
		"families.yaml": "  pre-key:",
		"b.yaml":        "  1: key_data bytes",
		"families.lock": "message key-pair",
		"store/lane.go": "// a lane settles an outcome",
		"b.md":          "It tells whether a record is stored.",
		"b.go":          "every line of a mapping is \"key: value\"; identity.Key",
		"docs/x.md":     "records live in memory",
	} {
		assert.Empty(t, retiredWords(path, line), line)
	}
}
