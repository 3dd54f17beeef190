package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"

	gendocs "github.com/keyfam/keyfam/gen/docs"
	"github.com/keyfam/keyfam/gen/spec"
	"github.com/keyfam/keyfam/internal/provenance"
)

// format lays the file out.
func format(c *call) error {
	only := c.flags.Bool("check", false, "only say whether the file is laid out")
	file, err := c.parse("families.yaml")
	if err != nil {
		return err
	}
	src, err := readSpec(file)
	if err != nil {
		return err
	}
	formatted, err := spec.Format(filepath.ToSlash(file), src)
	if err != nil {
		return err
	}
	if !*only {
		return write(file, formatted)
	}
	if src = provenance.Normal(src); !bytes.Equal(src, formatted) {
		fmt.Fprintf(c.stdout, "%s is not laid out: run famgen fmt\n%s", file, differ(src, formatted))
		return errFound
	}
	return nil
}

// docs prints a page on the families, or the .proto text.
func docs(c *call) error {
	proto := c.flags.Bool("proto", false, "print only the .proto text of the values")
	out := c.outFlag()
	file, err := c.parse("families.yaml")
	if err != nil {
		return err
	}
	s, _, err := read(file)
	if err != nil {
		return err
	}
	if *proto {
		return c.print(*out, gendocs.Proto(s))
	}
	return c.print(*out, gendocs.Markdown(s))
}

// schema prints the JSON Schema of families.yaml.
func schema(c *call) error {
	out := c.outFlag()
	file, err := c.parse("")
	if err != nil {
		return err
	}
	if file != "" {
		c.flags.Usage()
		return errUsage
	}
	return c.print(*out, string(spec.JSONSchema()))
}

func (c *call) outFlag() *string {
	return c.flags.String("out", "", "write to this `file` instead of printing")
}

// print writes text to a file, or prints it if none is named.
func (c *call) print(file, text string) error {
	if file != "" {
		return write(file, []byte(text))
	}
	_, err := io.WriteString(c.stdout, text)
	return err
}

// exists reports whether there is something of that name.
func exists(file string) bool {
	_, err := os.Lstat(file)
	return err == nil
}
