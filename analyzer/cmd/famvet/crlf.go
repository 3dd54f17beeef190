package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// inChild marks the process that applies fixes for its parent.
const inChild = "FAMVET_FIX_CHILD"

// fixes reports whether go vet wants fixed files.
func fixes(args []string) bool {
	return os.Getenv(inChild) == "" && slices.ContainsFunc(args, func(arg string) bool {
		return arg == "-fix" || arg == "-fix=true"
	})
}

// fix has another process of this program apply the fixes, which formats the files and so loses their CRLF, gives the line ends
// back, and returns the exit code.
func fix(args []string) int {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), inChild+"=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := cmd.Run()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		fmt.Fprintln(os.Stderr, "famvet:", err)
		return 2
	}
	if archive := fixArchive(args); archive != "" {
		if err := keepCRLF(archive); err != nil {
			fmt.Fprintln(os.Stderr, "famvet:", err)
			return 2
		}
	}
	return cmd.ProcessState.ExitCode()
}

// fixArchive is the file for fixed files that the settings name, "" if there is none.
func fixArchive(args []string) string {
	text, err := os.ReadFile(args[len(args)-1])
	if err != nil {
		return ""
	}
	var settings struct{ FixArchive string }
	if err := json.Unmarshal(text, &settings); err != nil {
		return ""
	}
	if _, err := os.Stat(settings.FixArchive); err != nil {
		return ""
	}
	return settings.FixArchive
}

// keepCRLF ends the lines of fixed files as those of the files that they replace.
func keepCRLF(archive string) error {
	old, err := os.ReadFile(archive)
	if err != nil {
		return err
	}
	r, err := zip.NewReader(bytes.NewReader(old), int64(len(old)))
	if err != nil {
		return err
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	if err := w.SetComment(r.Comment); err != nil {
		return err
	}
	for _, f := range r.File {
		if err := copyLines(w, f); err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	return os.WriteFile(archive, b.Bytes(), 0o666)
}

func copyLines(w *zip.Writer, f *zip.File) error {
	in, err := f.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	text, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	if before, err := os.ReadFile(f.Name); err == nil && hasCRLF(before) {
		text = bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n"))
	}
	out, err := w.Create(f.Name)
	if err == nil {
		_, err = out.Write(text)
	}
	return err
}

// hasCRLF reports whether the first line ends in CRLF.
func hasCRLF(text []byte) bool {
	line, _, _ := strings.Cut(string(text), "\n")
	return strings.HasSuffix(line, "\r")
}
