package store

import (
	"sync"

	"github.com/keyfam/keyfam/store/driver"
)

// engine is what all handles on one backend share: labels and gates belong to
// the backend, not to the Store value or the wrapper through which it is used.
type engine struct {
	backend driver.Driver // the innermost driver, by which engines finds this
	calls   calls
	labels  labels
	gates   gates

	mu        sync.Mutex
	snapshots map[*snapshot]struct{} // open ones, which Close closes
	closeOnce sync.Once
	closeErr  error
}

// engines finds the engine of an innermost driver. An engine leaves with its
// Close.
var engines = struct {
	sync.Mutex
	m map[driver.Driver]*engine
}{m: map[driver.Driver]*engine{}}

// engineOf is the engine of an innermost driver, which is the store's from now
// on.
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

// close lets running calls end, wakes whoever waits, and closes the backend, once,
// through the driver of the handle that asks for it first.
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
