package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// manyFamilies is a spec of n families of the usual kinds.
func manyFamilies(n int) []byte {
	var b bytes.Buffer
	b.WriteString("version: 1\npackage: many\nmessages:\n")
	for i := range n / 2 {
		fmt.Fprintf(&b, "  message-%d:\n    fields:\n      1: public bytes[32]\n      2: name string\n      3: seen int64 optional\n", i)
	}
	b.WriteString("families:\n")
	for i := range n {
		value := "bytes"
		if i%2 == 0 {
			value = fmt.Sprintf("message-%d", i/2)
		}
		fmt.Fprintf(&b, "  family-%d:\n    accessor: Families%d\n    doc: Records of a kind.\n    id: {text: \"{name}.{device}\", name: string, device: uint32}\n    value: %s\n    scan: [name]\n", i, i, value)
	}
	return b.Bytes()
}

// scratch is a module with famgen built beside it, and what runs a program in it.
func scratch(b *testing.B, spec []byte) (dir string, run func(name string, args ...string)) {
	b.Helper()
	root, err := filepath.Abs("../../..")
	require.NoError(b, err)
	dir = b.TempDir()
	program := filepath.Join(dir, "famgen.exe")
	out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput()
	require.NoError(b, err, "%s", out)
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	require.NoError(b, err)
	mod := "module example.com/scratch\n\ngo 1.26.0\n\nrequire github.com/keyfam/keyfam v0.1.0\n\nreplace github.com/keyfam/keyfam => " + root + "\n"
	for file, text := range map[string][]byte{"families.yaml": spec, "go.mod": []byte(mod), "go.sum": sums} {
		require.NoError(b, os.WriteFile(filepath.Join(dir, file), text, 0o644))
	}
	return dir, func(name string, args ...string) {
		if name == "famgen" {
			name = program
		}
		cmd := exec.Command(name, args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
		out, err := cmd.CombinedOutput()
		require.NoError(b, err, "%s %s\n%s", name, strings.Join(args, " "), out)
		b.ReportMetric(cmd.ProcessState.UserTime().Seconds()+cmd.ProcessState.SystemTime().Seconds(), "cpu-s/op")
	}
}

// BenchmarkGenerate is famgen generate as a process, into an empty directory.
// The time a family shows that it is linear.
func BenchmarkGenerate(b *testing.B) {
	ten, err := os.ReadFile("../../../families.yaml")
	require.NoError(b, err)
	for _, c := range []struct {
		name string
		n    int
		spec []byte
	}{{"signalkeys", 10, ten}, {"100", 100, manyFamilies(100)}, {"1000", 1000, manyFamilies(1000)}, {"2000", 2000, manyFamilies(2000)}} {
		b.Run(c.name, func(b *testing.B) {
			dir, run := scratch(b, c.spec)
			for b.Loop() {
				b.StopTimer()
				require.NoError(b, os.RemoveAll(filepath.Join(dir, "out")))
				b.StartTimer()
				run("famgen", "generate", "-out", "out")
			}
			b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N), "ms/op")
			b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N)/float64(c.n), "ms/family")
		})
	}
}

// BenchmarkCompile is the go command on a generated package of 100 families of
// which a line has changed, with all that it imports already built.
func BenchmarkCompile(b *testing.B) {
	dir, run := scratch(b, manyFamilies(100))
	run("famgen", "generate")
	run("go", "build", "./many")
	file := filepath.Join(dir, "many", "batch.go")
	src, err := os.ReadFile(file)
	require.NoError(b, err)
	for i := 0; b.Loop(); i++ {
		src = fmt.Appendf(src, "// %s %d\n", dir, i) // no build has seen it
		require.NoError(b, os.WriteFile(file, src, 0o644))
		run("go", "build", "./many")
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/op")
}
