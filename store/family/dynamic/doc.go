// Package dynamic reads and writes the records of generated packages without
// their code: from the facts that a store keeps of each package it makes the
// codec of every family. It is for tools that look after stores of others;
// programs use the generated packages.
//
//	schemas, err := dynamic.Load(ctx, st)
//	f, ok := schemas.Family("session")
//	v, ok, err := family.Read(st, f.Codec()).Get(ctx, "alice.0")
//	fmt.Println(v) // JSON, without its secrets
//
// Ids have the form in which they are stored. Values are JSON: bytes and the
// user's own Go types are standard base64, enums are names, or numbers if they
// have no name. Fields that the schema does not know are kept as the member
// "(unknown)" of their message.
package dynamic
