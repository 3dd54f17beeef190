package crosscheck

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/gen/spec"
)

// The JSON Schema accepts our own families.yaml and every good
// sample, and rejects every bad one whose fault is one of shape.
func TestSchemaAcceptsGood(t *testing.T) {
	schema := compile(t)
	own, err := os.ReadFile("../../families.yaml")
	require.NoError(t, err)
	assert.NoError(t, schema.Validate(document(t, own)))
	for _, path := range samples(t, "good", 8) {
		assert.NoError(t, schema.Validate(document(t, source(t, path))), filepath.Base(path))
	}
}

func TestSchemaRejectsFaultsOfShape(t *testing.T) {
	schema := compile(t)
	shape := regexp.MustCompile(`(?m)^fault: shape$`)
	seen := 0
	for _, path := range samples(t, "bad", 45) {
		archive, err := txtar.ParseFile(path)
		require.NoError(t, err)
		if !shape.Match(archive.Comment) {
			continue
		}
		seen++
		assert.Error(t, schema.Validate(document(t, archive.Files[0].Data)), filepath.Base(path))
	}
	assert.GreaterOrEqual(t, seen, 15)
}

// A fault of meaning is one that the schema cannot know: if it rejects such a
// sample, the sample is misnamed.
func TestSchemaAcceptsFaultsOfMeaning(t *testing.T) {
	schema := compile(t)
	meaning := regexp.MustCompile(`(?m)^fault: meaning$`)
	duplicate := regexp.MustCompile(`twice|two entries`)
	for _, path := range samples(t, "bad", 45) {
		archive, err := txtar.ParseFile(path)
		require.NoError(t, err)
		if !meaning.Match(archive.Comment) || duplicate.Match(archive.Files[1].Data) {
			continue // JSON has no place for what is there twice
		}
		assert.NoError(t, schema.Validate(document(t, archive.Files[0].Data)), filepath.Base(path))
	}
}

func compile(t *testing.T) *jsonschema.Schema {
	t.Helper()
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(spec.JSONSchema()))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	require.NoError(t, c.AddResource("families.schema.json", parsed))
	schema, err := c.Compile("families.schema.json")
	require.NoError(t, err)
	return schema
}

func samples(t *testing.T, folder string, least int) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("../../gen/testdata/spec", folder, "*.txtar"))
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(paths), least)
	return paths
}

func source(t *testing.T, path string) []byte {
	t.Helper()
	archive, err := txtar.ParseFile(path)
	require.NoError(t, err)
	return archive.Files[0].Data
}

// document is a YAML file as the JSON that editors validate.
func document(t *testing.T, src []byte) any {
	t.Helper()
	var value any
	require.NoError(t, yaml.UnmarshalWithOptions(src, &value, yaml.AllowDuplicateMapKey()), "%s", src)
	text, err := json.Marshal(plain(value))
	require.NoError(t, err)
	out, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	require.NoError(t, err)
	return out
}

// plain gives mappings text keys, as YAML's field numbers are not.
func plain(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for key := range v {
			v[key] = plain(v[key])
		}
	case map[any]any:
		out := map[string]any{}
		for key, element := range v {
			out[fmt.Sprint(key)] = plain(element)
		}
		return out
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	}
	return value
}
