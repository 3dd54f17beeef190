package crosscheck

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/bufbuild/protocompile"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protopath"
	"google.golang.org/protobuf/reflect/protorange"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/keyfam/keyfam/gen/docs"
	"github.com/keyfam/keyfam/gen/spec"
	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/interop/baileys"
	"github.com/keyfam/keyfam/store/memstore"
)

// The .proto text of our own families.yaml and of every good sample compiles.
func TestProtoCompiles(t *testing.T) {
	own, err := os.ReadFile("../../families.yaml")
	require.NoError(t, err)
	compiles(t, "families.yaml", own)
	for _, path := range samples(t, "good", 8) {
		compiles(t, filepath.Base(path), source(t, path))
	}
}

func compiles(t *testing.T, name string, src []byte) {
	t.Helper()
	messages(t, name, src)
}

// messages compiles the .proto of a families file.
func messages(t *testing.T, name string, src []byte) (protoreflect.FileDescriptor, string) {
	t.Helper()
	schema, diags := spec.Parse(name, src)
	require.NoError(t, diags.Err())
	text := docs.Proto(schema)
	compiler := protocompile.Compiler{Resolver: &protocompile.SourceResolver{
		Accessor: protocompile.SourceAccessorFromMap(map[string]string{"families.proto": text}),
	}}
	files, err := compiler.Compile(t.Context(), "families.proto")
	require.NoError(t, err, "%s\n%s", name, text)
	return files[0], text
}

// Protobuf-go reads what is stored, knows every field of it and writes the same
// bytes: of one of each form that a value can take, in testdata that the tests of
// gen/render keep, and of a real folder of Baileys'.
func TestStoredBytesAreProtobuf(t *testing.T) {
	const everything = "../../gen/render/internal/everything/"
	src, err := os.ReadFile(everything + "families.yaml")
	require.NoError(t, err)
	vectors, err := os.ReadFile(everything + "testdata/stored.txt")
	require.NoError(t, err)
	check := checker(t, "everything", src)
	for line := range strings.Lines(string(vectors)) {
		var name, id string
		var value []byte
		if n, err := fmt.Sscanf(line, "%s %q %x", &name, &id, &value); n < 2 {
			require.NoError(t, err)
		}
		check(name, value)
	}
	check("", nil)

	src, err = os.ReadFile("../../families.yaml")
	require.NoError(t, err)
	s, err := memstore.Open(t.Context(), nil)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close()) })
	_, err = baileys.Import(t.Context(), signalkeys.New(s), "../../interop/baileys/testdata/baileys-auth", nil)
	require.NoError(t, err)
	check = checker(t, "signalkeys", src)
	families, err := s.Families(t.Context())
	require.NoError(t, err)
	for _, name := range families {
		for row, err := range s.Scan(t.Context(), name, "") {
			require.NoError(t, err)
			check(name, row.Value)
		}
	}
	check("", nil)
}

// checker checks the values of families that are messages, by the words of the
// .proto; called without a family it wants each of these to have been seen.
func checker(t *testing.T, name string, src []byte) func(family string, value []byte) {
	file, text := messages(t, name, src)
	unseen, message := map[string]bool{}, map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^// A value of the family (\S+) is a message (\w+)\.$`).FindAllStringSubmatch(text, -1) {
		unseen[m[1]], message[m[1]] = true, m[2]
	}
	require.NotEmpty(t, message)
	return func(family string, value []byte) {
		if family == "" {
			assert.Empty(t, unseen, "no record of these was checked")
			return
		}
		if message[family] == "" {
			return // just bytes or text
		}
		delete(unseen, family)
		d := file.Messages().ByName(protoreflect.Name(message[family]))
		require.NotNil(t, d, family)
		m := dynamicpb.NewMessage(d)
		require.NoError(t, proto.Unmarshal(value, m), family)
		require.NoError(t, protorange.Range(m, func(v protopath.Values) error {
			if m, ok := v.Index(-1).Value.Interface().(protoreflect.Message); ok {
				assert.Empty(t, m.GetUnknown(), "%s: the .proto lacks a field", family)
			}
			return nil
		}))
		again, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
		require.NoError(t, err)
		assert.Equal(t, fmt.Sprintf("%x", value), fmt.Sprintf("%x", again), family)
	}
}
