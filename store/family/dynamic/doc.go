// Package dynamic reads and writes the records of generated packages without
// their code. It makes the codec of each family from the facts that the store
// keeps about the package. Tools for stores of any schema use it; programs use
// the generated packages.
//
//	schemas, err := dynamic.Load(ctx, st)
//	f, ok := schemas.Family("session")
//	v, ok, err := family.Read(st, f.Codec()).Get(ctx, "alice.0")
//	fmt.Println(v) // JSON, without its secrets
//
// Ids have the form in which they are stored. Values are JSON. Bytes and Go
// types of the program are standard base64. The values of enums are names, or
// numbers if they have no name. Fields that the schema does not know are the
// member "(unknown)" of their message.
package dynamic
