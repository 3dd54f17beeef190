package baileys

import "slices"

// Progress is how far an import or export has come.
type Progress struct {
	Phase string // "reading" or "writing"
	Done  int    // files
	Total int    // files
}

// ImportReport is what an import found. Lists are sorted by file name.
type ImportReport struct {
	Records   map[string]int // records by family, creds.json and unknown files not among them
	Creds     bool           // there was a creds.json
	Imported  bool           // what the folder holds is in the namespace, but for bad files
	There     bool           // the namespace held just this already: nothing was written
	Kept      []string       // files that are also kept as they are, because they are not canonical
	Rewritten []string       // old encodings of pre-keys and sender keys, which Export writes in today's form
	Replaced  []string       // files with half a surrogate pair in a string, stored as U+FFFD
	Unknown   []string       // files of unknown families, kept as they are
	Skipped   []string       // dotfiles, .tmp, .bak, and links, folders and pipes of names without .json
	Changed   []string       // files that came, went or changed since they were read; "." is the folder itself
	Bad       []*FileError   // files that cannot be imported
}

// Findings reports whether somebody should look at the report: there are bad,
// unknown or changed files.
func (r *ImportReport) Findings() bool { return len(r.Bad)+len(r.Unknown)+len(r.Changed) > 0 }

func (r *ImportReport) add(other *ImportReport) {
	for name, n := range other.Records {
		r.count(name, n)
	}
	r.Creds = r.Creds || other.Creds
	r.Kept = append(r.Kept, other.Kept...)
	r.Rewritten = append(r.Rewritten, other.Rewritten...)
	r.Replaced = append(r.Replaced, other.Replaced...)
	r.Unknown = append(r.Unknown, other.Unknown...)
	r.Bad = append(r.Bad, other.Bad...)
}

func (r *ImportReport) count(family string, n int) {
	if r.Records == nil {
		r.Records = map[string]int{}
	}
	r.Records[family] += n
}

func (r *ImportReport) bad(file string, err error) {
	r.Bad = append(r.Bad, &FileError{file, err})
}

func (r *ImportReport) sort() {
	for _, list := range [][]string{r.Kept, r.Rewritten, r.Replaced, r.Unknown, r.Skipped} {
		slices.Sort(list)
	}
	sortErrors(r.Bad)
}

// ExportReport is what an export wrote. Lists are sorted.
type ExportReport struct {
	Records map[string]int // records by family, creds.json and unknown files not among them
	Creds   bool           // there was a creds.json
	Kept    []string       // files that were written as they were imported, because they still say what is stored
	Unknown []string       // files of unknown families, as they were imported
	Stale   []string       // kept files that no longer match: not written
	LeftOut []string       // families of the namespace that Baileys does not have: not written
	Bad     []*FileError   // records that have no file
}

func (r *ExportReport) sort() {
	for _, list := range [][]string{r.Kept, r.Unknown, r.Stale, r.LeftOut} {
		slices.Sort(list)
	}
	sortErrors(r.Bad)
}

func sortErrors(list []*FileError) {
	slices.SortFunc(list, func(a, b *FileError) int {
		if a.File != b.File {
			if a.File < b.File {
				return -1
			}
			return 1
		}
		return 0
	})
}
