package render_test

import (
	"testing"

	"github.com/keyfam/keyfam/gen/render"
	"github.com/keyfam/keyfam/gen/spec"
)

// Whatever Parse accepts is rendered: names, ids and documentation of every
// kind give Go that formats.
func FuzzRender(f *testing.F) {
	for _, src := range sources(f) {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		s, diags := spec.Parse("families.yaml", src)
		if len(diags) > 0 {
			return
		}
		if _, err := render.Render(s, render.Options{ImportPath: "example.com/gen/" + s.Package, SpecFile: "families.yaml", Spec: src}); err != nil {
			t.Fatal(err)
		}
	})
}
