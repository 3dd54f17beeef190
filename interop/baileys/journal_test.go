package baileys_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"sync"

	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/memstore"
)

// journal is a backend that survives kill -9: memstore's, with each commit as
// one line of a file before it is acknowledged. A last line without its end is a
// commit that never was.
type journal struct {
	driver.Driver
	mu   sync.Mutex
	file *os.File
	// written, if not nil, is called with what is left to write of the line of a
	// commit when half of it is written, and with nothing when it is whole.
	written func(file *os.File, rest []byte)
}

// openJournal replays a file into a store.
func openJournal(path string, written func(file *os.File, rest []byte)) (*store.Store, error) {
	data, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	whole := data[:bytes.LastIndexByte(data, '\n')+1]
	j := &journal{Driver: memstore.NewDriver(), written: written}
	for line := range bytes.Lines(whole) {
		var c driver.Commit
		if err := json.Unmarshal(line, &c); err != nil {
			return nil, err
		}
		if err := j.Driver.Commit(context.Background(), "", &c); err != nil {
			return nil, err
		}
	}
	if j.file, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o600); err != nil {
		return nil, err
	}
	if err := j.file.Truncate(int64(len(whole))); err != nil {
		return nil, err
	}
	if _, err := j.file.Seek(0, 2); err != nil {
		return nil, err
	}
	return store.New(context.Background(), j, nil)
}

func (j *journal) Commit(ctx context.Context, namespace string, c *driver.Commit) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.Driver.Commit(ctx, namespace, c); err != nil || c.OnlyChecks() {
		return err
	}
	line, err := json.Marshal(driver.Commit{Stamp: c.Stamp, Deletes: c.Deletes, Writes: c.Writes})
	if err != nil {
		return err
	}
	line = append(line, '\n')
	for _, part := range [][]byte{line[:len(line)/2], line[len(line)/2:]} {
		if _, err := j.file.Write(part); err != nil {
			return err
		}
		if j.written != nil {
			j.written(j.file, line[len(part):])
		}
	}
	return nil
}

func (j *journal) Close() error { return j.file.Close() }
