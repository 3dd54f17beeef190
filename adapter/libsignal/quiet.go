package libsignal

import (
	"sync"

	"go.mau.fi/libsignal/logger"
)

// quiet is the logger of a program without the debug lines of libsignal, which
// hold message keys.
type quiet struct{ logger.Loggable }

func (quiet) Debug(string, string) {}

// silent is the logger of a program that has set none. libsignal's own default
// prints to standard output, and is set up by whoever logs first, which is a
// data race.
type silent struct{}

func (silent) Debug(string, string)   {}
func (silent) Info(string, string)    {}
func (silent) Warning(string, string) {}
func (silent) Error(string, string)   {}
func (silent) Configure(string)       {}

// quieten is called before the first use of libsignal.
var quieten = sync.OnceFunc(func() {
	if logger.Logger == nil {
		logger.Logger = silent{}
	}
	logger.Logger = quiet{logger.Logger}
})
