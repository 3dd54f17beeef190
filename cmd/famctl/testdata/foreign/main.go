// A program of another domain: fill and read a store of greenhouses.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"example.com/greenhouse/dial"
	"example.com/greenhouse/greenhouse"

	"github.com/keyfam/keyfam/store/family"
	"github.com/keyfam/keyfam/store/pebblestore"
)

func main() {
	if err := run(context.Background(), os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, verb, dir, namespace string) (err error) {
	st, err := pebblestore.Open(ctx, dir, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	repo, err := greenhouse.Open(ctx, st.Namespace(namespace))
	if err != nil {
		return err
	}
	if verb == "fill" {
		return fill(ctx, repo)
	}
	return read(ctx, repo)
}

func fill(ctx context.Context, repo *greenhouse.Repo) error {
	probe := greenhouse.Probe{Serial: "p<1>", Key: greenhouse.NewSecret4([4]byte{1, 2, 3, 4}), Drift: new(int64(-9007199254740993))}
	var b greenhouse.Batch
	b.Readings().Put(greenhouse.ReadingID{Site: "north", Sensor: -3, At: 17}, greenhouse.Reading{
		Celsius: -40, Kind: greenhouse.ReadingKindSoil, Samples: []int64{-1, 0, 1 << 62}, Labels: map[string]string{"": "é", "b": "c"},
		Probe: &probe, Note: new(""), Kinds: []greenhouse.ReadingKinds{greenhouse.ReadingKindsWet, 9},
		Rooms: map[string]greenhouse.Probe{"x": probe}, Dial: dial.State{Degrees: 90}, Total: 1<<64 - 1,
	})
	b.Readings().Put(greenhouse.ReadingID{Site: "south", Sensor: 1, At: 1}, greenhouse.Reading{Kind: 7})
	b.DoorPins().Put(1<<64-1, family.NewSecret([]byte("SECRETMARKER")))
	b.Owners().Put("ann", "plot-1")
	b.Owners().Put("bob", "plot-2")
	b.Dials().Put("main", dial.State{Degrees: 7})
	b.Moods().Put("fern", greenhouse.MoodValueThriving)
	b.Sessions().Put("s", []uint32{1, 4294967295})
	return repo.Apply(ctx, &b)
}

func read(ctx context.Context, repo *greenhouse.Repo) error {
	for e, err := range repo.Readings().All(ctx) {
		if err != nil {
			return err
		}
		fmt.Println("reading", e.ID, e.Value.Celsius, e.Value.Kind, e.Value.Samples, e.Value.Dial.Degrees, e.Value.Total)
		if p := e.Value.Probe; p != nil {
			fmt.Println("probe", p.Serial, p.Key.Reveal(), *p.Drift)
		}
	}
	for e, err := range repo.Owners().All(ctx) {
		if err != nil {
			return err
		}
		back, ok, err := repo.Owners().ByValue(ctx, e.Value)
		fmt.Println("owner", e.ID, e.Value, back, ok, err)
	}
	for e, err := range repo.Moods().All(ctx) {
		fmt.Println("mood", e.ID, e.Value, err)
	}
	for e, err := range repo.Dials().All(ctx) {
		fmt.Println("dial", e.ID, e.Value.Degrees, err)
	}
	for e, err := range repo.DoorPins().All(ctx) {
		fmt.Println("pin", e.ID, string(e.Value.Reveal()), err)
	}
	return nil
}
