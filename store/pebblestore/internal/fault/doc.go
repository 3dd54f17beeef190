// Package fault turns errors of the engine into errors that may be shown.
//
// The engine's own errors hold keys and paths. The errors of this package hold
// only what the engine marks as safe and the text of the operating system's
// error number. Each wraps the sentinel of package driver that fits.
//
// A [Mark] records that the engine of one open store has failed.
package fault
