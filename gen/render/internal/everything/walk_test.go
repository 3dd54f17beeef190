package everything_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/gen/render/internal/everything"
)

// walker notes the families that it is called for, and stops at one of them.
type walker struct {
	seen *[]string
	stop string
}

var errStop = errors.New("enough")

func (w walker) see(name string) error {
	*w.seen = append(*w.seen, name)
	if name == w.stop {
		return errStop
	}
	return nil
}

func (w walker) AllScalars(context.Context, everything.ScalarsReader) error {
	return w.see("scalars")
}

func (w walker) AllBounded(context.Context, everything.BoundedReader) error {
	return w.see("bounded")
}

func (w walker) AllLists(context.Context, everything.ListsReader) error {
	return w.see("lists")
}

func (w walker) AllMaps(context.Context, everything.MapsReader) error {
	return w.see("maps")
}

func (w walker) AllNested(context.Context, everything.NestedReader) error {
	return w.see("nested")
}

func (w walker) Ordered(context.Context, everything.OrderedReader) error {
	return w.see("ordered")
}

func (w walker) LongOrdered(context.Context, everything.LongOrderedReader) error {
	return w.see("long-ordered")
}

func (w walker) Framed(context.Context, everything.FramedReader) error {
	return w.see("framed")
}

func (w walker) Many(context.Context, everything.ManyReader) error {
	return w.see("many")
}

func (w walker) Shadows(context.Context, everything.ShadowsReader) error {
	return w.see("shadows")
}

func (w walker) Fixed(context.Context, everything.FixedReader) error {
	return w.see("fixed")
}

func (w walker) Limited(context.Context, everything.LimitedReader) error {
	return w.see("limited")
}

func (w walker) SecretFixed(context.Context, everything.SecretFixedReader) error {
	return w.see("secret-fixed")
}

func (w walker) SecretLimited(context.Context, everything.SecretLimitedReader) error {
	return w.see("secret-limited")
}

func (w walker) SecretTexts(context.Context, everything.SecretTextReader) error {
	return w.see("secret-text")
}

func (w walker) Counts(context.Context, everything.CountsReader) error {
	return w.see("counts")
}

func (w walker) Ratios(context.Context, everything.RatioReader) error {
	return w.see("ratio")
}

func (w walker) Seen(context.Context, everything.SeenReader) error {
	return w.see("seen")
}

func (w walker) Ticks(context.Context, everything.TicksReader) error {
	return w.see("ticks")
}

func (w walker) Peers(context.Context, everything.PeerReader) error {
	return w.see("peer")
}

func (w walker) Aliases(context.Context, everything.AliasReader) error {
	return w.see("alias")
}

// Walk visits the families in the order of the schema, up to the first error.
func TestWalk(t *testing.T) {
	var all []string
	text := strings.Join(generatedFrom, "\n")
	for line := range strings.Lines(text[strings.Index(text, "\nfamilies:"):]) {
		if name, ok := strings.CutSuffix(line, ":\n"); ok && strings.HasPrefix(name, "  ") && name[2] != ' ' {
			all = append(all, name[2:])
		}
	}
	all = all[:len(all)-1] // the entry fields below retired
	var seen []string
	require.NoError(t, everything.Walk(t.Context(), open(t).ReadOnly(), walker{&seen, ""}))
	assert.Equal(t, all, seen)
	seen = nil
	require.ErrorIs(t, everything.Walk(t.Context(), open(t).ReadOnly(), walker{&seen, "maps"}), errStop)
	assert.Equal(t, all[:4], seen)
}
