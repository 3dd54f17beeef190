// Package notify holds helpers that rerun knows only by their facts.
package notify

import "net/http"

func Ping(url string) error {
	resp, err := http.Get(url)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

func Format(name string) string { return "hello " + name }
