package bench

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/interop/baileys"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/memstore"
	"github.com/keyfam/keyfam/store/pebblestore"
)

var filesFlag = flag.Int("files", 100_000, "in the folder that BenchmarkImport imports")

// BenchmarkImport imports a Baileys folder into both stores. Its files are
// copies of a session that Baileys wrote. The benchmark of package baileys
// shows what the import costs besides reading the files.
func BenchmarkImport(b *testing.B) {
	sample, err := os.ReadFile("../interop/baileys/testdata/baileys-auth/session-100000000000188_1.7.json")
	if err != nil {
		b.Fatal(err)
	}
	folder := b.TempDir()
	for i := range *filesFlag {
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("session-%d_1.7.json", 100000000000000+i)), sample, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	for name, open := range map[string]func(dir string) (*store.Store, error){
		"memstore":    func(string) (*store.Store, error) { return memstore.Open(b.Context(), nil) },
		"pebblestore": func(dir string) (*store.Store, error) { return pebblestore.Open(b.Context(), dir, nil) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				st, err := open(filepath.Join(b.TempDir(), "store"))
				if err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				if _, err := baileys.Import(ctx, signalkeys.New(st), folder, nil); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				if err := st.Close(); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
			b.ReportMetric(float64(*filesFlag)*float64(b.N)/b.Elapsed().Seconds(), "files/s")
		})
	}
}
