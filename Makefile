# The two commands of the README, and what a contributor runs besides.
#   make demo                  build, then play the whole story on loopback (`relais demo --once`)
#   make test                  unit tests, then the scenarios against real servers
#   make bench [ONLY=a,b]      one line a figure: NAME ours=X peer=Y ratio=R goal=G unit=U runs=N
#   make check                 formatting, lints, documentation

SHELL := /bin/bash
CARGO ?= cargo
ONLY ?=
# Scenarios whose names contain one of these words; all when empty.
SCENARIOS ?=
TARGET := $(if $(CARGO_TARGET_DIR),$(CARGO_TARGET_DIR),target)
# What relais itself is made of; `tests` only runs the binary.
UNITS := --workspace --exclude tests

.PHONY: packages demo test unit scenarios bench check fmt

demo:
	$(CARGO) build --locked -p server
	$(TARGET)/debug/relais demo --once

test: packages unit scenarios

packages:
	tests/setup.sh

unit:
	$(CARGO) test --locked $(UNITS) --quiet --no-fail-fast

scenarios: packages
	$(CARGO) build --locked -p server
	RELAIS_BINARY=$(abspath $(TARGET))/debug/relais $(CARGO) test --locked -p tests -- $(SCENARIOS)

bench: packages
	$(CARGO) build --locked --release -p server
	RELAIS_BINARY=$(abspath $(TARGET))/release/relais $(CARGO) run --locked --release -p tests --bin load -- $(ONLY)

check:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --workspace --no-deps

fmt:
	$(CARGO) fmt --all
