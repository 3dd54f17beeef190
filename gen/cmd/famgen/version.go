package main

import (
	"fmt"
	"runtime/debug"
)

// module is the module that famgen is part of.
const module = "github.com/keyfam/keyfam"

// version prints the versions of keyfam and of Go.
func version(c *call) error {
	extra, err := c.parse("")
	if err != nil {
		return err
	}
	if extra != "" {
		c.flags.Usage()
		return errUsage
	}
	return c.print("", fmt.Sprintf("famgen %s\n", versions()))
}

func versions() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "of an unknown version"
	}
	found := "of an unknown version"
	for _, m := range append(info.Deps, &info.Main) { // go tool builds it as a part of the user's module
		if m.Path == module && m.Version != "" {
			found = m.Version
		}
	}
	return found + ", built with " + info.GoVersion
}
