// Package otel reports what a store does to OpenTelemetry: a span for each
// operation, nested as operations are, and histograms of durations and of rows
// read. Names follow the semantic conventions for database clients:
//
//   - a span has the name of the operation and its family, such as
//     "tx_get session"; calls of the backend are client spans, all others internal
//   - spans and metrics have db.system.name, db.operation.name,
//     db.collection.name (the family) and error.type (the class of an error)
//   - a span has db.response.returned_rows, keyfam.attempt, keyfam.keys,
//     keyfam.writes and keyfam.bytes, unless they are 0
//   - the metrics are db.client.operation.duration, in seconds, and for reads of
//     the backend db.client.response.returned_rows
//
// No span and no metric contains an id, a value, a label or a namespace.
package otel

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/trace"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"github.com/keyfam/keyfam/store"
)

// Scope is the name of the instrumentation.
const Scope = "github.com/keyfam/keyfam/observe/otel"

// Options change what is reported. Nil means the defaults.
type Options struct {
	// System is db.system.name, such as "postgresql". Empty means "keyfam".
	System string
}

// New returns a tracer for [store.Options] that makes spans with t and metrics
// with m, either of which may be nil. The error is m's.
func New(t trace.TracerProvider, m metric.MeterProvider, o *Options) (store.Tracer, error) {
	if t == nil {
		t = tracenoop.NewTracerProvider()
	}
	if m == nil {
		m = metricnoop.NewMeterProvider()
	}
	system := "keyfam"
	if o != nil && o.System != "" {
		system = o.System
	}
	meter := m.Meter(Scope)
	took, err := meter.Float64Histogram("db.client.operation.duration", metric.WithUnit("s"),
		metric.WithDescription("Duration of database client operations."),
		metric.WithExplicitBucketBoundaries(0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10))
	if err != nil {
		return nil, err
	}
	rows, err := meter.Int64Histogram("db.client.response.returned_rows", metric.WithUnit("{row}"),
		metric.WithDescription("The actual number of records returned by the database operation."),
		metric.WithExplicitBucketBoundaries(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000))
	if err != nil {
		return nil, err
	}
	return &tracer{t.Tracer(Scope), attribute.String("db.system.name", system), took, rows}, nil
}

type tracer struct {
	tracer trace.Tracer
	system attribute.KeyValue
	took   metric.Float64Histogram
	rows   metric.Int64Histogram
}

type startKey struct{}

// Begin starts a span.
func (t *tracer) Begin(ctx context.Context, op store.Op, family string) context.Context {
	name, kind := op.String(), trace.SpanKindInternal
	if family != "" {
		name += " " + family
	}
	if op.Driver() {
		kind = trace.SpanKindClient
	}
	ctx, _ = t.tracer.Start(ctx, name, trace.WithSpanKind(kind), trace.WithAttributes(t.identity(op, family)...))
	return context.WithValue(ctx, startKey{}, time.Now())
}

// End ends the span and records the metrics.
func (t *tracer) End(ctx context.Context, r store.Result) {
	start, _ := ctx.Value(startKey{}).(time.Time)
	took := time.Since(start).Seconds()
	span := trace.SpanFromContext(ctx)
	span.SetAttributes(counts(r)...)
	all := t.identity(r.Op, r.Family)
	if r.Class != store.ClassOK {
		class := attribute.String("error.type", r.Class.String())
		all = append(all, class)
		span.SetAttributes(class)
	}
	if failed(r) {
		span.SetStatus(codes.Error, r.Class.String())
	}
	span.End()
	set := metric.WithAttributeSet(attribute.NewSet(all...))
	t.took.Record(ctx, took, set)
	if r.Op == store.OpDriverRead || r.Op == store.OpDriverScan {
		t.rows.Record(ctx, int64(r.Rows), set)
	}
}

// failed reports whether the span has the status of an error. An attempt that
// runs again has not: its transaction may still succeed.
func failed(r store.Result) bool {
	switch r.Class {
	case store.ClassOK, store.ClassRerun, store.ClassRestart:
		return false
	case store.ClassConflict:
		return r.Op == store.OpView || r.Op == store.OpTransaction
	}
	return true
}

// identity returns the attributes that spans and metrics have in common.
func (t *tracer) identity(op store.Op, family string) []attribute.KeyValue {
	all := []attribute.KeyValue{t.system, attribute.String("db.operation.name", op.String())}
	if family != "" {
		all = append(all, attribute.String("db.collection.name", family))
	}
	return all
}

// counts returns the counts that are not 0.
func counts(r store.Result) (all []attribute.KeyValue) {
	for _, c := range []struct {
		name string
		n    int
	}{
		{"keyfam.attempt", r.Attempt},
		{"keyfam.keys", r.Keys},
		{"db.response.returned_rows", r.Rows},
		{"keyfam.writes", r.Writes},
		{"keyfam.bytes", r.Bytes},
	} {
		if c.n > 0 {
			all = append(all, attribute.Int(c.name, c.n))
		}
	}
	return all
}
