package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/keyfam/keyfam/internal/reserved"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/pebblestore"
)

// greenhouseCmd runs the program of testdata/foreign, whose package famctl was
// never compiled with: greenhouse fill|read DIR NAMESPACE.
func greenhouseCmd(ts *testscript.TestScript, neg bool, args []string) {
	module := filepath.Join(ts.Getenv("WORK"), ".greenhouse")
	program := filepath.Join(module, "greenhouse.exe")
	if _, err := os.Stat(program); err != nil {
		ts.Check(foreign(module, program))
	}
	err := ts.Exec(program, args[0], ts.MkAbs(args[1]), args[2])
	if neg != (err != nil) {
		ts.Fatalf("the program ended with: %v", err)
	}
}

// foreign makes a module of testdata/foreign, generates its package and builds
// it, without a network.
func foreign(module, program string) error {
	root, err := filepath.Abs("../..")
	if err == nil {
		err = os.CopyFS(module, os.DirFS("testdata/foreign"))
	}
	if err == nil {
		err = writeModule(module, root)
	}
	if err != nil {
		return err
	}
	for _, args := range [][]string{
		{"run", "-C", root, "./gen/cmd/famgen", "generate", "-out", filepath.Join(module, "greenhouse"), filepath.Join(module, "families.yaml")},
		{"build", "-C", module, "-mod=mod", "-o", program, "."},
	} {
		cmd := exec.Command("go", args...)
		cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=", "GOWORK=off")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%w\n%s", err, out)
		}
	}
	return nil
}

// writeModule writes a go.mod with what famctl itself requires.
func writeModule(module, root string) error {
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		return err
	}
	sum, err := os.ReadFile("go.sum")
	if err != nil {
		return err
	}
	text := strings.NewReplacer("github.com/keyfam/keyfam/cmd/famctl", "example.com/greenhouse", "=> ../..", "=> "+filepath.ToSlash(root)).Replace(string(mod))
	return errors.Join(os.WriteFile(filepath.Join(module, "go.mod"), []byte(text), 0o600),
		os.WriteFile(filepath.Join(module, "go.sum"), sum, 0o600))
}

// sameCmd wants two stores to hold the same bytes, schemas and all: same A B.
func sameCmd(ts *testscript.TestScript, _ bool, args []string) {
	a, b := everything(ts, args[0]), everything(ts, args[1])
	if len(a) == 0 || len(a) != len(b) {
		ts.Fatalf("%d rows and %d", len(a), len(b))
	}
	for at, value := range a {
		if b[at] != value {
			ts.Fatalf("%v differs", at)
		}
	}
}

// everything is all rows of a store, by namespace, family and id.
func everything(ts *testscript.TestScript, dir string) map[[3]string]string {
	st, err := pebblestore.Open(context.Background(), ts.MkAbs(dir), nil)
	ts.Check(err)
	defer st.Close()
	rows, ctx := map[[3]string]string{}, reserved.Context(context.Background())
	names, err := st.Namespaces(ctx)
	ts.Check(err)
	for _, name := range names {
		families, err := st.Namespace(name).Families(ctx)
		ts.Check(err)
		for _, family := range append(families, reserved.Schema) {
			for r, err := range st.Namespace(name).Scan(ctx, family, "") {
				ts.Check(err)
				rows[[3]string{name, family, r.ID}] = string(r.Value)
			}
		}
	}
	return rows
}

// rowCmd writes a schema row past every check: row DIR NAMESPACE PACKAGE FILE.
func rowCmd(ts *testscript.TestScript, _ bool, args []string) {
	st, err := pebblestore.Open(context.Background(), ts.MkAbs(args[0]), nil)
	ts.Check(err)
	ctx := reserved.Context(context.Background())
	ts.Check(st.Namespace(args[1]).Set(ctx, new(store.DataSet).Put(reserved.Schema, args[2], []byte(ts.ReadFile(args[3])))))
	ts.Check(st.Close())
}
