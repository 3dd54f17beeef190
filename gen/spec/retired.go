package spec

import "slices"

// retired reads what must never come back and reports what did.
func (c *checker) retired(n *node) {
	if n == nil {
		return
	}
	m, ok := c.entries(n, "retired", retiredKeys)
	if !ok {
		return
	}
	c.retiredFamilies(m["families"])
	c.retiredFields(m["fields"])
}

func (c *checker) retiredFamilies(n *node) {
	if n == nil || !c.is(n, sequence, "the list of retired families") {
		return
	}
	declared := map[string]Position{}
	for _, f := range c.schema.Families {
		declared[f.Name] = f.Pos
	}
	seen := map[string]Position{}
	for _, item := range n.items {
		name, ok := c.text(item, "the retired family")
		if !ok || !c.kebab(item, "the retired family") {
			continue
		}
		if first, twice := seen[name]; twice {
			c.again(item.pos, first, "the family %s is retired twice", name)
			continue
		}
		seen[name] = item.pos
		c.schema.Retired.Families = append(c.schema.Retired.Families, name)
		if pos, back := declared[name]; back {
			c.fail(pos, "the family %s is retired and must not come back", name).
				hint("choose another name: stores may still hold the old records").First = c.place(item.pos, "retired here")
		}
	}
}

func (c *checker) retiredFields(n *node) {
	if n == nil || !c.is(n, mapping, "the mapping of retired fields") {
		return
	}
	c.schema.Retired.Fields = map[string][]int{}
	numbers := c.distinctEntries(n, "the mapping of retired fields")
	for _, e := range n.entries {
		name := e.key.text
		if numbers[name] != e.value {
			continue // its second time was reported
		}
		r := c.messages[name]
		if r == nil {
			c.fail(e.key.pos, "there is no message %s", quoteShort(name)).didYouMean(name, c.messageNames)
		}
		if c.is(e.value, sequence, "the list of retired field numbers") {
			c.schema.Retired.Fields[name] = c.retiredNumbers(r, e.value)
		}
	}
}

func (c *checker) retiredNumbers(r *MessageType, n *node) []int {
	var all []int
	seen := map[int]Position{}
	for _, item := range n.items {
		number, ok := c.number(item, seen)
		if !ok {
			continue
		}
		all = append(all, number)
		if r == nil {
			continue
		}
		if i := slices.IndexFunc(r.Fields, func(f *Field) bool { return f.Number == number }); i >= 0 {
			c.fail(r.Fields[i].Pos, "the field number %d of %s is retired and must not come back", number, r.Name).
				hint("take a new number: stores may still hold the old field").First = c.place(item.pos, "retired here")
		}
	}
	slices.Sort(all)
	return all
}
