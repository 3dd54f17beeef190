package pebblestore

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/store/driver"
)

// An image is the files of a store's directory, and a check of what must be in
// the store.
type image struct {
	files map[string][]byte
	// holds returns nil if the store has everything acknowledged and
	// nothing else.
	holds func(b *backend) error
}

// imageOf returns what a process that is killed now leaves: every byte that it
// wrote, flushed or not.
func imageOf(t *testing.T, disk *vfs.MemFS) image {
	t.Helper()
	disk = disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 100, RNG: rand.New(rand.NewPCG(0, 0))})
	names, err := disk.List("db")
	require.NoError(t, err)
	im := image{files: map[string][]byte{}}
	for _, name := range names {
		if name == lockName {
			continue
		}
		f, err := disk.Open("db/" + name)
		require.NoError(t, err)
		im.files[name], err = io.ReadAll(f)
		require.NoError(t, errors.Join(err, f.Close()))
	}
	return im
}

// disk returns a file system with the files of the image.
func (im image) disk(t *testing.T) *vfs.MemFS {
	t.Helper()
	disk := vfs.NewMem()
	require.NoError(t, disk.MkdirAll("db", 0o700))
	for name, text := range im.files {
		f, err := disk.Create("db/"+name, vfs.WriteCategoryUnspecified)
		require.NoError(t, err)
		_, err = f.Write(slices.Clone(text)) // a write may change what it is given
		require.NoError(t, errors.Join(err, f.Close()))
	}
	return disk
}

// with returns the image with another content of a file. nil removes the file.
func (im image) with(name string, text []byte) image {
	files := maps.Clone(im.files)
	if files[name] = text; text == nil {
		delete(files, name)
	}
	return image{files, im.holds}
}

// names returns the names for which of is true, in order.
func (im image) names(of func(name string) bool) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(im.files)), func(name string) bool { return !of(name) })
}

// content returns the length of a file without the zeros at its end.
func (im image) content(name string) int { return len(bytes.TrimRight(im.files[name], "\x00")) }

// judge opens the disk and reads everything. It reports whether damage was
// found. It fails the test if damage was neither found nor harmless.
func (im image) judge(t *testing.T, disk vfs.FS, readOnly bool, what func() string) (found bool) {
	t.Helper()
	o := small(disk)
	o.ReadOnly = readOnly
	b, err := openBackend("db", o)
	if err == nil {
		err = im.holds(b)
		if closeErr := b.Close(); err == nil {
			err = closeErr
		}
	}
	if err != nil {
		require.ErrorIs(t, err, driver.ErrCorrupt, what())
	}
	return err != nil
}

// flips changes bits of a file, at every stride-th byte in turn, and judges
// each change.
func (im image) flips(t *testing.T, r *rand.Rand, name string, stride int) (tried, found int) {
	t.Helper()
	disk, text := im.disk(t), im.files[name]
	f, err := disk.OpenReadWrite("db/"+name, vfs.WriteCategoryUnspecified)
	require.NoError(t, err)
	for at := r.IntN(stride); at < im.content(name); at += stride {
		changed := text[at] ^ byte(1<<r.IntN(8)) // one bit, or some
		if r.IntN(4) == 0 {
			changed = text[at] ^ byte(1+r.IntN(255))
		}
		_, err := f.WriteAt([]byte{changed}, int64(at))
		require.NoError(t, err)
		what := func() string { return fmt.Sprintf("%s: byte %d of %d is %#x", name, at, len(text), changed) }
		damaged := im.judge(t, disk, true, what)
		if !damaged || tried%16 == 0 { // open for writing, which does more
			damaged = im.judge(t, im.with(name, replaced(text, at, changed)).disk(t), false, what) || damaged
		}
		_, err = f.WriteAt(text[at:at+1], int64(at))
		require.NoError(t, err)
		if tried++; damaged {
			found++
		}
	}
	require.NoError(t, f.Close())
	return tried, found
}

func replaced(text []byte, at int, by ...byte) []byte {
	text = slices.Clone(text)
	copy(text[at:], by)
	return text
}

// exactly returns the check for exactly these records of one namespace, by a
// scan and by reads.
func exactly(namespace string, records map[driver.Key]string) func(b *backend) error {
	return func(b *backend) error {
		found, err := contents(b, namespace)
		if err != nil {
			return err
		}
		if !maps.Equal(found, records) {
			return fmt.Errorf("%d records by a scan instead of %d, or others", len(found), len(records))
		}
		return readEach(b, namespace, records)
	}
}

// readEach reads each record by its key.
func readEach(b *backend, namespace string, records map[driver.Key]string) error {
	for k, v := range records {
		var one [1]driver.Record
		if err := b.Read(ctx, namespace, []driver.Key{k}, one[:]); err != nil {
			return err
		}
		if string(one[0].Value) != v {
			return errors.New("a record has another value by a read")
		}
	}
	return nil
}

// acknowledged returns the check for these numbers of commits, acknowledged
// and begun, of each history.
func (ws writers) acknowledged(acked, tried []uint64) func(b *backend) error {
	return func(b *backend) error {
		for i, h := range ws {
			found, err := contents(b, h.namespace)
			if err != nil {
				return err
			}
			n := commitsIn(found)
			if n < acked[i] || n > tried[i] || !maps.Equal(found, state(n)) {
				return fmt.Errorf("commit %d of a writer, of %d acknowledged and %d begun", n, acked[i], tried[i])
			}
			if err := readEach(b, h.namespace, found); err != nil {
				return err
			}
		}
		return nil
	}
}
