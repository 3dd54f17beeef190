package baileys

import (
	"bytes"
	"context"
	"errors"

	"github.com/keyfam/keyfam/interop/baileys/baileysfile"
	"github.com/keyfam/keyfam/store"
)

// matches reports whether the bytes of a file say exactly what is stored, given
// the canonical file of that. A rendering has all of a record, so equal ones are
// of equal records.
func matches(f form, id string, file, canonical []byte) bool {
	if !f.keeps() {
		return false
	}
	e, err := f.read(id, file)
	if err != nil {
		return false
	}
	again, err := e.render(nil)
	return err == nil && bytes.Equal(again, canonical)
}

// isStale reports whether a kept file is of no use any more: Export would not
// write it.
func isStale(ctx context.Context, tx *store.Tx, name string, file []byte) (bool, error) {
	k, f, id := classify(name)
	if k != record {
		return k == skipped || !safe(name), nil
	}
	if fileName(f.naming().family, id) != name {
		return true, nil
	}
	e, ok, err := f.get(ctx, tx, id)
	switch {
	case isCorrupt(err): // the file may be all that is left of the record
		return false, nil
	case errors.Is(err, ErrName):
		return true, nil
	case err != nil || !ok:
		return !ok, err
	}
	canonical, err := e.render(nil)
	return err != nil || !matches(f, id, file, canonical), nil
}

// keptFiles reads all kept files but the marker.
func keptFiles(ctx context.Context, tx *store.Tx) (map[string][]byte, error) {
	files := map[string][]byte{}
	for e, err := range baileysfile.NewTx(tx).BaileysFiles().All(ctx) {
		if err != nil {
			return nil, err
		}
		if e.ID != marker {
			files[string(e.ID)] = e.Value.Reveal()
		}
	}
	return files, nil
}
