package baileys

// AppendQuoted is for comparing it with node's.
var AppendQuoted = appendQuoted
