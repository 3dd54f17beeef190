package rerun

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/keyfam/keyfam/analyzer/testdata/src/notify"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family"
)

type result struct {
	names []string
	n     int
}

var attempts int

func grows(ctx context.Context, repo *signalkeys.Repo) ([]string, error) {
	var names, sorted []string
	var n, size int
	res := &result{}
	seen := map[string]bool{}
	count := map[string]int{}
	err := repo.Transaction(ctx, nil, func(ctx context.Context, tx *signalkeys.Tx) error {
		var mine []string
		size = 0
		for e, err := range tx.Sessions().All(ctx) {
			if err != nil {
				return err
			}
			names = append(names, e.ID.Name) // want `names grows in a callback that may run more than once: set it back at the start of the callback, or collect in a variable of the callback and assign it at the end`
			mine = append(mine, e.ID.Name)
			n++                    // want `n grows`
			size++                 // set back above
			res.n += 2             // want `res.n grows`
			seen[e.ID.Name] = true // want `seen grows`
			count["all"]++         // want `count grows`
			count["last"] = 1      // the same entry every time
		}
		attempts++ // want `attempts grows`
		sorted = mine
		return nil
	})
	fmt.Println(n, size, sorted)
	return names, err
}

func resets(ctx context.Context, repo *signalkeys.Repo) (*result, error) {
	res := new(result)
	var names []string
	seen := map[string]bool{}
	var buf bytes.Buffer
	var hits atomic.Int64
	err := repo.Transaction(ctx, nil, func(ctx context.Context, tx *signalkeys.Tx) error {
		*res = result{}
		names = names[:0]
		clear(seen)
		buf.Reset()
		hits.Store(0)
		for e, err := range tx.Sessions().All(ctx) {
			if err != nil {
				return err
			}
			res.names = append(res.names, e.ID.Name)
			res.n++
			names = append(names, e.ID.Name)
			seen[e.ID.Name] = true
			buf.WriteString(e.ID.Name)
			hits.Add(1)
		}
		return nil
	})
	return res, err
}

func buffers(ctx context.Context, st *store.Store, wg *sync.WaitGroup) (string, error) {
	var buf bytes.Buffer
	var sb strings.Builder
	var hits atomic.Int64
	err := st.View(ctx, func(ctx context.Context, tx *store.Tx) error {
		var mine strings.Builder
		mine.WriteString("x")
		fmt.Fprintf(&mine, "x")
		sb.WriteString(mine.String()) // want `sb grows`
		fmt.Fprintf(&buf, "x")        // want `buf grows`
		hits.Add(1)                   // want `hits grows`
		wg.Done()                     // want `wg grows`
		return nil
	})
	return buf.String(), err
}

func conditional(ctx context.Context, st *store.Store, fresh bool) (n int, err error) {
	err = st.View(ctx, func(ctx context.Context, tx *store.Tx) error {
		if fresh {
			n = 0
		}
		n++ // want `n grows`
		return nil
	})
	return n, err
}

func channels(ctx context.Context, st *store.Store, found chan<- string, done chan struct{}) error {
	return st.Transaction(ctx, "a", func(ctx context.Context, tx *store.Tx) error {
		mine := make(chan string, 1)
		mine <- "x"
		close(mine)
		found <- <-mine // want `sends on found in a callback that may run more than once, or not commit: collect in the callback and send when Transaction has returned nil`
		select {
		case found <- "y": // want `sends on found`
		default:
		}
		close(done) // want `closes done`
		return nil
	})
}

func fetch(ctx context.Context, url string) error { return notify.Ping(url) }

func acts(ctx context.Context, repo *signalkeys.Repo, client *http.Client, w http.ResponseWriter) error {
	err := repo.Transaction(ctx, nil, func(ctx context.Context, tx *signalkeys.Tx) error {
		resp, err := http.Get("http://localhost") // want `http.Get in a callback that may run more than once, or not commit: do it before, or when Transaction has returned nil`
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		req, err := http.NewRequestWithContext(ctx, "GET", "http://localhost", nil)
		if err != nil {
			return err
		}
		if _, err := client.Do(req); err != nil { // want `\(\*http.Client\).Do in a callback`
			return err
		}
		if err := exec.Command("true").Run(); err != nil { // want `\(\*exec.Cmd\).Run in a callback`
			return err
		}
		if err := fetch(ctx, "http://localhost"); err != nil { // want `fetch, which calls Ping, which calls http.Get in a callback`
			return err
		}
		w.WriteHeader(200) // want `\(http.ResponseWriter\).WriteHeader in a callback`
		_, err = json.Marshal(notify.Format("alice"))
		return err
	})
	if err != nil {
		return err
	}
	return fetch(ctx, "http://localhost")
}

func counts(ctx context.Context, repo *signalkeys.Repo, tries *int) error {
	return repo.Transaction(ctx, nil, func(ctx context.Context, tx *signalkeys.Tx) error {
		_ = tx.Sessions()
		*tries++ //famvet:ignore rerun counts the attempts
		return tx.Sessions().Put(ctx, signalkeys.SessionID{}, family.Secret{})
	})
}

func attemptsFirst(ctx context.Context, st *store.Store) (int, error) {
	runs := 0
	var hits atomic.Int64
	err := st.Transaction(ctx, "a", func(ctx context.Context, tx *store.Tx) error {
		hits.Add(1)
		_, _, err := tx.Get(ctx, "session", "a")
		return err
	})
	if err != nil {
		return 0, err
	}
	err = st.Transaction(ctx, "a", func(ctx context.Context, tx *store.Tx) error {
		runs++ // before all else: it counts the runs
		_, _, err := tx.Get(ctx, "session", "a")
		return err
	})
	return runs, err
}

func entries(ctx context.Context, repo *signalkeys.Repo, keys []signalkeys.SessionID) (map[string]bool, error) {
	dropped := map[string]bool{}
	for _, k := range keys {
		err := repo.Transaction(ctx, signalkeys.SessionLabel(k), func(ctx context.Context, tx *signalkeys.Tx) error {
			dropped[k.Name] = true // the same entry in every run
			return tx.Sessions().Delete(ctx, k)
		})
		if err != nil {
			return nil, err
		}
	}
	return dropped, nil
}

func fixedKeys(ctx context.Context, repo *signalkeys.Repo) (map[string]int, error) {
	cache := map[string]int{}
	err := repo.Transaction(ctx, nil, func(ctx context.Context, tx *signalkeys.Tx) error {
		n, err := tx.Sessions().Count(ctx)
		if err != nil {
			return err
		}
		cache["fixed"] = n              // the next run puts its own there
		cache["sum"] = cache["sum"] + n // want `cache grows`
		cache[fmt.Sprint("at ", n)] = 1 // want `cache grows`
		cache["other"] = cache["fixed"] * 2
		return nil
	})
	return cache, err
}

func dataSets(ctx context.Context, st *store.Store) error {
	ds, fresh, known := new(store.DataSet), new(store.DataSet), new(store.DataSet)
	err := st.Transaction(ctx, "a", func(ctx context.Context, tx *store.Tx) error {
		fresh = new(store.DataSet)
		mine := new(store.DataSet)
		for r, err := range tx.Scan(ctx, "session", "") {
			if err != nil {
				return err
			}
			ds.Delete("session", r.ID) // want `ds still holds what an earlier run of the callback added: make it in the callback, or empty it at its start`
			mine.Delete("session", r.ID)
			fresh.Put("session", "a", nil).Delete("session", r.ID)
		}
		v, ok, err := tx.Get(ctx, "session", "a")
		if err != nil {
			return err
		}
		known.Put("session", "a", v) // replaced by the next run
		if !ok {
			known.Put("session", "b", nil).Put("session", "c", nil) // want `known still holds`
		}
		return tx.Set(ctx, mine)
	})
	if err != nil {
		return err
	}
	return st.Set(ctx, ds)
}

func batches(ctx context.Context, repo *signalkeys.Repo, k signalkeys.SessionID) error {
	var b, fresh, known signalkeys.Batch
	adder := b.Sessions()
	err := repo.Transaction(ctx, nil, func(ctx context.Context, tx *signalkeys.Tx) error {
		fresh = signalkeys.Batch{}
		var mine signalkeys.Batch
		old := map[signalkeys.SessionID]family.Secret{}
		for e, err := range tx.Sessions().All(ctx) {
			if err != nil {
				return err
			}
			b.Sessions().Delete(e.ID) // want `b still holds`
			mine.Sessions().Delete(e.ID)
			fresh.Sessions().Delete(e.ID)
			adder.Put(e.ID, e.Value) // want `b still holds`
			old[e.ID] = e.Value
		}
		b.Sessions().PutMany(old) // want `b still holds`
		known.Sessions().Put(k, family.Secret{})
		return tx.Apply(ctx, &mine)
	})
	if err != nil {
		return err
	}
	return repo.Apply(ctx, &b)
}

func receives(ctx context.Context, st *store.Store, in <-chan string, start chan struct{}, errs chan error) error {
	outer := ctx
	return st.Transaction(ctx, "a", func(ctx context.Context, tx *store.Tx) error {
		<-start // a signal
		select {
		case <-outer.Done():
			return outer.Err()
		case err := <-errs: // want `receives from errs`
			return err
		default:
		}
		mine := make(chan string, 1)
		mine <- "x"
		_, _, err := tx.Get(ctx, "session", <-mine)
		if err != nil {
			return err
		}
		_, _, err = tx.Get(ctx, "session", <-in) // want `receives from in in a callback that may run more than once, and then gets something else or waits: receive before Transaction`
		return err
	})
}

func ranges(ctx context.Context, st *store.Store, in <-chan string) error {
	return st.Transaction(ctx, "a", func(ctx context.Context, tx *store.Tx) error {
		for id := range in { // want `receives from in`
			if _, _, err := tx.Get(ctx, "session", id); err != nil {
				return err
			}
		}
		return nil
	})
}

func (r *result) add(name string) { r.names = append(r.names, name) }

func (r *result) set(name string) { r.names = append(r.names[:0], name) }

func collects(ctx context.Context, repo *signalkeys.Repo) error {
	res, once := new(result), new(result)
	return repo.Transaction(ctx, nil, func(ctx context.Context, tx *signalkeys.Tx) error {
		mine := new(result)
		once.names = nil
		for e, err := range tx.Sessions().All(ctx) {
			if err != nil {
				return err
			}
			res.add(e.ID.Name) // want `res grows`
			mine.add(e.ID.Name)
			once.add(e.ID.Name)
			res.set(e.ID.Name)
		}
		return nil
	})
}

type tagged struct{ tags map[string]int }

func updates(ctx context.Context, w family.Writer[signalkeys.PreKeyID, tagged]) (map[string]int, error) {
	all := map[string]int{}
	err := w.Update(ctx, 1, func(v tagged, ok bool) (tagged, error) {
		v.tags["seen"]++ // the value that this run was given
		for tag := range v.tags {
			all[tag] = 1 // want `all grows`
		}
		all["fixed"] = len(v.tags)
		return v, nil
	})
	return all, err
}

func withChannel(ctx context.Context, st *store.Store, fn func(*store.Tx, chan<- string) error) error {
	found := make(chan string, 10)
	return st.Transaction(ctx, "a", func(ctx context.Context, tx *store.Tx) error { return fn(tx, found) })
}

func wrapped(ctx context.Context, st *store.Store) error {
	return withChannel(ctx, st, func(tx *store.Tx, found chan<- string) error {
		found <- "x" // want `sends on found`
		return nil
	})
}
