package pebblestore

import (
	"hash/crc32"
	"io"
)

// An extent is what a file begins with: a number of bytes and their checksum.
type extent struct {
	bytes int64
	sum   uint32
}

// plus is the extent that also covers p, which was written behind it.
func (e extent) plus(p []byte) extent {
	return extent{e.bytes + int64(len(p)), crc32.Update(e.sum, crc32.IEEETable, p)}
}

// readExtent reads at most n bytes.
func readExtent(r io.Reader, n int64) (extent, error) {
	sum := crc32.NewIEEE()
	bytes, err := io.Copy(sum, io.LimitReader(r, n))
	return extent{bytes, sum.Sum32()}, err
}
