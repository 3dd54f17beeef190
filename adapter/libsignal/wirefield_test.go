package libsignal

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// eachKey hands to use the record with each of its byte fields one byte shorter,
// then one byte longer, and answers how many records that were.
func eachKey(t testing.TB, data []byte, into proto.Message, use func(data []byte)) (count int) {
	require.NoError(t, proto.Unmarshal(data, into))
	var walk func(m protoreflect.Message)
	try := func(m protoreflect.Message, f protoreflect.FieldDescriptor, value []byte) {
		m.Set(f, protoreflect.ValueOfBytes(value))
		changed, err := proto.Marshal(into)
		require.NoError(t, err)
		use(changed)
		count++
	}
	walk = func(m protoreflect.Message) {
		m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
			switch {
			case f.Kind() == protoreflect.BytesKind:
				whole := v.Bytes()
				try(m, f, whole[:len(whole)-1])
				try(m, f, append(whole[:len(whole):len(whole)], 0))
				m.Set(f, v)
			case f.IsList():
				for i := range v.List().Len() {
					walk(v.List().Get(i).Message())
				}
			case f.Kind() == protoreflect.MessageKind:
				walk(v.Message())
			}
			return true
		})
	}
	walk(into.ProtoReflect())
	return count
}
