package render_test

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/keyfam/keyfam/gen/render"
	"github.com/keyfam/keyfam/gen/spec"
)

// Whatever Parse accepts is rendered: names, ids and documentation of every
// kind give Go that formats and holds nothing that a tool obeys.
func FuzzRender(f *testing.F) {
	for _, src := range sources(f) {
		f.Add(src)
	}
	for i, holder := range holders {
		f.Add(fmt.Appendf(nil, holder, strconv.Quote(hostile[i])))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		s, diags := spec.Parse("families.yaml", src)
		if len(diags) > 0 {
			return
		}
		files, err := render.Render(s, render.Options{ImportPath: "example.com/gen/" + s.Package, SpecFile: "families.yaml", Spec: src})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if found := directives(t, f); len(found) > 0 {
				t.Fatalf("%s: %q", f.Path, found)
			}
		}
	})
}
