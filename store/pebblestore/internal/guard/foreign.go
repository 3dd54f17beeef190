package guard

import (
	"errors"
	"io"
	"io/fs"

	"github.com/keyfam/keyfam/store/pebblestore/internal/fault"
	"github.com/keyfam/keyfam/store/pebblestore/internal/format"
	"github.com/keyfam/keyfam/store/pebblestore/internal/ledger"
)

// foreignLogs returns the files with names of logs that the ledger does not
// list and the engine has not written. The engine would take them for logs
// that a crash tore, and remove them.
func (h home) foreignLogs(names []string, noted []*ledger.Entry) (foreign []string, err error) {
	for _, name := range names {
		if !format.IsLog(name) || ledger.Contains(noted, name) {
			continue
		}
		start, err := h.startOfLog(name)
		if err != nil {
			return nil, fault.Translate(err)
		}
		if !format.MayStartLog(start) {
			foreign = append(foreign, name)
		}
	}
	return foreign, nil
}

// startOfLog reads as much of a log as shows whether the engine wrote it.
func (h home) startOfLog(name string) ([]byte, error) {
	f, err := h.FS.Open(h.File(name))
	if err != nil {
		return nil, err
	}
	start := make([]byte, format.LogBlock)
	n, err := io.ReadFull(f, start)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return start[:n], errors.Join(err, f.Close())
}

// inWay refuses a new log if somebody else's file has its name.
func (h home) inWay(name string) error {
	if !format.IsLog(name) {
		return nil
	}
	start, err := h.startOfLog(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err == nil && !format.MayStartLog(start):
		return fault.Unavailable(inWayText)
	}
	return err
}

const inWayText = "a log in the directory is not the store's, and has the name that the store needs: move it out of the directory"
