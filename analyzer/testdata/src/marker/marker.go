// Package marker has comments that silence nothing.
package marker

import (
	"context"

	"github.com/keyfam/keyfam/store"
)

func marked(ctx context.Context, st *store.Store) {
	//famvet:ignore scanerr only wakes the backend
	for range st.Scan(ctx, "session", "") {
		break
	}
	for range st.Scan(ctx, "session", "") { //famvet:ignore outerhandel,scanerr two checks // want `famvet has no check "outerhandel": did you mean "outerhandle"\?`
		break
	}
	for range st.Scan(ctx, "session", "") { //famvet:ignore // want `this marker names no check: write //famvet:ignore, one of outerhandle, scanerr, and why the use is right`
		break
	}
	for range st.Scan(ctx, "session", "") { //famvet:ignore everything because // want `famvet has no check "everything": write one of outerhandle, scanerr`
		break
	}
	//famvet:ignored scanerr because // want `famvet has no comment "famvet:ignored": write //famvet:ignore or //famvet:family`
	for range st.Scan(ctx, "session", "") {
		break
	}
	// famvet:ignore is written without a space; this is prose.
	//famvet:family inbox
}
