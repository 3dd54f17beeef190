package libsignal

// What a client keeps about itself, from this folder's own spec.
//go:generate go run -C ../.. ./gen/cmd/famgen generate -out adapter/libsignal/localkeys adapter/libsignal/families.yaml
