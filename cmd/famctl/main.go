// Famctl is the operator's tool for stores of Signal key families: it looks into
// them, moves Baileys folders in and out, copies, backs up and verifies.
// "famctl demo" shows what keyfam does, without a store of one's own.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends the process at once, as people expect.
	context.AfterFunc(ctx, stop)
	a := &app{
		in: os.Stdin, out: os.Stdout, err: os.Stderr,
		backends: []backend{pebbleBackend, memoryBackend}, // what --store can open
	}
	os.Exit(a.run(ctx, os.Args[1:]))
}
