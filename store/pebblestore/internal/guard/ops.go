package guard

import (
	"io"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/keyfam/keyfam/store/pebblestore/internal/format"
	"github.com/keyfam/keyfam/store/pebblestore/internal/ledger"
)

func (g *FS) guards(name string) bool { return g.PathDir(name) == g.dir.home.Path }

// open guards a file that is opened for writing.
func (g *FS) open(name string, op func() (vfs.File, error)) (f vfs.File, err error) {
	if !g.guards(name) {
		return op()
	}
	g.do(func() error { f, err = op(); return err })
	return &file{File: f, guard: g}, nil
}

// begin opens a new file and records it in the ledger.
func (g *FS) begin(name string, op func() (vfs.File, error)) (f vfs.File, err error) {
	if !g.guards(name) {
		return op()
	}
	made := &file{guard: g, name: g.PathBase(name)}
	g.do(func() error {
		if err := g.dir.home.inWay(made.name); err != nil {
			return err
		}
		if err := g.ledger.Announce(made.name); err != nil {
			return err
		}
		if made.File, err = op(); err != nil {
			return err
		}
		made.entry = g.ledger.Begin(made.name)
		info, err := made.File.Stat()
		if err == nil {
			made.filled = info.Size() // of a log that is reused
		}
		return err
	})
	return made, nil
}

func (g *FS) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	return g.begin(name, func() (vfs.File, error) {
		if format.IsMarker(g.PathBase(name)) {
			if err := g.ledger.SyncDir(g.syncDir); err != nil {
				return nil, err
			}
		}
		return g.FS.Create(name, category)
	})
}

// syncDir flushes the directory before a marker is made. The engine flushes it
// only afterwards: a power cut in between could keep the marker and lose the
// manifest that it names.
func (g *FS) syncDir() error { return ledger.Dir{FS: g.FS, Path: g.dir.home.Path}.Sync() }

func (g *FS) OpenReadWrite(name string, category vfs.DiskWriteCategory, o ...vfs.OpenOption) (vfs.File, error) {
	return g.open(name, func() (vfs.File, error) { return g.FS.OpenReadWrite(name, category, o...) })
}

func (g *FS) ReuseForWrite(oldname, newname string, category vfs.DiskWriteCategory) (vfs.File, error) {
	return g.begin(newname, func() (vfs.File, error) {
		if err := g.ledger.Forget(g.PathBase(oldname)); err != nil {
			return nil, err
		}
		return g.FS.ReuseForWrite(oldname, newname, category)
	})
}

// OpenDir guards the Sync of the directory.
func (g *FS) OpenDir(name string) (vfs.File, error) {
	f, err := g.FS.OpenDir(name)
	if err != nil || name != g.dir.home.Path {
		return f, err
	}
	return &opened{File: f, guard: g}, nil
}

func (g *FS) Rename(oldname, newname string) error {
	if !g.guards(newname) {
		return g.FS.Rename(oldname, newname)
	}
	g.do(func() error {
		if err := g.ledger.Announce(g.PathBase(newname)); err != nil {
			return err
		}
		return g.FS.Rename(oldname, newname)
	})
	return nil
}

// Remove shows the engine a failed removal: the engine only cleans up with it.
func (g *FS) Remove(name string) (err error) {
	if !g.guards(name) {
		return g.FS.Remove(name)
	}
	g.do(func() error {
		if err := g.ledger.Forget(g.PathBase(name)); err != nil {
			return err
		}
		err = g.FS.Remove(name)
		return nil
	})
	return err
}

// Lock does nothing: the directory stays locked until after Fence.
func (g *FS) Lock(string) (io.Closer, error) { return io.NopCloser(nil), nil }

// GetDiskUsage reports any failure as unsupported. The engine can do without.
func (g *FS) GetDiskUsage(path string) (vfs.DiskUsage, error) {
	u, err := g.FS.GetDiskUsage(path)
	if err != nil {
		return u, vfs.ErrUnsupported
	}
	return u, nil
}

func (g *FS) Unwrap() vfs.FS { return g.FS }
