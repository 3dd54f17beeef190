package main

import (
	"time"

	"github.com/jedib0t/go-pretty/v6/progress"

	"github.com/keyfam/keyfam/interop/baileys"
)

// bar is a progress bar on standard error. Where that is no terminal there is
// none, and a nil bar takes all calls.
type bar struct {
	tracker *progress.Tracker
	ended   chan struct{}
}

// newBar starts a bar of total steps, 0 if nobody knows how many.
func (a *app) newBar(message string, total int64) *bar {
	if a.json || !terminal(a.err) {
		return nil
	}
	w := progress.NewWriter()
	w.SetOutputWriter(a.err)
	w.SetAutoStop(true)
	w.SetNumTrackersExpected(1)
	w.SetMessageLength(14)
	w.SetTrackerLength(40)
	w.SetTrackerPosition(progress.PositionRight)
	w.SetUpdateFrequency(50 * time.Millisecond)
	style := progress.StyleBlocks
	style.Options.TimeDonePrecision = time.Millisecond
	style.Visibility.TrackerOverall = false
	style.Visibility.ETA = true
	w.SetStyle(style)
	b := &bar{tracker: &progress.Tracker{Message: message, Total: total, AutoStopDisabled: true}, ended: make(chan struct{})}
	w.AppendTracker(b.tracker)
	go func() {
		defer close(b.ended)
		w.Render()
	}()
	return b
}

func (b *bar) add(n int) {
	if b != nil {
		b.tracker.Increment(int64(n))
	}
}

// end shows the bar's last state and waits until it is on the terminal.
func (b *bar) end(err error) {
	if b == nil {
		return
	}
	if err != nil {
		b.tracker.MarkAsErrored()
	} else {
		b.tracker.MarkAsDone()
	}
	<-b.ended
}

// phases is one bar after the other, for the progress of package baileys.
type phases struct {
	app   *app
	phase string
	done  int
	bar   *bar
}

func (p *phases) report(now baileys.Progress) {
	if now.Phase != p.phase {
		p.bar.end(nil)
		p.phase, p.done = now.Phase, 0
		p.bar = p.app.newBar(now.Phase+" files", int64(now.Total))
	}
	p.bar.add(now.Done - p.done)
	p.done = now.Done
}

func (p *phases) end(err error) { p.bar.end(err) }
