// Package storetest judges keyfam backends. [Run] checks a backend against
// every rule that users of package store rely on. A check that fails prints
// the sentence of its rule. [Bench] runs the same benchmarks on any backend.
//
// The test of a backend is a few lines:
//
//	func TestConformance(t *testing.T) {
//		storetest.Run(t, storetest.Backend{
//			Open: func(ctx context.Context, t storetest.TB) (driver.Driver, error) {
//				return mybackend.NewDriver(), nil
//			},
//		})
//	}
//
// Random checks print their seed when they fail. The flag -storetest.seed
// takes it back, and -rapid.seed that of the model check, which
// pgregory.net/rapid drives. A seed repeats what goroutines do, but not how
// they interleave. With KEYFAM_SOAK=1 in the environment, checks that look for
// races repeat them twenty times as often.
//
// # How to add a rule
//
// The tests of this package fail while one of these is missing:
//
//  1. contract.go: the number of the rule and its sentence.
//  2. The check: an entry "NUMBER-topic/what-is-checked" in the table of its
//     topic, such as labelChecks in labels.go. fixtures.go lists the tables.
//  3. faults_test.go: a row with a fault and the checks that must notice it.
//  4. The broken store: in toy*_test.go the toy asks is("the fault") where it
//     must go wrong. Without a fault the toy obeys every rule.
//
// A new verb joins handle or root in subject.go, where the real store is
// called, and toyStore and toyTx in the tests. The checks of a topic have one
// file. So will the verbs for one record.
package storetest
