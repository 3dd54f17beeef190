package dynamic

import (
	"maps"
	"strconv"
)

// Names returns the names of an enum's values by number, nil if the type is no
// enum.
func (t *Type) Names() map[int64]string {
	if t.enum == nil {
		return nil
	}
	return maps.Clone(t.enum.names)
}

// enum is the names of numbers.
type enum struct {
	names   map[int64]string // the current ones
	numbers map[string]int64 // of all names, also earlier ones
}

func (e *enum) remember(name, number string) {
	if n, err := strconv.ParseInt(number, 10, 32); err == nil {
		e.numbers[name] = n
	}
}

func (e *enum) name(number, name string) {
	if n, err := strconv.ParseInt(number, 10, 32); err == nil {
		e.names[n], e.numbers[name] = name, n
	}
}
