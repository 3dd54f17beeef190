package pebblestore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strconv"
	"strings"

	"github.com/keyfam/keyfam/store/driver"
)

// A log of the engine is blocks of 32 KiB, each full of chunks; no chunk crosses
// a block. A chunk is
//
//	checksum 4 B | length 2 B | kind 1 B | log number 4 B | synced offset 8 B | payload
//
// where the synced offset promises that all before it was flushed when the chunk
// was written. The end of a log that was closed is a shorter header with the
// next log's number. What follows is whatever the file held before.
//
// A power cut leaves a torn chunk at the end of the newest log, and so the engine
// takes any bad chunk in it for that, unless a later block makes a promise. We
// look in the same block as well. That adds to what the ledger knows: a power cut
// may have taken its last notes.
//
// The promises are true but fall short. The flush loop of the engine's LogWriter
// (version 2.1.7) adds to the synced offset what it flushed of the block that was
// not full, and nothing for the full blocks that it flushed with it. So they
// cannot replace the ledger.
const (
	logBlock    = 32 << 10
	logHeader   = 19
	logTrailer  = 11
	trailerKind = 5
	firstKind   = 9
	lastKind    = 12
)

// checkTail refuses a newest log of which bytes are bad that a chunk promises.
func (h home) checkTail(entries []*entry) error {
	newest, number := "", uint64(0)
	for _, e := range entries {
		n, err := strconv.ParseUint(strings.TrimSuffix(e.name, ".log"), 10, 64)
		if err == nil && n >= number {
			newest, number = e.name, n
		}
	}
	if newest == "" {
		return nil
	}
	f, err := h.fs.Open(h.path(newest))
	if err != nil {
		return translate(err)
	}
	end, promised, err := scanLog(f, uint32(number))
	switch err = errors.Join(err, f.Close()); {
	case err != nil:
		return translate(err)
	case end < promised:
		return fmt.Errorf("%w: the log is bad after %d bytes and was good for %d", driver.ErrCorrupt, end, promised)
	}
	return nil
}

// startOfLog is as much of a log as shows whether the engine wrote it.
func (h home) startOfLog(name string) ([]byte, error) {
	f, err := h.fs.Open(h.path(name))
	if err != nil {
		return nil, err
	}
	start := make([]byte, logBlock)
	n, err := io.ReadFull(f, start)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return start[:n], errors.Join(err, f.Close())
}

// mayStartLog reports whether a file of the engine's may start so: with nothing,
// zeros, or a chunk of any log, as logs are used again.
func mayStartLog(b []byte) bool {
	if zero(b) {
		return true
	}
	if len(b) < logTrailer || b[6] < trailerKind || b[6] > lastKind {
		return false
	}
	header := logHeader
	if b[6] < firstKind { // the format of a store's first log, and of trailers
		header = logTrailer
	}
	size := header + int(binary.LittleEndian.Uint16(b[4:]))
	return size <= len(b) && (isTrailer(b, binary.LittleEndian.Uint32(b[7:])-1) || binary.LittleEndian.Uint32(b) == chunkSum(b[6:size]))
}

// scanLog finds the end of the good chunks, and what the chunks behind the end in
// its block promise.
func scanLog(r io.Reader, number uint32) (end, promised int64, err error) {
	block := make([]byte, logBlock)
	for start := int64(0); ; start += logBlock {
		n, err := io.ReadFull(r, block)
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
			return 0, 0, err
		}
		good, closed := goodChunks(block[:n], number)
		end = start + int64(good)
		if good < logBlock {
			if !closed {
				promised = promises(block[good:n], number, end)
			}
			return end, promised, nil
		}
	}
}

// goodChunks is the length of the good chunks at the start of a block, with the
// zeros that fill it up. closed says that the log's end is among them.
func goodChunks(block []byte, number uint32) (n int, closed bool) {
	for {
		rest := block[n:]
		if len(rest) < logHeader && n+len(rest) == logBlock && zero(rest) {
			return logBlock, false
		}
		if isTrailer(rest, number) {
			return n + logTrailer, true
		}
		size, _ := chunk(rest, number)
		if size == 0 {
			return n, false
		}
		n += size
	}
}

// promises is the furthest synced offset of any good chunk, wherever it starts. A
// true one does not reach beyond its own chunk; b starts at that offset.
func promises(b []byte, number uint32, offset int64) (furthest int64) {
	for i := range b {
		if size, synced := chunk(b[i:], number); size > 0 && synced <= offset+int64(i) {
			furthest = max(furthest, synced)
		}
	}
	return furthest
}

// chunk is the size of the good chunk at the start of b, 0 if there is none, and
// its synced offset.
func chunk(b []byte, number uint32) (size int, synced int64) {
	if len(b) < logHeader || b[6] < firstKind || b[6] > lastKind || binary.LittleEndian.Uint32(b[7:]) != number {
		return 0, 0
	}
	size = logHeader + int(binary.LittleEndian.Uint16(b[4:]))
	if size > len(b) || binary.LittleEndian.Uint32(b) != chunkSum(b[6:size]) {
		return 0, 0
	}
	return size, int64(binary.LittleEndian.Uint64(b[11:]))
}

func isTrailer(b []byte, number uint32) bool {
	return len(b) >= logTrailer && b[6] == trailerKind && binary.LittleEndian.Uint32(b[7:]) == number+1
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// chunkSum is the engine's checksum.
func chunkSum(b []byte) uint32 {
	c := crc32.Checksum(b, castagnoli)
	return (c>>15 | c<<17) + 0xa282ead8
}

func zero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
