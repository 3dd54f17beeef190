package pebblestore

import (
	"bytes"
	"strings"

	"github.com/keyfam/keyfam/store/driver"
)

// A stored key is the kind byte, then namespace and family, each escaped and
// terminated, then the id as it is:
//
//	0x01 | esc(namespace) 0x00 0x01 | esc(family) 0x00 0x01 | id
//
// where esc writes 0x00 as 0x00 0xff. The terminator sorts below every byte
// that may follow inside a part. So the bytewise order of stored keys is the
// order of namespaces, then families, then ids, whatever bytes they hold, and
// no part can reach into the next one. Other kind bytes are free for later
// use.
const kindRecord = 0x01

const (
	escape     = 0x00
	escapedNul = 0xff
	terminator = 0x01
)

// encoded is a stored key with the ends of its first two parts.
type encoded struct {
	bytes     []byte
	namespace int // length of kind and namespace
	family    int // length of kind, namespace and family
}

// appendKey appends the encoding of a key to buf. The ends are offsets in the
// whole of the result.
func appendKey(buf []byte, namespace string, k driver.Key) encoded {
	e := encoded{bytes: appendNamespace(buf, namespace)}
	e.namespace = len(e.bytes)
	e.bytes = appendPart(e.bytes, k.Family)
	e.family = len(e.bytes)
	e.bytes = append(e.bytes, k.ID...)
	return e
}

func appendNamespace(buf []byte, namespace string) []byte {
	return appendPart(append(buf, kindRecord), namespace)
}

func appendPart(buf []byte, part string) []byte {
	for {
		i := strings.IndexByte(part, 0x00)
		if i < 0 {
			buf = append(buf, part...)
			return append(buf, escape, terminator)
		}
		buf = append(buf, part[:i]...)
		buf = append(buf, escape, escapedNul)
		part = part[i+1:]
	}
}

// keyLen bounds the length of an encoded key.
func keyLen(namespace string, k driver.Key) int {
	return 1 + 2*len(namespace) + 2 + 2*len(k.Family) + 2 + len(k.ID)
}

// bounds translates a range to stored keys.
func bounds(namespace string, r driver.Range) (lower, upper []byte) {
	lower = appendKey(nil, namespace, r.From).bytes
	if r.To == (driver.Key{}) {
		return lower, afterNamespace(namespace)
	}
	return lower, appendKey(nil, namespace, r.To).bytes
}

// afterNamespace returns the first key above all keys of the namespace.
func afterNamespace(namespace string) []byte {
	end := appendNamespace(nil, namespace)
	end[len(end)-1]++
	return end
}

// parse finds the parts of a stored key. ok is false if appendKey has not
// written it.
func parse(key []byte) (e encoded, ok bool) {
	if len(key) == 0 || key[0] != kindRecord {
		return e, false
	}
	e.bytes = key
	if e.namespace, ok = partEnd(key, 1); !ok {
		return e, false
	}
	e.family, ok = partEnd(key, e.namespace)
	return e, ok
}

// partEnd returns where the part that starts at from ends, behind its
// terminator.
func partEnd(key []byte, from int) (end int, ok bool) {
	for i := from; i+1 < len(key); i++ {
		if key[i] != escape {
			continue
		}
		i++
		if key[i] != escapedNul {
			return i + 1, key[i] == terminator
		}
	}
	return 0, false
}

// part removes the terminator and the escaping. The result is a slice of the
// argument if nothing was escaped.
func part(b []byte) []byte {
	b = b[:len(b)-2]
	if bytes.IndexByte(b, escape) < 0 {
		return b
	}
	return bytes.ReplaceAll(b, []byte{escape, escapedNul}, []byte{escape})
}

func (e encoded) namespaceName() []byte { return part(e.bytes[1:e.namespace]) }
func (e encoded) familyName() []byte    { return part(e.bytes[e.namespace:e.family]) }
func (e encoded) id() []byte            { return e.bytes[e.family:] }
