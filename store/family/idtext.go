package family

// TextOf returns the text of an id. Generated ids call it, so that they are
// text in JSON.
//
// Errors: [store.ErrInvalid] for an id that cannot be stored.
func TextOf[I ID, V any](f *Family[I, V], id I) ([]byte, error) {
	text, err := formatID(f, id)
	if err != nil {
		return nil, err
	}
	return []byte(text), nil
}

// ReadID reads the text of an id. After an error the id is unchanged.
// Generated ids call it.
//
// Errors: [store.ErrInvalid] for a text that is not one of an id.
func ReadID[I ID, V any](f *Family[I, V], id *I, text []byte) error {
	parsed, err := f.ParseID(string(text))
	if err == nil {
		*id = parsed
	}
	return err
}
