package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/pebblestore"
)

func newBackup(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "backup DIR",
		Short: "Copy a whole store as of one moment, ready to open",
		Long: `Copy the store with all its namespaces, as of one moment, to a directory that must
not exist. The copy opens like any store: --store pebble:DIR. Where the file
system allows, files are shared by hard links, so it takes no time and no room at
first; for another disk or another kind of store use copy.

One process at a time has a pebble directory open. While your program runs, famctl
is refused, and the backup is the program's to make. It costs the program nothing:
reads and commits go on.

  err := pebblestore.Checkpoint(st, "/backups/2026-11-24")

While no program has the directory open, this command does the same.`,
		Example: "  famctl --store pebble:./keys backup /backups/keys-2026-11-24",
		Args:    exactly(1, "the DIR to make"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if a.oneNamespace {
				return usagef("a backup is of the whole store: copy takes --namespace")
			}
			if strings.HasPrefix(args[0], "pebble:") {
				return usagef("backup takes the DIR to make, without pebble:")
			}
			st, err := a.open(cmd.Context(), toChange, anySize) // the engine copies what it has open for writing
			if err != nil {
				return err
			}
			defer closeStore(st, &err)
			if err := pebblestore.Checkpoint(st, args[0]); err != nil {
				if errors.Is(err, store.ErrUnsupported) {
					return fmt.Errorf("this kind of store has no backup: use copy: %w", err)
				}
				return err
			}
			return a.answer(map[string]any{"done": true}, func() { a.printf("done: open it with --store pebble:DIR\n") })
		},
	}
}
