package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/store"
)

const (
	racers = 16
	rounds = 25 // increments of each
	work   = time.Millisecond
)

// tally counts what a store tells its tracer.
type tally struct{ reruns atomic.Int64 }

func (t *tally) observe(r store.Result) {
	if r.Op == store.OpTransaction {
		t.reruns.Add(int64(r.Attempt - 1))
	}
}

// raceResult is what came of many increments of one record.
type raceResult struct {
	Acknowledged int `json:"acknowledged"`
	Counter      int `json:"counter"`
	Lost         int `json:"lost"`
	Reruns       int `json:"reruns"` // of callbacks, after a conflict
}

// race increments one record from many goroutines, first without transactions
// and then with them. They have no label in common.
func (d *demo) race(ctx context.Context, st *store.Store) error {
	repo, err := signalkeys.Open(ctx, st)
	if err != nil {
		return err
	}
	d.say(`
4. Let %d goroutines add 1 to the same record, %d times each, without a label in common.

   Between reading and writing they work for %v, like a program that encrypts a message.

   First as most programs do it: read the record, add 1, write it back.
`, racers, rounds, work)
	if d.answer.Careless, err = d.increments(ctx, repo, "careless", careless); err != nil {
		return err
	}
	d.say("   %s.\n", raceText(d.answer.Careless))
	d.say(`
   Now the same in a typed transaction. When another commit came first, keyfam runs the
   callback again on fresh data.

      repo.Transaction(ctx, label, func(ctx context.Context, tx *signalkeys.Tx) error {
          state, _, err := tx.AppStateSyncVersions().Get(ctx, id)
          …
          state.Version++
          return tx.AppStateSyncVersions().Put(ctx, id, state)
      })

`)
	if d.answer.Careful, err = d.increments(ctx, repo, "careful", careful); err != nil {
		return err
	}
	d.say("   %s.\n   Conflicts made %s of the callback necessary.\n",
		raceText(d.answer.Careful), count(d.answer.Careful.Reruns, "rerun"))
	return nil
}

// increment adds 1 to a record. It calls meet between reading and writing, where
// a program would use the keys.
type increment func(ctx context.Context, repo *signalkeys.Repo, id signalkeys.AppStateSyncVersionID, meet func()) error

func careless(ctx context.Context, repo *signalkeys.Repo, id signalkeys.AppStateSyncVersionID, meet func()) error {
	state, _, err := repo.AppStateSyncVersions().Get(ctx, id)
	if err != nil {
		return err
	}
	meet()
	state.Version++
	return repo.AppStateSyncVersions().Put(ctx, id, state)
}

func careful(ctx context.Context, repo *signalkeys.Repo, id signalkeys.AppStateSyncVersionID, meet func()) error {
	return repo.Transaction(ctx, nil, func(ctx context.Context, tx *signalkeys.Tx) error {
		state, _, err := tx.AppStateSyncVersions().Get(ctx, id)
		if err != nil {
			return err
		}
		meet()
		state.Version++
		return tx.AppStateSyncVersions().Put(ctx, id, state)
	})
}

// increments lets all goroutines meet once between reading and writing, so that
// they are in each other's way even on one processor.
func (d *demo) increments(ctx context.Context, repo *signalkeys.Repo, id signalkeys.AppStateSyncVersionID, do increment) (r raceResult, err error) {
	before := d.tally.reruns.Load()
	var everybody, running sync.WaitGroup
	everybody.Add(racers)
	errs := make([]error, racers)
	var done atomic.Int64
	for i := range racers {
		running.Go(func() {
			arrive := sync.OnceFunc(everybody.Done)
			defer arrive() // also after an error, or the others would wait
			meet := func() {
				arrive()
				everybody.Wait()
				time.Sleep(work)
			}
			for range rounds {
				if errs[i] = do(ctx, repo, id, meet); errs[i] != nil {
					return
				}
				done.Add(1)
			}
		})
	}
	running.Wait()
	if err := errors.Join(errs...); err != nil {
		return r, err
	}
	state, _, err := repo.AppStateSyncVersions().Get(ctx, id)
	r = raceResult{Acknowledged: int(done.Load()), Counter: int(state.Version), Reruns: int(d.tally.reruns.Load() - before)}
	r.Lost = r.Acknowledged - r.Counter
	return r, err
}

// compareFolders names the files that are not the same in both.
func compareFolders(a, b string) (different []string, err error) {
	left, err := readFolder(a)
	if err != nil {
		return nil, err
	}
	right, err := readFolder(b)
	if err != nil {
		return nil, err
	}
	for name, data := range left {
		if other, ok := right[name]; !ok || !bytes.Equal(data, other) {
			different = append(different, name)
		}
		delete(right, name)
	}
	for name := range right {
		different = append(different, name)
	}
	return different, nil
}

func readFolder(dir string) (map[string][]byte, error) {
	entries, err := os.ReadDir(dir)
	files := map[string][]byte{}
	for _, e := range entries {
		if err == nil {
			files[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name()))
		}
	}
	return files, err
}

func oneLine(form any) string {
	line, err := json.Marshal(form)
	if err != nil {
		return ""
	}
	return string(line)
}

// shorten cuts text to at most so many characters.
func shorten(s string, most int) string {
	runes := []rune(s)
	if len(runes) <= most {
		return string(runes)
	}
	return string(runes[:most-1]) + "…"
}
