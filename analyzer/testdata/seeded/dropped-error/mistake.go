package droppederror

import (
	"context"

	"github.com/keyfam/keyfam/generated/signalkeys"
)

// mistakeScan does not look at the error.
func mistakeScan(ctx context.Context, repo *signalkeys.Repo) (names []string) {
	for e := range repo.Sessions().All(ctx) { // want `write for e, err := range … and return err`
		names = append(names, e.ID.Name)
	}
	return names
}
