//go:build !unix

package baileys

import "os"

// openFile opens a file for reading, but no link.
func openFile(path string) (*os.File, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, notFile(info.Mode())
	}
	return os.Open(path)
}
