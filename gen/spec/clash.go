package spec

import "fmt"

// A claim says what has a Go name.
type claim struct {
	what string
	pos  Position
}

// goNames reports Go names that two things of the generated package would
// share, of each family only the first.
func (c *checker) goNames() {
	claims := map[string]claim{}
	for _, r := range c.schema.Messages {
		if c.claim(claims, r.GoName, claim{"the message " + r.Name, r.Pos}) {
			for _, f := range r.Fields {
				c.claimEnum(claims, f.Type, fmt.Sprintf("the enum %s of the message %s", f.Name, r.Name))
			}
		}
	}
	c.accessors()
	for _, f := range c.schema.Families {
		what := "the family " + f.Name
		for _, name := range f.GoNames() {
			if f.GoName != "" && !c.claim(claims, name, claim{what, f.Pos}) {
				break
			}
		}
	}
	for _, f := range c.schema.Families {
		c.claimValues(claims, f.Value, "the enum of the family "+f.Name)
	}
}

// accessors reports families that share an accessor. It removes the accessor
// from the later one, so that nothing is reported twice.
func (c *checker) accessors() {
	seen := map[string]*Family{}
	for _, f := range c.schema.Families {
		if f.Accessor == "" {
			continue
		}
		if other := seen[f.Accessor]; other != nil {
			c.Again(f.Pos, other.Pos, "the families %s and %s have one accessor, %s", other.Name, f.Name, f.Accessor)
			f.Accessor = ""
			continue
		}
		seen[f.Accessor] = f
	}
}

// claim notes what has a name. It returns false if something else has it.
func (c *checker) claim(claims map[string]claim, name string, who claim) bool {
	if name == "" {
		return true
	}
	if reservedTypes[name] || secretType.MatchString(name) {
		c.Fail(who.pos, "%s would be %s in Go, which every generated package has", who.what, name).Hintf("give it another Go name with name:")
		return false
	}
	other, taken := claims[name]
	if taken && other != who {
		c.Again(who.pos, other.pos, "%s and %s would both be %s in Go", other.what, who.what, name).Hintf("give one of them another Go name with name:")
		return false
	}
	claims[name] = who
	return true
}

// claimEnum claims the names of a field's enum and of its values.
func (c *checker) claimEnum(claims map[string]claim, t *Type, what string) {
	if e := t.enumOf(); e != nil && c.claim(claims, e.GoName, claim{what, t.Pos}) {
		c.claimValues(claims, t, what)
	}
}

func (c *checker) claimValues(claims map[string]claim, t *Type, what string) {
	e := t.enumOf()
	if e == nil {
		return
	}
	for _, v := range e.Values {
		if !c.claim(claims, v.GoName, claim{"the value " + v.Name + " of " + what, v.Pos}) {
			return
		}
	}
}

// enumOf is the enum that a type is or is made of, nil for other types.
func (t *Type) enumOf() *EnumType {
	if t == nil {
		return nil
	}
	return t.Base().Enum
}
