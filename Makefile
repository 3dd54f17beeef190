# Every Go module of the tree; the root's ./... does not enter nested ones.
MODULES := $(patsubst %/,%,$(dir $(shell git ls-files -- go.mod '*/go.mod' | grep -v testdata)))
ifeq ($(MODULES),)
$(error git lists the modules: install git, and use a git checkout (git clone) rather than an archive)
endif

SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -c

.PHONY: demo test bench soak build lint generate
demo: ; go generate . && cd cmd/famctl && go run . demo
# A module takes under two minutes on an idle machine with two cores; the time
# limit is for machines that are busy with other things as well.
test: export GORACE = atexit_sleep_ms=10# instead of a second after each process
test: ; @for m in $(MODULES); do echo "== $$m"; t=$$SECONDS; (cd $$m && go test -race -timeout 40m $(TESTFLAGS) ./...) || exit 1; echo "-- $$m: $$((SECONDS - t)) s"; done
bench: ; cd bench && go test -run '^$$' -benchtime 20000x -bench 'Pebble|Whatsmeow|Baileys' -timeout 1h && go test -run '^$$' -bench Import -benchtime 2x
	cd store/memstore && go test -run '^$$' -bench . -benchmem -timeout 1h
	go test -run '^$$' -bench . -benchmem ./generated/signalkeys && go test -run '^$$' -bench . -benchtime 5x ./gen/cmd/famgen
	cd interop/baileys && go test -run '^$$' -bench Import -benchtime 3x
	cd adapter/libsignal && go test -run '^$$' -bench .
soak: ; @for m in $(MODULES); do (cd $$m && KEYFAM_SOAK=1 go test -race -timeout 4h -v ./... | grep -E '^(ok|FAIL|panic|Test|---? FAIL)') || exit 1; done
build: ; go build -o bin/ ./gen/cmd/famgen ./analyzer/cmd/famvet && cd cmd/famctl && go build -o ../../bin/ .
lint: ; .ci/run lint
generate: ; go generate ./...
