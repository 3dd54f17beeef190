package store

import (
	"sync"

	"github.com/keyfam/keyfam/store/driver"
)

// engine is what all handles on one backend share. Labels and gates belong to
// the backend, not to a Store or to a wrapper.
type engine struct {
	backend driver.Driver // the innermost driver, the key of engines
	calls   calls
	labels  labels
	gates   gates

	mu        sync.Mutex
	snapshots map[*snapshot]struct{} // open ones, which Close closes
	closeOnce sync.Once
	closeErr  error
}

// engines finds the engine of an innermost driver. Close takes it out.
var engines = struct {
	sync.Mutex
	m map[driver.Driver]*engine
}{m: map[driver.Driver]*engine{}}

// engineOf returns the engine of an innermost driver, and makes it if there is
// none. The store owns the driver from then on.
func engineOf(backend driver.Driver) *engine {
	engines.Lock()
	defer engines.Unlock()
	if e := engines.m[backend]; e != nil {
		return e
	}
	e := &engine{backend: backend, snapshots: map[*snapshot]struct{}{}}
	e.calls.init()
	e.labels.init()
	engines.m[backend] = e
	return e
}

// close waits for running calls, wakes all waiters, and closes the backend
// once, through the driver of the handle that asked first.
func (e *engine) close(through driver.Driver) error {
	e.closeOnce.Do(func() {
		defer e.leave() // also if the driver panics
		e.calls.close()
		e.closeErr = e.closeSnapshots()
		if err := through.Close(); err != nil {
			e.closeErr = err
		}
	})
	return e.closeErr
}

// leave takes the engine out of the table.
func (e *engine) leave() {
	engines.Lock()
	defer engines.Unlock()
	delete(engines.m, e.backend)
}
