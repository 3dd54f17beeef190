package baileys

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/memstore"
)

// checkCreds refuses a creds.json that Baileys could not read.
func checkCreds(data []byte) error {
	s := newScanner(data)
	s.object(func(string) { s.skip() })
	if err := s.end(); err != nil {
		return fmt.Errorf("%w (Baileys answers such a file with a new identity)", err)
	}
	return nil
}

// checkUnknown refuses a file of an unknown family that Import would not read.
func checkUnknown(name string, data []byte) error {
	switch {
	case len(name) > maxName:
		return fmt.Errorf("%w: %d bytes, at most %d fit", ErrName, len(name), maxName)
	case len(data) > maxFile:
		return tooLarge(int64(len(data)))
	}
	return nil
}

// validator makes files of stored records, and imports each of them again: what
// Import would refuse or read as something else, no file is made of.
type validator struct {
	scratch *store.Store
}

func newValidator(ctx context.Context) (*validator, error) {
	scratch, err := memstore.Open(ctx, &store.Options{MaxValueBytes: maxFile, MaxIDBytes: maxName})
	return &validator{scratch}, err
}

func (v *validator) close() { _ = v.scratch.Close() }

// file is the canonical file of a stored record.
func (v *validator) file(ctx context.Context, f form, e entry) ([]byte, error) {
	data, err := e.render(nil)
	if err != nil {
		return nil, err
	}
	if len(data) > maxFile {
		return nil, tooLarge(int64(len(data)))
	}
	again, err := f.read(e.id(), data)
	switch {
	case err != nil && e.foreign():
		return nil, ErrForeign
	case err != nil:
		return nil, err
	}
	return data, v.same(ctx, f, e, again)
}

var errOther = fmt.Errorf("%w: Baileys' file has no place for all that is stored", ErrForm)

// same refuses a record that is not stored as the one that Import would make of
// its file: a newer schema's fields are in no file, and neither is text that is
// not UTF-8.
func (v *validator) same(ctx context.Context, f form, stored, again entry) error {
	have, err := v.stored(ctx, f, stored)
	if err != nil {
		return err
	}
	imported, err := v.stored(ctx, f, again)
	if err == nil && !bytes.Equal(have, imported) {
		err = errOther
	}
	return err
}

// stored is the bytes that an import would store.
func (v *validator) stored(ctx context.Context, f form, e entry) ([]byte, error) {
	c := &chunk{}
	e.put(c)
	err := errors.Join(signalkeys.New(v.scratch).Apply(ctx, &c.keys), v.scratch.Set(ctx, &c.rows))
	if err != nil {
		return nil, err
	}
	value, _, err := v.scratch.Get(ctx, f.naming().family, e.id())
	if err != nil {
		return nil, err
	}
	return value, v.scratch.Set(ctx, new(store.DataSet).Delete(f.naming().family, e.id()))
}
