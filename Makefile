# The two commands of the README, and what a contributor runs besides.
#   make demo                  build, then open a stage on loopback that stays until Ctrl-C (`relais demo`); where nobody
#                              sits at a terminal, or with ONCE=1, play the whole story and end (`relais demo --once`)
#   make test                  formatting, unit tests (those of the store on both engines), then the scenarios against real servers
#   make bench [ONLY=a,b]      one line a figure: NAME ours=X peer=Y ratio=R goal=G unit=U runs=N
#   make axe RUNS=1000         kill -9 as often under load; 100 times in `make test`
#   make keep RELEASE=0.1.0    keep the store that a release leaves, for the test that later ones open it
#   make screenshots           the pictures of the README, taken by the browser tests
#   make check                 formatting, lints, documentation

SHELL := /bin/bash
CARGO ?= cargo
ONLY ?=
ONCE ?=
RUNS ?= 1000
RELEASE ?=
# Scenarios whose names contain one of these words; all when empty.
SCENARIOS ?=
TARGET := $(if $(CARGO_TARGET_DIR),$(CARGO_TARGET_DIR),target)
# What relais itself is made of; `tests` only runs the binary.
UNITS := --workspace --exclude tests

# What could not be run, and why: one line each, counted in the closing line.
SKIPPED := $(abspath $(TARGET))/skipped.txt

.PHONY: packages demo test unit scenarios axe keep bench style check fmt

demo:
	$(CARGO) build --locked -p server
	if [ -t 0 ] && [ -t 1 ] && [ -z "$(ONCE)$(CI)" ]; then exec $(TARGET)/debug/relais demo; \
	else exec $(TARGET)/debug/relais demo --once; fi

test: export RELAIS_SKIPPED := $(SKIPPED)
test: packages style unit scenarios

# Crates too: a test reads the mail that comes with one, and asks no registry for it.
packages:
	tests/setup.sh
	$(CARGO) fetch --locked --quiet --target "$$(rustc -vV | sed -n 's/^host: //p')"

# Formatting costs a second. A toolchain without rustfmt is no reason not to test.
style:
	@mkdir -p $(TARGET) && rm -f $(SKIPPED)
	@if $(CARGO) fmt --version >/dev/null 2>&1; then \
	  echo "$(CARGO) fmt --all --check"; $(CARGO) fmt --all --check; \
	else \
	  echo "formatting: rustfmt is not installed (rustup component add rustfmt)" >>$(SKIPPED); \
	fi

unit: style packages
	$(CARGO) test --locked $(UNITS) --quiet --no-fail-fast
	tests/with_engines.sh $(CARGO) test --locked -p store --quiet --no-fail-fast

scenarios: packages
	$(CARGO) build --locked -p server
	RELAIS_BINARY=$(abspath $(TARGET))/debug/relais $(CARGO) test --locked -p tests -- $(SCENARIOS)

axe: packages
	$(CARGO) build --locked -p server
	RELAIS_AXE_RUNS=$(RUNS) RELAIS_BINARY=$(abspath $(TARGET))/debug/relais $(CARGO) test --locked -p tests -- the_axe_falls

keep:
	@[ -n "$(RELEASE)" ] || { echo "name the release: make keep RELEASE=0.1.0"; exit 2; }
	$(CARGO) build --locked -p server
	/usr/bin/python3 tests/clients/keep_store.py $(TARGET)/debug/relais store/tests/kept/$(RELEASE)

screenshots: packages
	$(CARGO) build --locked -p server
	RELAIS_SCREENSHOTS=$(abspath docs/screenshots) RELAIS_BINARY=$(abspath $(TARGET))/debug/relais \
	  $(CARGO) test --locked -p tests -- a_person_cannot_go_on

bench: packages
	$(CARGO) build --locked --release -p server -p store --bin relais --example growth
	RELAIS_BINARY=$(abspath $(TARGET))/release/relais RELAIS_GROWTH=$(abspath $(TARGET))/release/examples/growth \
	  $(CARGO) run --locked --release -p tests --bin load -- $(ONLY)

check: style
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --workspace --no-deps

fmt:
	$(CARGO) fmt --all
