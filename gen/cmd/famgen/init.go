package main

import (
	"errors"
	"fmt"
	"go/token"
	"path/filepath"
	"strings"

	"github.com/keyfam/keyfam/gen/spec"
)

// starter is what init writes; it compiles and shows one of each kind.
const starter = `# yaml-language-server: $schema=https://raw.githubusercontent.com/keyfam/keyfam/main/gen/families.schema.json
# The families of records that this program keeps. After a change run
#
#     go generate ./...
#
# and commit what it writes. Field numbers are forever: stored records have them.
# The grammar: https://github.com/keyfam/keyfam/blob/main/docs/families.md
version: 1
package: PACKAGE
doc: Package PACKAGE stores what this program keeps.

# Messages are values with several fields. A field is "number: name type".
messages:
  profile:
    doc: What we know of a user.
    fields:
      1: display_name string
      2: avatar bytes[..65536] optional  # at most 64 KiB, or none
      3: token bytes[32] secret  # never printed
      4:
        name: last_seen
        type: time
        doc: When we last saw the user.

families:
  # Profiles().Get(ctx, "alice")
  profile:
    accessor: Profiles
    doc: The users we know, by name.
    id: string
    value: profile
    secret: true  # because profiles hold a secret

  # Messages().OfRoom("lobby") selects the messages of a room in order.
  message:
    accessor: Messages
    doc: The messages of each room.
    id:
      text: "{room}/{number}"  # the stored id
      room: string
      number: uint64 ordered  # with leading zeros, so that ids sort like numbers
    value: string
    scan: [room]
`

// docGo is the file with the go:generate line, which does not stand at the
// beginning of a line here: go generate would run it.
const docGo = "package PACKAGE\n\n" +
	"// The families are declared in families.yaml; the comment of the package too.\n" +
	"//go:generate go tool famgen generate -out . families.yaml\n"

// initialize writes a families.yaml and a doc.go to start from.
func initialize(c *call) error {
	name := c.flags.String("package", "", "the `name` of the package (default: that of the directory)")
	dir, err := c.parse(".")
	if err != nil {
		return err
	}
	if *name == "" {
		whole, err := filepath.Abs(dir)
		if err != nil {
			return err
		}
		*name = filepath.Base(whole)
	}
	text := strings.ReplaceAll(starter, "PACKAGE", *name)
	if _, mistakes := spec.Parse("families.yaml", []byte(text)); len(mistakes) > 0 || !token.IsIdentifier(*name) {
		return errors.New("name the package with -package: its name is that of the directory unless that is no Go package name in small letters")
	}
	files := map[string]string{"families.yaml": starter, "doc.go": docGo}
	for file := range files {
		if exists(filepath.Join(dir, file)) {
			return fmt.Errorf("%s is there already", filepath.Join(dir, file))
		}
	}
	for file, text := range files {
		if err := write(filepath.Join(dir, file), []byte(strings.ReplaceAll(text, "PACKAGE", *name))); err != nil {
			return err
		}
	}
	fmt.Fprint(c.stdout, nextSteps(dir))
	return nil
}

// nextSteps says what to run now.
func nextSteps(dir string) string {
	steps := "\tgo get -tool github.com/keyfam/keyfam/gen/cmd/famgen\n\tgo generate ./...\n\tgo mod tidy\n\tgo test ./...\n"
	if whole, err := filepath.Abs(dir); err == nil && !inModule(whole) {
		steps = "\tgo mod init example.com/your/module\n" + steps
	}
	return "wrote families.yaml and doc.go: edit the one, run\n\n" + steps +
		"\nand commit what that writes, families.lock too. docs/families.md of keyfam explains the grammar.\n"
}

// inModule reports whether a go.mod is in the directory or above it.
func inModule(dir string) bool {
	_, err := importPath(dir)
	return err == nil
}
