package store

import (
	"fmt"
	"reflect"
	"sync"

	"github.com/keyfam/keyfam/store/driver"
)

// engine is what all handles on one driver share: labels and gates belong to
// the backend, not to the Store value through which it is used.
type engine struct {
	driver driver.Driver
	info   driver.Info
	calls  calls
	labels labels
	gates  gates

	mu        sync.Mutex
	snapshots map[*snapshot]struct{} // open ones, which Close closes
	closeOnce sync.Once
	closeErr  error
}

// engines finds the engine of a driver. An engine leaves with its Close.
var engines = struct {
	sync.Mutex
	m map[driver.Driver]*engine
}{m: map[driver.Driver]*engine{}}

// checkDriver refuses what the table of engines cannot hold.
func checkDriver(d driver.Driver) error {
	if d == nil {
		return fmt.Errorf("%w: nil driver", ErrInvalid)
	}
	if !reflect.ValueOf(d).Comparable() {
		return fmt.Errorf("%w: the driver is not comparable; make it a pointer", ErrInvalid)
	}
	return nil
}

// engineOf is the engine of a driver, which is the store's from now on.
func engineOf(d driver.Driver, info driver.Info) *engine {
	engines.Lock()
	defer engines.Unlock()
	if e := engines.m[d]; e != nil {
		return e
	}
	e := &engine{driver: d, info: info, snapshots: map[*snapshot]struct{}{}}
	e.calls.init()
	e.labels.init()
	engines.m[d] = e
	return e
}

// close lets running calls end, wakes whoever waits, and closes the driver.
func (e *engine) close() error {
	e.closeOnce.Do(func() {
		e.calls.close()
		e.closeErr = e.closeSnapshots()
		if err := e.driver.Close(); err != nil {
			e.closeErr = err
		}
		engines.Lock()
		delete(engines.m, e.driver)
		engines.Unlock()
	})
	return e.closeErr
}
