package droppederror

import (
	"context"

	"github.com/keyfam/keyfam/generated/signalkeys"
)

// rightScan does; the second loop is not over a scan.
func rightScan(ctx context.Context, repo *signalkeys.Repo) (n int, err error) {
	names := map[string]int{}
	for e, err := range repo.Sessions().All(ctx) {
		if err != nil {
			return 0, err
		}
		names[e.ID.Name]++
	}
	for name := range names {
		n += len(name)
	}
	return n, nil
}
