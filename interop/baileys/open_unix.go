//go:build unix

package baileys

import (
	"errors"
	"os"
	"syscall"
)

// openFile opens a file for reading. It follows no link in its last element and
// does not wait for the other end of a pipe: a file may have been replaced by
// either since the folder was listed.
func openFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	switch {
	case errors.Is(err, syscall.ELOOP), errors.Is(err, syscall.EMLINK):
		return nil, notFile(os.ModeSymlink)
	case errors.Is(err, syscall.ENXIO), errors.Is(err, syscall.EOPNOTSUPP):
		return nil, notFile(os.ModeSocket)
	}
	return f, err
}
