package baileys_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/keyfam/keyfam/interop/baileys"
)

// numbersAs is bytes as an object of numbers whose n indexes come as at has them.
func numbersAs(n int, at func(i int) int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"%d":%d`, at(i), i%256)
	}
	return `{"token":{` + b.String()[1:] + `}}`
}

// costly are files that grow with n; the time to read them may only do the same.
var costly = map[string]struct {
	file string
	text func(n int) string
}{
	"numbers in order":  {"tctoken-1.json", func(n int) string { return numbersAs(n, func(i int) int { return i }) }},
	"numbers backwards": {"tctoken-1.json", func(n int) string { return numbersAs(n, func(i int) int { return n - 1 - i }) }},
	"numbers at random": {"tctoken-1.json", func(n int) string { p := rand.Perm(n); return numbersAs(n, func(i int) int { return p[i] }) }},
	"equal numbers":     {"tctoken-1.json", func(n int) string { return numbersAs(n, func(int) int { return 0 }) }},
	"an array":          {"tctoken-1.json", func(n int) string { return `{"token":{"type":"Buffer","data":[1` + strings.Repeat(",1", n) + `]}}` }},
	"a string":          {"lid-mapping-1.json", func(n int) string { return `"` + strings.Repeat("x", 20*n) + `"` }},
	"escapes":           {"lid-mapping-1.json", func(n int) string { return `"` + strings.Repeat(`\ud83d\ude00\n`, n) + `"` }},
	"base64":            {"tctoken-1.json", func(n int) string { return `{"token":"` + strings.Repeat("QUJD", 5*n) + `"}` }},
	"equal names":       {"sender-key-memory-1.json", func(n int) string { return `{"a":true` + strings.Repeat(`,"a":true`, n) + `}` }},
	"deep":              {"session-1.0.json", func(n int) string { return `{"a":[` + strings.Repeat(deep+",", n/50) + `1]}` }},
	"equal tokens": {"tctoken-1.json", func(n int) string {
		return `{"a":1` + strings.Repeat(`,"token":{"0":1}`, n) + `}`
	}},
	"a map, then others": {"app-state-sync-version-a.json", mapsAgain},
	"device indexes": {"app-state-sync-key-A.json", func(n int) string {
		return `{"fingerprint":{"a":0` + strings.Repeat(`,"deviceIndexes":[1,2,3]`, n) + `}}`
	}},
	"an inner array": {"sender-key-g--1--0.json", func(n int) string { return `[1` + strings.Repeat(",[[1]]", n) + `]` }},
	"a long number":  {"tctoken-1.json", func(n int) string { return `{"a":` + strings.Repeat("1", 20*n) + `}` }},
	"spaces":         {"device-list-1.json", func(n int) string { return `[` + strings.Repeat(" ", 20*n) + `]` }},
}

var deep = strings.Repeat("[", 400) + strings.Repeat("]", 400)

// mapsAgain is a large map and many small ones of the same name.
func mapsAgain(n int) string {
	var b strings.Builder
	mac := `{"valueMac":` + buffer(sequence(0, 32)) + `}`
	for i := range n / 2 {
		fmt.Fprintf(&b, `,"%d":%s`, i, mac)
	}
	return `{"version":1,"hash":` + buffer(sequence(0, 128)) + `,"indexValueMap":{` + b.String()[1:] + `}` +
		strings.Repeat(`,"indexValueMap":{"a":`+mac+`}`, n/2) + `}`
}

// One file of eight times the size takes as long as eight files, within the
// noise, and eight times as long if reading is quadratic. Both are tried again
// while the machine is too busy to tell.
func TestReadingIsLinear(t *testing.T) {
	const factor = 8
	for name, c := range costly {
		t.Run(name, func(t *testing.T) {
			small, large := []byte(c.text(4000)), []byte(c.text(factor*4000))
			took := func(data []byte, times int) time.Duration {
				start := time.Now()
				for range times {
					require.NoError(t, baileys.ReadRecord(c.file, data))
				}
				return time.Since(start)
			}
			// The shortest of several counts: the machine may be busy in any of them.
			many, one := took(small, factor), took(large, 1)
			for try := 0; one > 3*many && try < 200; try++ {
				many, one = min(many, took(small, factor)), min(one, took(large, 1))
			}
			require.LessOrEqual(t, one, 3*many)
		})
	}
}

// Numbers as names cost no memory but for their text and their place.
func TestNumbersAllocateLittle(t *testing.T) {
	const n = 10000
	for _, name := range []string{"numbers in order", "numbers backwards", "numbers at random", "equal numbers"} {
		data := []byte(costly[name].text(n))
		allocs := testing.AllocsPerRun(3, func() { require.NoError(t, baileys.ReadRecord("tctoken-1.json", data)) })
		require.Less(t, allocs, 2.5*n, name)
	}
}
