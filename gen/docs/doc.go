// Package docs writes a checked schema down for people and for other programs:
// [Markdown] is the page that famgen docs prints, [Proto] the protobuf
// definitions of what is stored.
package docs
