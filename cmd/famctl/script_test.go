package main

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/pebblestore"
)

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		main() // which exits
	}
	testscript.Main(m, map[string]func(){"famctl": main})
}

// TestScript runs testdata/script, a file a subject.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"folder":       folderCmd,
			"plant":        plantCmd,
			"escapes":      escapesCmd,
			"binary":       binaryCmd,
			"hold":         holdCmd,
			"release":      releaseCmd,
			"releaselater": releaseLaterCmd,
			"spoil":        spoilCmd,
			"jsonl":        jsonlCmd,
			"exits":        exitsCmd,
			"silent":       silentCmd,
			"greenhouse":   greenhouseCmd,
			"same":         sameCmd,
			"row":          rowCmd,
		},
		Setup: func(env *testscript.Env) error {
			// A program with the race detector waits a second before it ends.
			env.Setenv("GORACE", "atexit_sleep_ms=10")
			return nil
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

// folderCmd makes the Baileys folder of the demo: folder DIR.
func folderCmd(ts *testscript.TestScript, _ bool, args []string) {
	data, err := fs.Sub(demoData, demoFolder)
	ts.Check(err)
	ts.Check(os.CopyFS(ts.MkAbs(args[0]), data))
}

// plantCmd stores bytes past every schema: plant DIR NAMESPACE FAMILY ID VALUE.
func plantCmd(ts *testscript.TestScript, _ bool, args []string) {
	st, err := pebblestore.Open(context.Background(), ts.MkAbs(args[0]), nil)
	ts.Check(err)
	ts.Check(st.Namespace(args[1]).Set(context.Background(), new(store.DataSet).Put(args[2], args[3], []byte(args[4]))))
	ts.Check(st.Close())
}

// escapesCmd stores an id that would colour a terminal: escapes DIR NAMESPACE FAMILY.
func escapesCmd(ts *testscript.TestScript, neg bool, args []string) {
	plantCmd(ts, neg, append(args, "\x1b[31m", "v"))
}

// binaryCmd stores a damaged pre-key in a namespace that is no text: binary DIR.
func binaryCmd(ts *testscript.TestScript, neg bool, args []string) {
	plantCmd(ts, neg, append(args, "\xff", "pre-key", "1", "v"))
	st, err := pebblestore.Open(context.Background(), ts.MkAbs(args[0]), nil)
	ts.Check(err)
	_, err = signalkeys.Open(context.Background(), st.Namespace("\xff"))
	ts.Check(err)
	ts.Check(st.Close())
}

// held are the stores that scripts have open.
var held sync.Map

// holdCmd has a store open until the script ends or releases it: hold DIR.
func holdCmd(ts *testscript.TestScript, _ bool, args []string) {
	st, err := pebblestore.Open(context.Background(), ts.MkAbs(args[0]), nil)
	ts.Check(err)
	held.Store(ts.MkAbs(args[0]), st)
	ts.Defer(func() { _ = st.Close() })
}

// releaseCmd closes what holdCmd has opened: release DIR.
func releaseCmd(ts *testscript.TestScript, _ bool, args []string) {
	st, _ := held.Load(ts.MkAbs(args[0]))
	ts.Check(st.(*store.Store).Close())
}

// releaseLaterCmd does so when the next program waits for it: releaselater DIR.
func releaseLaterCmd(ts *testscript.TestScript, _ bool, args []string) {
	st, _ := held.Load(ts.MkAbs(args[0]))
	time.AfterFunc(300*time.Millisecond, func() { _ = st.(*store.Store).Close() })
}

// spoilCmd changes a byte in the middle of the tables of a store: spoil DIR.
func spoilCmd(ts *testscript.TestScript, _ bool, args []string) {
	tables, err := filepath.Glob(filepath.Join(ts.MkAbs(args[0]), "*.sst"))
	ts.Check(err)
	if len(tables) == 0 {
		ts.Fatalf("there is no table to spoil")
	}
	for _, table := range tables {
		data, err := os.ReadFile(table)
		ts.Check(err)
		data[len(data)/8] ^= 0xff
		ts.Check(os.WriteFile(table, data, 0o600))
	}
}

// exitsCmd runs a program that ends with just this code: exits CODE PROGRAM...
func exitsCmd(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	if !errors.As(err, &exit) || strconv.Itoa(exit.ExitCode()) != args[0] {
		ts.Fatalf("it did not end with %s: %v", args[0], err)
	}
}

// silentCmd runs a program that must not say what the secret is, nor the
// Base64 of it, whether it fails or not: silent PROGRAM...
func silentCmd(ts *testscript.TestScript, _ bool, args []string) {
	_ = ts.Exec(args[0], args[1:]...)
	for _, stream := range []string{"stdout", "stderr"} {
		if said := ts.ReadFile(stream); strings.Contains(said, "SECRETMARKER") || strings.Contains(said, "U0VDUkVUTUFSS0VS") {
			ts.Fatalf("%s: %s", stream, said)
		}
	}
}

// jsonlCmd wants each line of a file to be one JSON object with just the names
// given, in that order: jsonl FILE NAME...
func jsonlCmd(ts *testscript.TestScript, _ bool, args []string) {
	lines := strings.Split(strings.TrimSuffix(ts.ReadFile(args[0]), "\n"), "\n")
	for _, line := range lines {
		d := json.NewDecoder(strings.NewReader(line))
		var names []string
		start, err := d.Token()
		ts.Check(err)
		if start != json.Delim('{') {
			ts.Fatalf("not an object: %s", line)
		}
		for d.More() {
			name, err := d.Token()
			ts.Check(err)
			names = append(names, name.(string))
			var value any
			ts.Check(d.Decode(&value))
		}
		if got, want := strings.Join(names, " "), strings.Join(args[1:], " "); got != want {
			ts.Fatalf("names are %s, not %s", got, want)
		}
	}
}

// The demo must go with the folder that everything else is tested with.
func TestDemoDataIsThatOfPackageBaileys(t *testing.T) {
	different, err := compareFolders(demoFolder, "../../interop/baileys/testdata/baileys-auth")
	require.NoError(t, err)
	require.Empty(t, different)
}
