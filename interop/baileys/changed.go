package baileys

import (
	"os"
	"slices"
)

// watch is a folder as it was before it was listed.
type watch struct {
	dir   string
	info  os.FileInfo
	names map[string]bool // all that are not passed over, once they are known
}

func newWatch(dir string) (*watch, error) {
	info, err := os.Stat(dir)
	return &watch{dir: dir, info: info, names: map[string]bool{}}, err
}

// saw notes what the listing has found.
func (w *watch) saw(sources []source, report *ImportReport) {
	for _, s := range sources {
		w.names[s.name] = true
	}
	for _, b := range report.Bad {
		w.names[b.File] = true
	}
}

// changed lists the folder again and names the files that came, went or are not
// as they were read. A folder that is replaced file by file is listed with
// files missing, so the times of the folder count too: it is named as ".".
func (w *watch) changed(sources []source) (names []string, err error) {
	entries, err := os.ReadDir(w.dir)
	if err != nil {
		return nil, err
	}
	now := map[string]bool{}
	for _, e := range entries {
		if k, _, _ := classify(e.Name()); k == skipped || k == unknown && !w.names[e.Name()] && !e.Type().IsRegular() {
			continue
		}
		if now[e.Name()] = true; !w.names[e.Name()] {
			names = append(names, e.Name())
		}
	}
	for name := range w.names {
		if !now[name] {
			names = append(names, name)
		}
	}
	for _, s := range sources {
		if now[s.name] && s.info != nil && !w.isAsRead(s) {
			names = append(names, s.name)
		}
	}
	if len(names) == 0 && !w.isSame() {
		names = append(names, ".")
	}
	slices.Sort(names)
	return names, nil
}

func (w *watch) isAsRead(s source) bool {
	info, err := os.Lstat(w.dir + string(os.PathSeparator) + s.name)
	return err == nil && os.SameFile(info, s.info) && info.Size() == s.info.Size() && info.ModTime().Equal(s.info.ModTime())
}

func (w *watch) isSame() bool {
	info, err := os.Stat(w.dir)
	return err == nil && os.SameFile(info, w.info) && info.ModTime().Equal(w.info.ModTime())
}
