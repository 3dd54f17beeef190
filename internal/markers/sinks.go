package markers

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"errors"
	"expvar"
	"fmt"
	html "html/template"
	"log"
	"log/slog"
	"slices"
	"strings"
	"text/template"

	"github.com/stretchr/testify/assert"
)

// A Sink is one way to show a value.
type Sink struct {
	Name  string
	Print func(v any) string
}

// Methods returns the sinks that print what a value's methods return. They are
// for values with markers in exported fields of types of other libraries.
func Methods() []Sink {
	reflecting := func(s Sink) bool {
		return s.Name == "reflect" || s.Name == "gob" || s.Name == "xml" || strings.HasPrefix(s.Name, "testify") ||
			strings.HasPrefix(s.Name, "%") && (strings.HasSuffix(s.Name, "p") || strings.HasSuffix(s.Name, "w"))
	}
	return slices.DeleteFunc(sinks(), reflecting)
}

// sinks returns all sinks. If an encoder fails, the output contains its error,
// which may show the value too.
func sinks() []Sink {
	all := []Sink{
		{"reflect", walk},
		{"fmt.Sprint", func(v any) string { return fmt.Sprint(v) + fmt.Sprintln(v) }},
		{"fmt.Errorf", func(v any) string { return fmt.Errorf(wrong, v).Error() }},
		{"log", func(v any) string {
			return written(func(b *bytes.Buffer) { log.New(b, "", 0).Printf("%v %+v", v, v) })
		}},
		{"slog text", func(v any) string {
			return written(func(b *bytes.Buffer) { logged(slog.NewTextHandler(b, nil), v) })
		}},
		{"slog JSON", func(v any) string {
			return written(func(b *bytes.Buffer) { logged(slog.NewJSONHandler(b, nil), v) })
		}},
		{"json", func(v any) string { return Encoded(json.Marshal(v)) }},
		{"xml", func(v any) string { return Encoded(xml.Marshal(v)) }},
		{"gob", func(v any) string {
			return written(func(b *bytes.Buffer) { note(b, gob.NewEncoder(b).Encode(v)) })
		}},
		{"text/template", func(v any) string {
			return written(func(b *bytes.Buffer) { note(b, texts.Execute(b, v)) })
		}},
		{"html/template", func(v any) string {
			return written(func(b *bytes.Buffer) { note(b, pages.Execute(b, v)) })
		}},
		{"expvar", func(v any) string { return expvar.Func(func() any { return v }).String() }},
		{"panic", panicked},
		{"testify Equal", func(v any) string { return failed(func(t *recorder) { assert.Equal(t, v, other{}) }) }},
		{"testify Nil", func(v any) string { return failed(func(t *recorder) { assert.Nil(t, v) }) }},
		{"testify Len", func(v any) string { return failed(func(t *recorder) { assert.Len(t, v, 99) }) }},
		{"testify ElementsMatch", func(v any) string {
			return failed(func(t *recorder) { assert.ElementsMatch(t, []any{v}, []any{1}) })
		}},
	}
	return append(all, verbs()...)
}

// verbs returns a sink for every verb of fmt, and for letters that are none,
// with every flag.
func verbs() (all []Sink) {
	for verb := rune('!'); verb <= '~'; verb++ {
		for _, flags := range []string{"", "+", "#", " ", "-40", "040", "+#", "# "} {
			if strings.ContainsRune("*[.+-# 0123456789", verb) {
				continue // part of another verb
			}
			format := "%" + flags + string(verb)
			all = append(all, Sink{format, func(v any) string { return fmt.Sprintf(format, v) }})
		}
	}
	return all
}

// wrong is a verb for errors only. It is a variable, since vet reports a
// constant.
var wrong = "%w"

const page = `{{.}} {{printf "%v %+v %#v" . . .}}`

var (
	texts = template.Must(template.New("").Parse(page))
	pages = html.Must(html.New("").Parse(page + `<script>var x = {{.}}</script>`))
)

// other is equal to no value.
type other struct{ _ int }

func written(write func(*bytes.Buffer)) string {
	var b bytes.Buffer
	write(&b)
	return b.String()
}

func note(b *bytes.Buffer, err error) {
	if err != nil {
		b.WriteString(err.Error())
	}
}

// Encoded returns the output of an encoder and its error as text.
func Encoded(b []byte, err error) string {
	return written(func(out *bytes.Buffer) {
		out.Write(b)
		note(out, err)
	})
}

func logged(h slog.Handler, v any) {
	l := slog.New(h)
	l.Info("value", "v", v, slog.Group("g", "v", v))
	if err, ok := v.(error); ok {
		l.With("err", err).Error("error", "wrapped", fmt.Errorf("around: %w", errors.Join(err)))
	}
}

// panicked returns what the runtime prints if the value is panicked with: the
// text of an error or a Stringer, and for other types that are not basic an
// address.
func panicked(v any) string {
	switch v := v.(type) {
	case error:
		return v.Error()
	case fmt.Stringer:
		return v.String()
	case string:
		return v
	}
	return ""
}

// recorder is a test that keeps its failures.
type recorder struct{ text strings.Builder }

func (r *recorder) Errorf(format string, args ...any) { fmt.Fprintf(&r.text, format, args...) }

func failed(run func(*recorder)) string {
	var r recorder
	run(&r)
	return r.text.String()
}
