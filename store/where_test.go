package store_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store"
)

// Every verb of a selection with a Where sees the ids that pass, and no others,
// outside of a transaction and inside, with and without own writes.
func TestWhere(t *testing.T) {
	even := func(id string) bool { return strings.HasSuffix(id, "0") || strings.HasSuffix(id, "2") }
	inTx := func(verbs func(context.Context, store.Handle)) func(t *testing.T, st *store.Store) {
		return func(t *testing.T, st *store.Store) {
			require.NoError(t, st.Transaction(t.Context(), "", func(ctx context.Context, tx *store.Tx) error {
				verbs(ctx, tx)
				return nil
			}))
		}
	}
	for name, run := range map[string]func(verbs func(context.Context, store.Handle)) func(t *testing.T, st *store.Store){
		"store": func(verbs func(context.Context, store.Handle)) func(*testing.T, *store.Store) {
			return func(t *testing.T, st *store.Store) { verbs(t.Context(), st) }
		},
		"transaction": inTx,
		"own writes": func(verbs func(context.Context, store.Handle)) func(*testing.T, *store.Store) {
			return inTx(func(ctx context.Context, h store.Handle) {
				_ = h.Set(ctx, new(store.DataSet).Put("f", "132", nil).Delete("f", "132"))
				verbs(ctx, h)
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			st := open()
			defer st.Close()
			var ds store.DataSet
			for i := range 30 { // 100 to 129
				ds.Put("f", strconv.Itoa(100+i), nil)
			}
			require.NoError(t, st.Set(t.Context(), &ds))
			run(func(ctx context.Context, h store.Handle) {
				sel := h.Select("f").Where(nil).Where(even).Where(nil)
				ids := func(s store.Selection) (found []string) {
					for id, err := range s.IDs(ctx) {
						require.NoError(t, err)
						found = append(found, id)
					}
					return found
				}
				assert.Equal(t, []string{"100", "102", "110", "112", "120", "122"}, ids(sel))
				assert.Equal(t, []string{"122", "120", "112"}, ids(sel.Reverse().Limit(3)))
				assert.Equal(t, []string{"110"}, ids(sel.After("102").Where(func(id string) bool { return id < "112" })))
				n, err := sel.Count(ctx)
				require.NoError(t, err)
				assert.Equal(t, 6, n)
				page, err := sel.Page(ctx, "", 4)
				require.NoError(t, err)
				assert.Len(t, page.Records, 4)
				page, err = sel.Page(ctx, page.Next, 2)
				require.NoError(t, err)
				assert.Equal(t, []store.Record{{ID: "120", Value: []byte{}}, {ID: "122", Value: []byte{}}}, page.Records)
				assert.Empty(t, page.Next)
				last, ok, err := sel.Last(ctx)
				assert.Equal(t, "122 true <nil>", fmt.Sprint(last.ID, " ", ok, " ", err))
				require.ErrorIs(t, sel.Drop(ctx), store.ErrInvalid)
				n, err = sel.Limit(2).DeleteAll(ctx)
				require.NoError(t, err)
				assert.Equal(t, 2, n)
				n, err = sel.DeleteAll(ctx)
				require.NoError(t, err)
				assert.Equal(t, 4, n)
				n, err = h.Select("f").Count(ctx)
				require.NoError(t, err)
				assert.Equal(t, 24, n)
			})(t, st)
		})
	}
}
