package spec

import (
	"encoding/json"
	"strings"
)

// The spelling of types, for the JSON Schema. Parse does not use them, because
// a pattern cannot say what is wrong.
var (
	kebabWord  = `[a-z][a-z0-9]*(-[a-z0-9]+)*`
	snakeWord  = `[a-z][a-z0-9]*(_[a-z0-9]+)*`
	bytesWord  = `bytes(\[(\.\.)?[1-9][0-9]*\])?`
	enumValue  = ` *` + snakeWord + ` *= *(0|[1-9][0-9]*) *`
	enumWord   = `enum ?\(` + enumValue + `(,` + enumValue + `)*\)`
	timeWord   = `time +nanos`
	element    = `(` + bytesWord + `|` + enumWord + `|` + timeWord + `|` + kebabWord + `)`
	collection = `(\[\]|map\[string\]) *` + element
	modified   = `(string|` + bytesWord + `)( +optional( +secret)?| +secret( +optional)?)?|` + timeWord + `|(` + enumWord + `|` + kebabWord + `)( +optional)?`

	valuePattern     = `^ *(` + element + `|` + collection + `) *$`
	fieldTypePattern = `^ *(` + modified + `|` + collection + `) *$`
	fieldPattern     = `^` + snakeWord + ` +(` + modified + `|` + collection + `) *$`
	idPattern        = `^(` + strings.Join(append(words(isTextID), words(isPlainNumber)...), "|") + `|(` + strings.Join(words(isOrdered), "|") + `)( +ordered)?)$`
	literalByte      = `[ -z|~]`
	partMark         = `\{` + snakeWord + `\}`
	textPattern      = `^` + literalByte + `*` + partMark + `(` + literalByte + `|` + partMark + `)*$`
	inversePattern   = `^\{value\}` + literalByte + `+$`
)

// An object is one JSON object.
type object map[string]any

// JSONSchema is the shape of a families file as a JSON Schema, draft 2020-12,
// for editors: it knows every entry and how names and types are spelt. What
// depends on other places of the file (unknown types, duplicates, clashes)
// only [Parse] can tell.
func JSONSchema() []byte {
	out, err := json.MarshalIndent(object{
		"$schema":     "https://json-schema.org/draft/2020-12/schema",
		"title":       "families.yaml",
		"description": "Families of keyed records, from which famgen generates typed Go.",
		"$ref":        "#/$defs/file",
		"$defs": object{
			"file":     fileShape(),
			"message":  messageShape(),
			"field":    fieldShape(),
			"family":   familyShape(),
			"id":       idShape(),
			"part":     partShape(),
			"goType":   goTypeShape(),
			"retired":  retiredShape(),
			"doc":      object{"type": "string", "description": "What a reader should know; it becomes the Go documentation."},
			"goName":   spelt(exportedPattern, "The Go name, if it is not the one that the name gives."),
			"number":   object{"type": "integer", "minimum": 1, "maximum": maxNumber},
			"typeName": spelt(fieldTypePattern, "A type: "+strings.Join(words(isAny), ", ")+`, bytes[N], bytes[..N], []T, map[string]T, enum(a=1, b=2) or a message; after it "optional" or "secret".`),
		},
	}, "", "  ")
	if err != nil {
		panic("spec: the JSON Schema holds only strings, numbers and lists: " + err.Error())
	}
	return append(out, '\n')
}

func ref(name string) object { return object{"$ref": "#/$defs/" + name} }

func spelt(pattern, description string) object {
	return object{"type": "string", "pattern": pattern, "maxLength": maxText, "description": description}
}

// closed is a mapping with these entries and no others. The names of required
// ones are given in one string.
func closed(description string, entries object, required string) object {
	out := object{"type": "object", "description": description, "properties": entries, "additionalProperties": false}
	if required != "" {
		out["required"] = strings.Fields(required)
	}
	return out
}

// named is a mapping whose keys have a spelling.
func named(description, pattern string, value object) object {
	return object{
		"type": "object", "description": description, "additionalProperties": value,
		"propertyNames": object{"pattern": pattern, "maxLength": maxName},
	}
}

func fileShape() object {
	families := named("The families by name, as they are stored.", kebabPattern, ref("family"))
	families["minProperties"] = 1
	messages := named("Structs that values can be made of, by name.", kebabPattern, ref("message"))
	messages["propertyNames"].(object)["not"] = object{"enum": grammarWords}
	return closed("A families file.", object{
		"version":  object{"const": 1, "description": "The version of this grammar."},
		"package":  spelt(packagePattern, "The name of the generated Go package."),
		"doc":      ref("doc"),
		"messages": messages,
		"families": families,
		"retired":  ref("retired"),
	}, "version package families")
}

func messageShape() object {
	return closed("A struct with numbered fields.", object{
		"name":   ref("goName"),
		"doc":    ref("doc"),
		"fields": named("The fields by their numbers, which stored data depends on.", numberPattern, ref("field")),
	}, "fields")
}

func fieldShape() object {
	long := closed("A field with its documentation or a Go type.", object{
		"name":    spelt(snakePattern, "The name of the field."),
		"go_name": ref("goName"),
		"type":    ref("typeName"),
		"go":      ref("goType"),
		"doc":     ref("doc"),
	}, "name")
	long["oneOf"] = []object{{"required": []string{"type"}}, {"required": []string{"go"}}}
	return object{"oneOf": []object{spelt(fieldPattern, "The name and the type of the field."), long}}
}

func familyShape() object {
	return closed("A kind of record, addressed by an id.", object{
		"name":     ref("goName"),
		"accessor": spelt(exportedPattern, "The Go method that gives the family."),
		"doc":      ref("doc"),
		"id":       ref("id"),
		"value": object{"oneOf": []object{
			spelt(valuePattern, "The type of the values, without optional or secret."),
			closed("A Go type of yours.", object{"go": ref("goType")}, "go"),
		}},
		"secret":  object{"type": "boolean", "description": "Whether the values are redacted wherever they are shown."},
		"scan":    object{"type": "array", "items": object{"type": "string"}, "description": "The leading parts of the id that records can be found by."},
		"inverse": spelt(inversePattern, `The text of the row that leads back from a value to its id: "{value}_reverse".`),
	}, "accessor id value")
}

func idShape() object {
	parts := object{
		"type": "object", "description": "An id of parts, stored as text.",
		"properties":           object{"text": spelt(textPattern, `The stored form, with each part in braces: "{name}.{device}".`)},
		"additionalProperties": ref("part"),
		"propertyNames":        object{"pattern": snakePattern, "maxLength": maxName, "not": object{"enum": reservedParts[1:]}},
		"required":             []string{"text"},
	}
	return object{"oneOf": []object{spelt(idPattern, "The type of an id that is one text or number."), parts}}
}

func partShape() object {
	typ := spelt(idPattern, orList(idTypes)+"; numbers of fixed width are ordered.")
	return object{"oneOf": []object{typ, closed("A part with its documentation.", object{"type": typ, "doc": ref("doc")}, "type")}}
}

func goTypeShape() object {
	return closed("A Go type of yours, stored as the bytes it marshals to.", object{
		"import": spelt(importPattern, "The import path of its package."),
		"type":   spelt(goTypePattern, "Its name in that package."),
	}, "import type")
}

func retiredShape() object {
	return closed("What must never come back, because stores may still hold it.", object{
		"families": object{"type": "array", "items": object{"type": "string", "pattern": kebabPattern}},
		"fields": object{
			"type": "object", "description": "Field numbers by message.",
			"additionalProperties": object{"type": "array", "items": ref("number")},
		},
	}, "")
}
