// Package analyzer holds the checks of famvet: mistakes with transactions,
// scans, secrets and family names that types cannot refuse.
//
// Each check is a package of its own, with a page of documentation in its
// doc.go. [All] in checks.go lists them. The functions that open transactions
// are data (package openers), so outerhandle, txescape and rerun work for other
// libraries too.
//
// # Adding a check
//
// For a check named x, touch these:
//
//   - x/doc.go, x/x.go: its page, and New, which returns the [analysis.Analyzer].
//     Package flow finds callbacks and handles, and follows calls.
//   - testdata/src/x/x.go and x/x_test.go: lines that it must report, with a
//     want comment each, and at least as many that it must not.
//   - testdata/seeded: one folder for each kind of mistake, with mistake.go and
//     right.go. TestSeeded in cmd/famvet counts them.
//   - checks.go: one line in All.
//   - docs/famvet.md: a bad and a good example.
//
// [analysis.Analyzer]: https://pkg.go.dev/golang.org/x/tools/go/analysis#Analyzer
package analyzer
