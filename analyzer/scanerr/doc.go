// Package scanerr finds loops over a scan that drop its error.
//
// # Analyzer scanerr
//
// scanerr: look at the error of every scan
//
// A scan yields a record or an error. A loop that does not look at the second value takes a scan that broke off for a scan
// that ended:
//
//	for e := range repo.Sessions().All(ctx) { // for e, err := range …
//		names = append(names, e.ID.Name)
//	}
//
// The check reports loops over an iter.Seq2 whose second value is an error, and that leave the error out, call it _, or only
// skip, stop or return nil when it is there.
package scanerr
