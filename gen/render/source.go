package render

import (
	"bytes"
	"go/build/constraint"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dave/jennifer/jen"
)

// width is how long a line of a comment may be, in characters after the slashes
// and the space. With those it ends before column 80.
const width = 76

// doc is a comment of several lines, wrapped where they are too long:
//
//	// Sessions reaches the family session:
//	// Double Ratchet session records.
func doc(text string) *jen.Statement {
	c := jen.Null()
	for _, line := range docLines(text) {
		c.Comment(line).Line()
	}
	return c
}

// packageDoc is the comment of the package clause.
func packageDoc(f *jen.File, text string) {
	for _, line := range docLines(text) {
		f.PackageComment(line)
	}
}

// oneLine is the body of a function that has room behind its signature:
// { return string(k) }.
func oneLine(body jen.Code) *jen.Statement {
	return jen.Custom(jen.Options{Open: "{ ", Close: " }"}, body)
}

func docLines(text string) (lines []string) {
	for line := range strings.SplitSeq(text, "\n") {
		for utf8.RuneCountInString(line) > width && !strings.HasPrefix(line, " ") {
			cut := wrapAt(line)
			if cut < 0 {
				break
			}
			lines = append(lines, "// "+line[:cut])
			line = line[cut+1:]
		}
		lines = append(lines, strings.TrimRight("// "+line, " "))
	}
	return lines
}

// wrapAt returns the last space within the width, else the first one, else -1.
// It never moves a build constraint to the beginning of a line.
func wrapAt(line string) int {
	end, n := len(line), 0
	for i := range line {
		if n == width {
			end = i
			break
		}
		n++
	}
	for cut := strings.LastIndexByte(line[:end], ' '); cut > 0; cut = strings.LastIndexByte(line[:cut], ' ') {
		if !constraint.IsPlusBuild("//" + line[cut:]) {
			return cut
		}
	}
	for cut, c := range line {
		if c == ' ' && cut > 0 && !constraint.IsPlusBuild("//"+line[cut:]) {
			return cut
		}
	}
	return -1
}

// lines joins a sentence of ours and the words of the schema.
func lines(first, words string) string {
	if words == "" {
		return strings.TrimSuffix(first, ":") + "."
	}
	return first + "\n" + words
}

// unexported is a Go name with small first letters: LIDMapping is lidMapping.
func unexported(name string) string {
	runes := []rune(name)
	for i := range runes {
		if i > 0 && i+1 < len(runes) && unicode.IsLower(runes[i+1]) || !unicode.IsUpper(runes[i]) {
			break
		}
		runes[i] = unicode.ToLower(runes[i])
	}
	return string(runes)
}

// raw is a raw string literal of several lines. The beginning of each line
// must be ours. Text that such a literal cannot have is quoted.
func raw(text string) *jen.Statement {
	if strings.ContainsAny(text, "`\r\ufeff") {
		return jen.Lit(text)
	}
	return jen.Op("`" + text + "`")
}

// groupImports puts the standard library's imports before the others, as
// goimports does.
func groupImports(src []byte) []byte {
	const open, end = "\nimport (\n", "\n)\n" // documentation may have one too, not at the beginning of a line
	from := bytes.Index(src, []byte(open))
	if from < 0 {
		return src
	}
	from += len(open)
	to := from + bytes.Index(src[from:], []byte(end))
	specs := strings.Split(string(src[from:to]), "\n")
	other := slices.DeleteFunc(slices.Clone(specs), standard)
	std := slices.DeleteFunc(specs, func(s string) bool { return !standard(s) })
	block := strings.Join(std, "\n")
	if len(std) > 0 && len(other) > 0 {
		block += "\n\n"
	}
	block += strings.Join(other, "\n")
	return slices.Concat(src[:from], []byte(block), src[to:])
}

// standard reports whether an import is of the standard library: the first
// element of its path has no dot.
func standard(importSpec string) bool {
	_, path, _ := strings.Cut(importSpec, `"`)
	first, _, _ := strings.Cut(strings.TrimSuffix(path, `"`), "/")
	return !strings.Contains(first, ".")
}
