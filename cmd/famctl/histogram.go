package main

import (
	"fmt"
	"math/bits"
	"strings"
)

// histogram counts sizes by powers of two: class 0 is empty values, class i is
// 2^(i-1) to 2^i-1 bytes.
type histogram [64]int

func (h *histogram) add(size int) { h[bits.Len(uint(size))]++ }

func (h *histogram) merge(other *histogram) {
	for i, n := range other {
		h[i] += n
	}
}

// span is the first class that has any, and the one behind the last.
func (h *histogram) span() (first, end int) {
	first = len(h)
	for i, n := range h {
		if n > 0 {
			first, end = min(first, i), i+1
		}
	}
	return min(first, end), end
}

func (h *histogram) most() int {
	most := 0
	for _, n := range h {
		most = max(most, n)
	}
	return most
}

// classBounds are the smallest and the largest size of a class, in bytes.
func classBounds(i int) (from, to int64) {
	if i == 0 {
		return 0, 0
	}
	return 1 << (i - 1), 1<<i - 1
}

var eighths = []rune("▏▎▍▌▋▊▉█")

// barOf is n of most as a bar of at most width cells, drawn to an eighth of one. What is
// there at all is seen.
func barOf(n, most, width int) string {
	if n == 0 {
		return ""
	}
	steps := max(1, n*width*8/most)
	bar := strings.Repeat("█", steps/8)
	if steps%8 > 0 {
		bar += string(eighths[steps%8-1])
	}
	return bar
}

// plot is a line a class.
func (h *histogram) plot(width int) string {
	var b strings.Builder
	first, end := h.span()
	most := h.most()
	for i := first; i < end; i++ {
		from, _ := classBounds(i)
		label := binaryText(from) + " and up"
		if i == 0 {
			label = "empty"
		}
		line := fmt.Sprintf("%15s ▕%-*s %d", label, width, barOf(h[i], most, width), h[i])
		b.WriteString(line + "\n")
	}
	return b.String()
}

var heights = []rune("▁▂▃▄▅▆▇█")

// sparkline is a character a class from first to end, a blank where there is
// none.
func (h *histogram) sparkline(first, end int) string {
	var b strings.Builder
	most := h.most()
	for _, n := range h[first:end] {
		if n == 0 {
			b.WriteByte(' ')
			continue
		}
		b.WriteRune(heights[(n*len(heights)-1)/most])
	}
	return b.String()
}

// binaryText is a power of two of bytes.
func binaryText(n int64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	for _, unit := range units[:len(units)-1] {
		if n < 1024 {
			return fmt.Sprintf("%d %s", n, unit)
		}
		n /= 1024
	}
	return fmt.Sprintf("%d %s", n, units[len(units)-1])
}

// sizeClass is a class in JSON.
type sizeClass struct {
	From    int64 `json:"from"` // bytes
	To      int64 `json:"to"`   // bytes, itself included
	Records int   `json:"records"`
}

func (h *histogram) classes() []sizeClass {
	classes := []sizeClass{}
	for i, n := range h {
		if n > 0 {
			from, to := classBounds(i)
			classes = append(classes, sizeClass{from, to, n})
		}
	}
	return classes
}
