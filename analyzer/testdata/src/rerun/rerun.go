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

	"notify"

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
	err := repo.Transaction(ctx, family.Lock{}, func(ctx context.Context, tx *signalkeys.Tx) error {
		var mine []string
		size = 0
		for e, err := range tx.Sessions().All(ctx) {
			if err != nil {
				return err
			}
			names = append(names, e.Key.Name) // want `names grows in a callback that may run more than once: set it back at the start of the callback, or collect in a variable of the callback and assign it at the end`
			mine = append(mine, e.Key.Name)
			n++                     // want `n grows`
			size++                  // set back above
			res.n += 2              // want `res.n grows`
			seen[e.Key.Name] = true // want `seen grows`
			count["all"]++          // want `count grows`
			count["last"] = 1       // the same entry every time
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
	err := repo.Transaction(ctx, family.Lock{}, func(ctx context.Context, tx *signalkeys.Tx) error {
		*res = result{}
		names = names[:0]
		clear(seen)
		buf.Reset()
		hits.Store(0)
		for e, err := range tx.Sessions().All(ctx) {
			if err != nil {
				return err
			}
			res.names = append(res.names, e.Key.Name)
			res.n++
			names = append(names, e.Key.Name)
			seen[e.Key.Name] = true
			buf.WriteString(e.Key.Name)
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
	err := repo.Transaction(ctx, family.Lock{}, func(ctx context.Context, tx *signalkeys.Tx) error {
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
	return repo.Transaction(ctx, family.Lock{}, func(ctx context.Context, tx *signalkeys.Tx) error {
		_ = tx.Sessions()
		*tries++ //famvet:ignore rerun counts the attempts
		return tx.Sessions().Put(ctx, signalkeys.SessionKey{}, family.Secret{})
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

func entries(ctx context.Context, repo *signalkeys.Repo, keys []signalkeys.SessionKey) (map[string]bool, error) {
	dropped := map[string]bool{}
	for _, k := range keys {
		err := repo.Transaction(ctx, signalkeys.SessionLock(k), func(ctx context.Context, tx *signalkeys.Tx) error {
			dropped[k.Name] = true // the same entry in every run
			return tx.Sessions().Delete(ctx, k)
		})
		if err != nil {
			return nil, err
		}
	}
	return dropped, nil
}
