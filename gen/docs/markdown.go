package docs

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/keyfam/keyfam/gen/spec"
)

// Markdown is a page about s: its families with their id forms in bytes and
// their types, its messages, what is retired, and the text of [Proto].
func Markdown(s *spec.Schema) string {
	p := &page{}
	p.text("# " + s.Package)
	p.text(s.Doc)
	p.text("## Families")
	p.overview(s)
	for _, f := range s.Families {
		p.family(f)
	}
	if len(s.Messages) > 0 {
		p.text("## Messages")
		for _, r := range s.Messages {
			p.message(r)
		}
	}
	p.retired(s)
	p.text("## Stored messages")
	p.text("```proto\n" + strings.TrimRight(Proto(s), "\n") + "\n```")
	return strings.TrimRight(p.String(), "\n") + "\n"
}

type page struct{ strings.Builder }

// text writes a paragraph; an empty one is left out.
func (p *page) text(paragraph string) {
	if paragraph != "" {
		p.WriteString(paragraph + "\n\n")
	}
}

// row writes a line of a table.
func (p *page) row(cells ...string) {
	for i, text := range cells {
		cells[i] = cell(text)
	}
	p.WriteString("| " + strings.Join(cells, " | ") + " |\n")
}

// bar is a | with the backslashes before it.
var bar = regexp.MustCompile(`\\*\|`)

// cell is text in a table: in one line, with each | escaped that is not yet.
func cell(text string) string {
	text = strings.Join(strings.FieldsFunc(text, func(c rune) bool { return c == '\n' || c == '\r' }), " ")
	return bar.ReplaceAllStringFunc(text, func(bar string) string {
		if len(bar)%2 == 0 { // a backslash escapes it
			return bar
		}
		return `\` + bar
	})
}

// header begins a table.
func (p *page) header(cells ...string) {
	p.row(cells...)
	p.WriteString(strings.Repeat("|---", len(cells)) + "|\n")
}

func (p *page) overview(s *spec.Schema) {
	p.header("family", "accessor", "id", "value", "secret")
	for _, f := range s.Families {
		secret := ""
		if f.Secret {
			secret = "yes"
		}
		p.row("`"+f.Name+"`", "`"+f.Accessor+"`", code(f.ID.String()), typeText(f.Value), secret)
	}
	p.WriteString("\n")
}

// code is text between the backquotes that it needs: more than stand together
// in it.
func code(text string) string {
	fence := "`"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	if len(fence) > 1 {
		text = " " + text + " "
	}
	return fence + text + fence
}

func (p *page) family(f *spec.Family) {
	p.text("### " + f.Name)
	p.text(f.Doc)
	p.text("Id " + code(f.ID.String()) + ", stored as these bytes:")
	for _, s := range f.ID.Template {
		if s.Part == nil {
			p.WriteString(fmt.Sprintf("- %s\n", code(s.Literal)))
			continue
		}
		p.WriteString(fmt.Sprintf("- %s: %s", code(s.Part.Name), partForm(s.Part)))
		if s.Part.Doc != "" {
			p.WriteString(" " + strings.ReplaceAll(s.Part.Doc, "\n", " "))
		}
		p.WriteString("\n")
	}
	p.WriteString("\n")
	p.text("Value: " + typeText(f.Value) + ". What is stored is " + storedAs(f) + ".")
	for _, s := range f.Scans {
		p.text(fmt.Sprintf("`%s` scans all ids that begin with %s.", s.GoName, code(s.Prefix.String())))
	}
	if f.Inverse != nil {
		p.text(fmt.Sprintf("For each row from an id to a value there is a row from %s to the id, kept in step in the same commit. "+
			"`ByValue` reads it. No id ends in %s.", code("{value}"+f.Inverse.Suffix), code(f.Inverse.Suffix)))
	}
}

// partForm says which bytes a part of an id is.
func partForm(p *spec.Part) string {
	switch form := p.Form(); {
	case !form.Number && p.Forbidden != "":
		return "text of one byte or more, none of them in " + code(p.Forbidden) + "."
	case !form.Number:
		return "text of one byte or more."
	case p.Ordered:
		return fmt.Sprintf("%s, as %d decimal digits, so that ids are in the order of the numbers.", p.Kind, form.Ordered.Digits)
	case form.Signed:
		return fmt.Sprintf("%s, in decimal digits without leading zeros, with - in front if it is negative.", p.Kind)
	}
	return fmt.Sprintf("%s, in decimal digits without leading zeros.", p.Kind)
}

// typeText is a type as families.yaml spells it, with links to messages.
func typeText(t *spec.Type) string {
	out := ""
	switch t.Kind {
	case spec.List:
		out = "list of " + typeText(t.Elem)
	case spec.Map:
		out = "map from string to " + typeText(t.Elem)
	case spec.Message:
		out = fmt.Sprintf("[%s](#%s-message)", t.Message.Name, t.Message.Name)
	case spec.Enum:
		out = t.Enum.String()
	case spec.Go:
		out = code(t.Go.String())
	default:
		out = t.Kind.Scalar().Word + length(t)
	}
	if t.Optional {
		out += ", optional"
	}
	if t.Secret {
		out += ", secret"
	}
	return out
}

func (p *page) message(r *spec.MessageType) {
	p.text("### " + r.Name + " message")
	p.text(r.Doc)
	p.header("number", "field", "type", "meaning")
	for _, f := range r.Fields {
		p.row(fmt.Sprint(f.Number), "`"+f.Name+"`", typeText(f.Type), f.Doc)
	}
	p.WriteString("\n")
}

// retired lists what must never come back.
func (p *page) retired(s *spec.Schema) {
	var lines []string
	for _, name := range s.Retired.Families {
		lines = append(lines, "- the family `"+name+"`")
	}
	for _, r := range s.Messages {
		for _, number := range s.Retired.Fields[r.Name] {
			lines = append(lines, fmt.Sprintf("- the field %d of `%s`", number, r.Name))
		}
	}
	if len(lines) > 0 {
		p.text("## Retired")
		p.text(strings.Join(lines, "\n"))
	}
}
