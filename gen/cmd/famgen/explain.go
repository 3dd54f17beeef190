package main

import (
	"fmt"
	"strings"

	"github.com/keyfam/keyfam/gen/lock"
)

// explain prints a page on a rule of breaking, or lists the rules.
func explain(c *call) error {
	id, err := c.parse("")
	if err != nil {
		return err
	}
	if id == "" {
		return c.print("", lock.List())
	}
	rule := lock.Find(strings.ToUpper(strings.ReplaceAll(id, "-", "_")))
	if rule == nil {
		return fmt.Errorf("there is no rule %q: famgen explain lists them", id)
	}
	return c.print("", rule.Explain())
}
