package storetest

import (
	"fmt"
	"maps"
	"slices"
)

// onModel runs a program on a map.
type onModel struct {
	now      contents
	readOnly bool
	seen     []string
}

func (m *onModel) saw(format string, args ...any) error {
	m.seen = append(m.seen, fmt.Sprintf(format, args...))
	return nil
}

func (m *onModel) body(body []action) error {
	for i := range body {
		if err := m.one(&body[i]); err != nil {
			return err
		}
	}
	return nil
}

// ids are those of a family, ascending.
func (m *onModel) ids(family string) (ids []string) {
	for k := range m.now {
		if k.Family == family {
			ids = append(ids, k.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

func (m *onModel) picked(a *action) []string { return a.narrow.pick(m.ids(a.family)) }

// record is what a verb that answers one record answers.
func (m *onModel) record(what, family string, ids []string) error {
	if len(ids) == 0 {
		return m.saw("%s %q=%q %v", what, "", "", false)
	}
	return m.saw("%s %q=%q %v", what, ids[0], m.now[key(family, ids[0])], true)
}

func (m *onModel) one(a *action) error {
	if a.writes() && m.readOnly {
		return nil
	}
	picked := m.picked(a)
	switch a.kind {
	case doGet:
		value, ok := m.now[key(a.family, a.id)]
		return m.saw("get %q %v", value, ok)
	case doMany:
		var found []string
		for _, id := range m.ids(a.family) {
			if slices.Contains(programIDs, id) {
				found = append(found, id+"="+m.now[key(a.family, id)])
			}
		}
		return m.saw("many %q", found)
	case doPut:
		m.now[key(a.family, a.id)] = a.value
		return m.saw("put")
	case doDelete:
		delete(m.now, key(a.family, a.id))
		return m.saw("delete")
	case doClear:
		clear(m.now)
		return m.saw("clear")
	case doFirst:
		return m.record("first", a.family, picked)
	case doLast:
		slices.Reverse(picked)
		return m.record("last", a.family, picked)
	case doTakeFirst:
		if err := m.record("take", a.family, picked); err != nil || len(picked) == 0 {
			return err
		}
		delete(m.now, key(a.family, picked[0]))
		return m.saw("taken")
	case doCount:
		return m.saw("count %d", len(picked))
	case doDeleteAll, doDrop:
		for _, id := range picked {
			delete(m.now, key(a.family, id))
		}
		if a.kind == doDrop {
			return m.saw("drop")
		}
		return m.saw("deleted %d", len(picked))
	case doPages:
		return m.pages(a, picked)
	case doIDs, doAll:
		return m.walk(a)
	case doFamilies:
		return m.families()
	}
	return m.nest(a)
}

func (m *onModel) families() error {
	var names []string
	for k := range m.now {
		names = append(names, k.Family)
	}
	slices.Sort(names)
	return m.saw("families %q", slices.Compact(names))
}

func (m *onModel) pages(a *action, picked []string) error {
	for {
		page := picked[:min(a.n, len(picked))]
		picked = picked[len(page):]
		var text []string
		for _, id := range page {
			text = append(text, id+"="+m.now[key(a.family, id)])
		}
		if err := m.saw("page %q more %v", text, len(picked) > 0); err != nil || len(picked) == 0 {
			return err
		}
	}
}

// walk goes to the next record that is there when it goes on: what the body
// writes ahead counts.
func (m *onModel) walk(a *action) error {
	at, begun := "", false
	most := a.narrow.limit()
	for n := 0; n != most; {
		next, ok := m.after(a, at, begun)
		if !ok {
			break
		}
		at, begun = next, true
		what := fmt.Sprintf("%q", at)
		if a.kind == doAll {
			what = fmt.Sprintf("%q=%q", at, m.now[key(a.family, at)])
		}
		if err := m.saw("at %s", what); err != nil {
			return err
		}
		if err := m.body(a.inner); err != nil {
			return err
		}
		if n++; n == a.n {
			break
		}
	}
	return m.saw("end")
}

func (m *onModel) after(a *action, at string, begun bool) (next string, ok bool) {
	ids := m.ids(a.family)
	if a.narrow.reverse() {
		slices.Reverse(ids)
	}
	for _, id := range ids {
		behind := !begun || a.narrow.reverse() != (id > at) && id != at
		if a.narrow.holds(id) && behind {
			return id, true
		}
	}
	return "", false
}

func (m *onModel) nest(a *action) error {
	before := maps.Clone(m.now)
	if err := m.body(a.inner); err != nil {
		return err
	}
	if a.fails {
		m.now = before
		return m.saw("undone")
	}
	return m.saw("joined")
}
