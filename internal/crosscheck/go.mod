module github.com/keyfam/keyfam/internal/crosscheck

go 1.26.0

require (
	github.com/bufbuild/protocompile v0.14.1
	github.com/davecgh/go-spew v1.1.1
	github.com/goccy/go-yaml v1.19.2
	github.com/google/go-cmp v0.6.0
	github.com/keyfam/keyfam v0.1.0
	github.com/kr/pretty v0.3.1
	github.com/rogpeppe/go-internal v1.16.0
	github.com/santhosh-tekuri/jsonschema/v6 v6.0.3
	github.com/stretchr/testify v1.12.1
	go.yaml.in/yaml/v3 v3.0.5
	google.golang.org/protobuf v1.34.2
)

require (
	github.com/kr/text v0.2.0 // indirect
	github.com/tidwall/btree v1.8.2 // indirect
	golang.org/x/sync v0.24.0 // indirect
	golang.org/x/text v0.14.0 // indirect
	golang.org/x/tools v0.52.0 // indirect
)

replace github.com/keyfam/keyfam => ../..
