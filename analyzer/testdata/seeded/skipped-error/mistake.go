package skippederror

import (
	"context"

	"github.com/keyfam/keyfam/store"
)

// mistakeSkip takes a broken scan for the end.
func mistakeSkip(ctx context.Context, st *store.Store) (n int) {
	for _, err := range st.Scan(ctx, "session", "") { // want `return err, or keep it and look at it after the loop`
		if err != nil {
			break
		}
		n++
	}
	return n
}
