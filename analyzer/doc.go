// Package analyzer holds the checks of famvet: mistakes with transactions,
// scans, secrets and family names that types cannot refuse.
//
// Each check is a folder of its own with a page of documentation; [All] returns
// them together. The functions that open transactions are data (package
// openers), so outerhandle, txescape and rerun work for other libraries too.
package analyzer
