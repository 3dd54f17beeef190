package otel_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/keyfam/keyfam/internal/markers"
	"github.com/keyfam/keyfam/observe/otel"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/driver"
	"github.com/keyfam/keyfam/store/memstore"
)

// observed is a store whose spans and metrics are kept.
type observed struct {
	*store.Store
	backend driver.Driver
	spans   *tracetest.SpanRecorder
	metrics *sdkmetric.ManualReader
}

func open(t *testing.T, o *otel.Options) observed {
	t.Helper()
	s := observed{backend: memstore.NewDriver(), spans: tracetest.NewSpanRecorder(), metrics: sdkmetric.NewManualReader()}
	tracer, err := otel.New(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(s.spans)),
		sdkmetric.NewMeterProvider(sdkmetric.WithReader(s.metrics)), o)
	require.NoError(t, err)
	s.Store, err = store.New(t.Context(), s.backend, &store.Options{Tracer: tracer, MaxAttempts: 2})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close()) })
	return s
}

// tree prints the ended spans below their parents, a line each.
func (s observed) tree() string {
	inside := map[trace.SpanID][]sdktrace.ReadOnlySpan{}
	for _, span := range s.spans.Ended() {
		inside[span.Parent().SpanID()] = append(inside[span.Parent().SpanID()], span)
	}
	var b strings.Builder
	var write func(of trace.SpanID, indent string)
	write = func(of trace.SpanID, indent string) {
		all := inside[of]
		slices.SortFunc(all, func(a, b sdktrace.ReadOnlySpan) int { return a.StartTime().Compare(b.StartTime()) })
		for _, span := range all {
			var more []string
			for _, a := range span.Attributes() {
				if a.Key == "error.type" || a.Key == "keyfam.attempt" {
					more = append(more, a.Value.String())
				}
			}
			fmt.Fprintln(&b, strings.TrimRight(indent+span.Name()+" "+strings.Join(more, " "), " "))
			write(span.SpanContext().SpanID(), indent+"  ")
		}
	}
	write(trace.SpanID{}, "")
	return b.String()
}

func put(id string) *store.DataSet {
	return new(store.DataSet).Put("session", id, []byte(markers.Text("value")))
}

// overtaken runs a transaction that another commit overtakes so many times.
func (s observed) overtaken(ctx context.Context, t *testing.T, times int) error {
	other, err := store.New(ctx, s.backend, nil)
	require.NoError(t, err)
	return s.Transaction(ctx, markers.Text("label"), func(inner context.Context, tx *store.Tx) error {
		if _, _, err := tx.Get(inner, "session", markers.Text("id")); err != nil {
			return err
		}
		if times > 0 {
			//famvet:ignore rerun how often and when it runs is what is tested
			times--
			require.NoError(t, other.Set(ctx, put(markers.Text("id"))))
		}
		return tx.Transaction(inner, "", func(ctx context.Context, tx *store.Tx) error {
			return tx.Set(ctx, put(markers.Text("id")))
		})
	})
}

func TestTreeOfATransactionWithOneRerun(t *testing.T) {
	s := open(t, nil)
	require.NoError(t, s.overtaken(t.Context(), t, 1))
	attempt := "    tx_get session\n      driver_read session\n    tx_transaction\n      tx_set\n    driver_commit session"
	assert.Equal(t, "transaction 2\n  attempt 1 conflict\n"+attempt+" conflict\n  attempt 2\n"+attempt+"\n", s.tree())
	for _, span := range s.spans.Ended() {
		assert.Equal(t, codes.Unset, span.Status().Code, "%s: a conflict that was overcome is no error", span.Name())
		want := trace.SpanKindInternal
		if strings.HasPrefix(span.Name(), "driver_") {
			want = trace.SpanKindClient
		}
		assert.Equal(t, want, span.SpanKind())
	}
}

func TestAttributes(t *testing.T) {
	s := open(t, &otel.Options{System: "memory"})
	require.NoError(t, s.Set(t.Context(), put("a")))
	_, err := s.GetMany(t.Context(), "session", "a", "b")
	require.NoError(t, err)
	ended := s.spans.Ended()
	n := len(markers.Text("value"))
	assert.ElementsMatch(t, []attribute.KeyValue{
		attribute.String("db.system.name", "memory"), attribute.String("db.operation.name", "get_many"), attribute.String("db.collection.name", "session"),
		attribute.Int("keyfam.keys", 2), attribute.Int("db.response.returned_rows", 1), attribute.Int("keyfam.bytes", n),
	}, ended[len(ended)-1].Attributes())
	assert.Equal(t, "get_many session", ended[len(ended)-1].Name())
}

func TestErrors(t *testing.T) {
	s := open(t, nil)
	require.ErrorIs(t, s.overtaken(t.Context(), t, 2), store.ErrConflict)
	ended := s.spans.Ended()
	last := ended[len(ended)-1]
	assert.Equal(t, "transaction", last.Name())
	assert.Equal(t, sdktrace.Status{Code: codes.Error, Description: "conflict"}, last.Status())
	assert.Contains(t, last.Attributes(), attribute.String("error.type", "conflict"))
	assert.Panics(t, func() { _ = s.View(t.Context(), func(context.Context, *store.Tx) error { panic("of the callback") }) })
	assert.Len(t, s.spans.Ended(), len(s.spans.Started()), "every span has ended")
}

func TestMetrics(t *testing.T) {
	s := open(t, nil)
	require.NoError(t, s.overtaken(t.Context(), t, 1))
	var all metricdata.ResourceMetrics
	require.NoError(t, s.metrics.Collect(t.Context(), &all))
	require.Len(t, all.ScopeMetrics, 1)
	assert.Equal(t, otel.Scope, all.ScopeMetrics[0].Scope.Name)
	counts := map[string]uint64{}
	for _, m := range all.ScopeMetrics[0].Metrics {
		switch data := m.Data.(type) {
		case metricdata.Histogram[float64]:
			for _, p := range data.DataPoints {
				counts[m.Name+" "+m.Unit+" "+p.Attributes.Encoded(attribute.DefaultEncoder())] = p.Count
			}
		case metricdata.Histogram[int64]:
			for _, p := range data.DataPoints {
				counts[m.Name+" "+m.Unit+" "+p.Attributes.Encoded(attribute.DefaultEncoder())] = p.Count
			}
		}
	}
	took := func(rest string) string { return "db.client.operation.duration s " + rest + "db.system.name=keyfam" }
	assert.Equal(t, map[string]uint64{
		took("db.operation.name=transaction,"):                                                                                  1,
		took("db.operation.name=attempt,"):                                                                                      1,
		took("db.operation.name=attempt,") + ",error.type=conflict":                                                             1,
		took("db.collection.name=session,db.operation.name=tx_get,"):                                                            2,
		took("db.collection.name=session,db.operation.name=driver_read,"):                                                       2,
		took("db.operation.name=tx_transaction,"):                                                                               2,
		took("db.operation.name=tx_set,"):                                                                                       2,
		took("db.collection.name=session,db.operation.name=driver_commit,"):                                                     1,
		took("db.collection.name=session,db.operation.name=driver_commit,") + ",error.type=conflict":                            1,
		"db.client.response.returned_rows {row} db.collection.name=session,db.operation.name=driver_read,db.system.name=keyfam": 2,
	}, counts)
	assert.Empty(t, markers.Find(fmt.Sprintf("%+v", all)))
}

// No marker appears in a span or its error.
func TestSpansTellNothing(t *testing.T) {
	s := open(t, nil)
	ctx, st := t.Context(), s.Namespace(markers.Text("namespace"))
	require.NoError(t, st.Set(ctx, put(markers.Text("id"))))
	_, _, err := st.Get(ctx, markers.Text("id"), "session")
	require.Error(t, err)
	require.Error(t, st.Transaction(ctx, markers.Text("label"), func(ctx context.Context, tx *store.Tx) error {
		for _, err := range tx.Scan(ctx, "session", markers.Text("id")) {
			require.NoError(t, err)
		}
		return errors.New(markers.Text("error"))
	}))
	require.NoError(t, st.Clear(ctx))
	stubs := tracetest.SpanStubsFromReadOnlySpans(s.spans.Ended())
	require.Greater(t, len(stubs), 8)
	assert.Empty(t, markers.Find(fmt.Sprintf("%+v", stubs)))
}

// Either half may be left out.
func TestHalves(t *testing.T) {
	for _, half := range []struct {
		t trace.TracerProvider
		m *sdkmetric.MeterProvider
	}{{sdktrace.NewTracerProvider(), nil}, {nil, sdkmetric.NewMeterProvider()}} {
		var tracer store.Tracer
		var err error
		if half.m == nil {
			tracer, err = otel.New(half.t, nil, nil)
		} else {
			tracer, err = otel.New(nil, half.m, nil)
		}
		require.NoError(t, err)
		st, err := memstore.Open(t.Context(), &store.Options{Tracer: tracer})
		require.NoError(t, err)
		require.NoError(t, st.Set(t.Context(), put("a")))
		require.NoError(t, st.Close())
	}
}
