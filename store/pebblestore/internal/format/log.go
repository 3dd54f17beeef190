package format

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
)

// A log of the engine consists of blocks of 32 KiB. A block consists of
// chunks; no chunk crosses a block. A chunk is
//
//	checksum 4 B | length 2 B | kind 1 B | log number 4 B | synced offset 8 B | payload
//
// The synced offset is a promise: all bytes before it were flushed when the
// chunk was written. A trailer ends a log that was closed: a shorter header
// with the number of the next log. Behind it is whatever the file held before.
//
// A power cut leaves a torn chunk at the end of the newest log. The engine
// takes any bad chunk in that log for a torn one, unless a later block holds a
// promise about it. ScanLog looks for promises in the same block too.
//
// The promises are true, but they cover less than was flushed: the flush loop
// of the engine's LogWriter (version 2.1.7) counts the flushed bytes of the
// last block, and not the full blocks that it flushed with them. So they
// cannot replace the ledger. They add to it, because a power cut can take the
// ledger's last notes.
const (
	LogBlock    = 32 << 10 // bytes
	logHeader   = 19
	logTrailer  = 11
	trailerKind = 5
	firstKind   = 9
	lastKind    = 12
)

// MayStartLog reports whether a file of the engine may start with b: with
// nothing, with zeros, or with a chunk of any log, because logs are reused.
func MayStartLog(b []byte) bool {
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

// ScanLog returns where the good chunks of a log end, and how far the log was
// flushed by the promises of later chunks in the same block, 0 without any.
// The log is damaged if end < promised. Both are offsets in bytes.
func ScanLog(r io.Reader, number uint32) (end, promised int64, err error) {
	block := make([]byte, LogBlock)
	for start := int64(0); ; start += LogBlock {
		n, err := io.ReadFull(r, block)
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
			return 0, 0, err
		}
		good, closed := goodChunks(block[:n], number)
		end = start + int64(good)
		if good < LogBlock {
			if !closed {
				promised = promises(block[good:n], number, end)
			}
			return end, promised, nil
		}
	}
}

// goodChunks returns the length of the good chunks at the start of a block,
// with the zeros that fill the block up. closed reports whether they end with
// the log's trailer.
func goodChunks(block []byte, number uint32) (n int, closed bool) {
	for {
		rest := block[n:]
		if len(rest) < logHeader && n+len(rest) == LogBlock && zero(rest) {
			return LogBlock, false
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

// promises returns the furthest synced offset of all good chunks in b,
// wherever they start. b starts at that offset of the log. A synced offset
// behind the start of its own chunk is not a promise: these bytes only look
// like a chunk.
func promises(b []byte, number uint32, offset int64) (furthest int64) {
	for i := range b {
		if size, synced := chunk(b[i:], number); size > 0 && synced <= offset+int64(i) {
			furthest = max(furthest, synced)
		}
	}
	return furthest
}

// chunk returns the size and the synced offset of the good chunk at the start
// of b. The size is 0 if there is none.
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
