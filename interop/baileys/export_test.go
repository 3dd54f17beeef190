package baileys

// For comparisons with other people's code.
var (
	AppendQuoted = appendQuoted
	Workers      = workers
	MaxFile      = maxFile
	Unfinished   = unfinished
)

// ReadFile reads a file of a folder as Import does.
func ReadFile(dir, name string) error {
	_, _, err := readFile(dir, name, nil)
	return err
}

// ReadRecord reads a record from the content of a file.
func ReadRecord(name string, data []byte) error {
	_, f, id := classify(name)
	_, err := f.read(id, data)
	return err
}
