package baileys

import (
	"errors"
	"fmt"
)

// What is wrong with a file or a record. The errors in a report wrap one of
// these, or one of package store or io/fs.
var (
	// ErrTorn is a file that is empty or no JSON: cut short, most likely.
	ErrTorn = errors.New("torn")
	// ErrForm is content that the family does not have.
	ErrForm = errors.New("not of the family's form")
	// ErrName is the name of a file in which Baileys looks for no record, or a
	// record that has no file name.
	ErrName = errors.New("not a file name of the family")
	// ErrForeign is a session or a sender key that another library than Baileys
	// made. It wraps [ErrForm].
	ErrForeign = fmt.Errorf("%w: another library than Baileys made it", ErrForm)
	// ErrNotFile is a symbolic link, a folder, a pipe or the like in the place of
	// a file.
	ErrNotFile = errors.New("not a regular file")
	// ErrCollision is a file whose record another file has as well.
	ErrCollision = errors.New("two files for one record")
)

// What Import, Export and Check answer.
var (
	// ErrBad says that the report lists bad files or records.
	ErrBad = errors.New("bad files or records, as the report lists them")
	// ErrNotEmpty is a namespace or a folder that holds something already.
	ErrNotEmpty = errors.New("not empty")
	// ErrExposed is a folder for an export that others than its owner can write
	// to: they could exchange keys.
	ErrExposed = errors.New("group or others can write to the folder: chmod go-w it, or name one that does not exist")
	// ErrChanged is a folder in which files came, went or changed while it was
	// read.
	ErrChanged = errors.New("the folder changed while it was read: stop the client and import again")
	// ErrUnfinished is a folder that an export wrote in part.
	ErrUnfinished = errors.New("an export into the folder was interrupted: export again")
	// ErrNoFolder is a folder that no Baileys client wrote.
	ErrNoFolder = errors.New("no auth folder of Baileys: neither creds.json nor a file of a known family is in it")
	// ErrInterrupted is a namespace into which a folder was imported in part.
	ErrInterrupted = errors.New("an import was interrupted: run it again")
)

// FileError is what is wrong with one file, or with the record that would be
// in it. It names the file: whoever shows it shows an id.
type FileError struct {
	File string // empty for a record whose id cannot be read
	Err  error
}

func (e *FileError) Error() string {
	if e.File == "" {
		return e.Err.Error()
	}
	return e.File + ": " + e.Err.Error()
}

// Unwrap is the error without the file.
func (e *FileError) Unwrap() error { return e.Err }
