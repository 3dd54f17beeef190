package skippederror

import (
	"context"

	"github.com/keyfam/keyfam/store"
)

// rightSkip keeps the error and looks at it after the loop.
func rightSkip(ctx context.Context, st *store.Store) (n int, err error) {
	for _, err = range st.Scan(ctx, "session", "") {
		if err != nil {
			break
		}
		n++
	}
	return n, err
}
