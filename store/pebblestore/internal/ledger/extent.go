package ledger

import (
	"hash/crc32"
	"io"
)

// An Extent is the start of a file: its length in bytes and its checksum.
type Extent struct {
	Bytes int64
	sum   uint32
}

// Plus returns the extent that also covers p, which follows e in the file.
func (e Extent) Plus(p []byte) Extent {
	return Extent{e.Bytes + int64(len(p)), crc32.Update(e.sum, crc32.IEEETable, p)}
}

// readExtent reads at most n bytes.
func readExtent(r io.Reader, n int64) (Extent, error) {
	sum := crc32.NewIEEE()
	bytes, err := io.Copy(sum, io.LimitReader(r, n))
	return Extent{bytes, sum.Sum32()}, err
}
