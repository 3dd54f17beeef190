package dynamic

// A Field is one numbered piece of a message.
type Field struct {
	Number int
	Name   string
	Type   *Type
}

// Fields returns the fields of a message, ascending by number. Other types
// have none.
func (t *Type) Fields() (all []Field) {
	if t.message == nil {
		return nil
	}
	for _, f := range t.message.fields {
		all = append(all, Field{f.number, f.name, f.typ})
	}
	return all
}

// message is a message type.
type message struct {
	name     string
	fields   []*field // ascending by number
	byNumber map[int]int
	byName   map[string]int
	settled  settled
	hides    bool // a field is or contains a secret
}

// settled says how far settle is with a message.
type settled uint8

const (
	begun settled = iota + 1
	done
)

type field struct {
	number int
	name   string
	typ    *Type
}

func (m *message) index() error {
	m.byNumber, m.byName = map[int]int{}, map[string]int{}
	for i, f := range m.fields {
		if _, twice := m.byName[f.name]; twice {
			return errTwice
		}
		m.byNumber[f.number], m.byName[f.name] = i, i
	}
	return nil
}

// settle finds out whether a field is or contains a secret. It returns false
// if the message contains itself.
func (m *message) settle() bool {
	if m.settled != 0 {
		return m.settled == done
	}
	m.settled = begun
	for _, f := range m.fields {
		inner := f.typ.message
		if f.typ.Elem != nil {
			inner = f.typ.Elem.message
		}
		if inner != nil && !inner.settle() {
			return false
		}
		m.hides = m.hides || f.typ.hides()
	}
	m.settled = done
	return true
}
