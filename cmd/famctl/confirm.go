package main

import (
	"bufio"
	"errors"
	"strings"
)

var errDeclined = errors.New("nothing was changed")

// confirm asks on the terminal before something changes.
func (a *app) confirm(question string) error {
	a.printQuestion(question)
	answer, _ := bufio.NewReader(a.in).ReadString('\n')
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return nil
	}
	return errDeclined
}

// printQuestion goes to standard error: standard output may be a file.
func (a *app) printQuestion(question string) {
	_, _ = a.err.WriteString(question + " [y/N] ")
}

// mayAsk reports whether there is somebody to ask; a script says --yes instead.
func (a *app) mayAsk() error {
	if terminal(a.in) && !a.json {
		return nil
	}
	return usagef("nobody is there to ask for confirmation: give --yes")
}
