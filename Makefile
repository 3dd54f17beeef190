# Every Go module of the tree; the root's ./... does not enter nested ones.
MODULES := $(patsubst %/,%,$(dir $(shell git ls-files -- go.mod '*/go.mod' | grep -v testdata)))

.PHONY: demo test bench soak build lint generate
demo: ; go generate . && cd cmd/famctl && go run . demo
test: ; @for m in $(MODULES); do echo "== $$m" && (cd $$m && go test -race ./...) || exit 1; done
bench: ; cd bench && go test -run '^$$' -bench . ./... && cd ../store/memstore && go test -run '^$$' -bench . .
soak: ; @for m in $(MODULES); do (cd $$m && KEYFAM_SOAK=1 go test -race -timeout 4h ./...) || exit 1; done
build: ; go build -o bin/ ./gen/cmd/famgen ./analyzer/cmd/famvet && cd cmd/famctl && go build -o ../../bin/ .
lint: ; .ci/run lint
generate: ; go generate ./...
