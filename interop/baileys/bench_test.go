package baileys_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/interop/baileys"
)

var benchFiles = flag.Int("files", 100_000, "of the folder that BenchmarkImport imports")

// load is what a folder of many chats holds, by weight: mostly sessions, of
// every size, and what comes with each peer.
var load = []struct{ from, to string }{
	{"session-100000000000188_1.7.json", "session-%d_1.7.json"},
	{"session-100000000000188_1.0.json", "session-%d_1.0.json"},
	{"session-100000000000123_1.0.json", "session-%d_1.3.json"},
	{"identity-key-100000000000123_1.0.json", "identity-key-%d_1.0.json"},
	{"device-list-100000000000188.json", "device-list-%d.json"},
	{"lid-mapping-100000000000188_reverse.json", "lid-mapping-%d_reverse.json"},
	{"lid-mapping-12025550188.json", "lid-mapping-%d.json"},
	{"tctoken-100000000000188@lid.json", "tctoken-%d@lid.json"},
	{"sender-key-120363041234567890@g.us--100000000000188_1--7.json", "sender-key-120363041234567890@g.us--%d_1--7.json"},
	{"pre-key-3.json", "pre-key-%d.json"},
}

// bigFolder makes a folder of n files.
func bigFolder(b *testing.B, n int) string {
	b.Helper()
	dir := b.TempDir()
	samples := contents(b, realFolder)
	for i := range n {
		kind := load[i%len(load)]
		user := 100000000000000 + i
		if strings.HasPrefix(kind.to, "pre-key") {
			user = i
		}
		name := fmt.Sprintf(kind.to, user)
		require.NoError(b, os.WriteFile(filepath.Join(dir, name), []byte(samples[kind.from]), 0o600))
	}
	return dir
}

// BenchmarkImport compares the import of a folder into a store in memory with
// what cannot be saved: reading its files, with as many goroutines.
func BenchmarkImport(b *testing.B) {
	dir := bigFolder(b, *benchFiles)
	b.Run("read", func(b *testing.B) {
		for b.Loop() {
			require.NoError(b, readAll(dir))
		}
	})
	b.Run("import", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			repo := newRepo(b)
			b.StartTimer()
			_, err := baileys.Import(context.Background(), repo, dir, nil)
			require.NoError(b, err)
			b.StopTimer()
			require.NoError(b, repo.Store().Close())
			b.StartTimer()
		}
	})
}

// readAll reads all files of a folder.
func readAll(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range baileys.Workers() {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(entries) {
					return
				}
				if _, e := os.ReadFile(filepath.Join(dir, entries[i].Name())); e != nil {
					panic(e)
				}
			}
		})
	}
	wg.Wait()
	return nil
}
