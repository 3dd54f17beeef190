package spec

import (
	"slices"

	"github.com/keyfam/keyfam/gen/yaml"
)

// retired reads what must never come back and reports what did.
func (c *checker) retired(n *yaml.Node) {
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

func (c *checker) retiredFamilies(n *yaml.Node) {
	if n == nil || !c.is(n, yaml.Sequence, "the list of retired families") {
		return
	}
	declared := map[string]Position{}
	for _, f := range c.schema.Families {
		declared[f.Name] = f.Pos
	}
	seen := map[string]Position{}
	for _, item := range n.Items {
		name, ok := c.text(item, "the retired family")
		if !ok || !c.kebab(item, "the retired family") {
			continue
		}
		if first, twice := seen[name]; twice {
			c.Again(item.Pos, first, "the family %s is retired twice", name)
			continue
		}
		seen[name] = item.Pos
		c.schema.Retired.Families = append(c.schema.Retired.Families, name)
		if pos, back := declared[name]; back {
			c.Fail(pos, "the family %s is retired and must not come back", name).
				Hintf("choose another name: stores may still hold the old records").First = c.Place(item.Pos, "retired here")
		}
	}
}

func (c *checker) retiredFields(n *yaml.Node) {
	if n == nil || !c.is(n, yaml.Mapping, "the mapping of retired fields") {
		return
	}
	c.schema.Retired.Fields = map[string][]int{}
	numbers := c.distinctEntries(n, "the mapping of retired fields")
	for _, e := range n.Entries {
		name := e.Key.Text
		if numbers[name] != e.Value {
			continue // its second time was reported
		}
		r := c.messages[name]
		if r == nil {
			c.Fail(e.Key.Pos, "there is no message %s", quoteShort(name)).DidYouMean(name, c.messageNames)
		}
		if c.is(e.Value, yaml.Sequence, "the list of retired field numbers") {
			c.schema.Retired.Fields[name] = c.retiredNumbers(r, e.Value)
		}
	}
}

func (c *checker) retiredNumbers(r *MessageType, n *yaml.Node) []int {
	var all []int
	seen := map[int]Position{}
	for _, item := range n.Items {
		number, ok := c.number(item, seen)
		if !ok {
			continue
		}
		all = append(all, number)
		if r == nil {
			continue
		}
		if i := slices.IndexFunc(r.Fields, func(f *Field) bool { return f.Number == number }); i >= 0 {
			c.Fail(r.Fields[i].Pos, "the field number %d of %s is retired and must not come back", number, r.Name).
				Hintf("take a new number: stores may still hold the old field").First = c.Place(item.Pos, "retired here")
		}
	}
	slices.Sort(all)
	return all
}
