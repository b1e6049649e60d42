# Needs Rust with rustfmt and clippy, and Node.js with npm. Postgres and Chromium are started for the tests, and
# installed first where they are missing and apt-get may be used.

NEXTEST := $(shell command -v cargo-nextest 2>/dev/null)
RUN_TESTS := $(if $(NEXTEST),cargo nextest run --no-fail-fast,cargo test --no-fail-fast)

.PHONY: test fmt fmt-check lint unit it web e2e screenshots figures crashes sim

# All that must pass before a change goes in.
test: fmt-check lint web e2e
	scripts/with-postgres $(RUN_TESTS) --locked --workspace

fmt:
	cargo fmt --all

fmt-check:
	cargo fmt --all --check

lint: web/node_modules/.package-lock.json
	cargo clippy --locked --workspace --all-targets -- -D warnings

# Unit tests and scenarios: no database, no sockets to speak of.
unit:
	$(RUN_TESTS) --locked --workspace --lib

# Whole parts against both databases and real sockets.
it:
	scripts/with-postgres $(RUN_TESTS) --locked --test '*'

# The dashboard by itself: types, lint, the rules without a page, the size of what is loaded first.
web: web/node_modules/.package-lock.json
	cd web && npm run check && npm test && npm run build

web/node_modules/.package-lock.json: web/package-lock.json
	cd web && npm ci

# The dashboard in a browser, on real servers.
e2e: web/node_modules/.package-lock.json
	cargo build --locked
	scripts/with-chromium npm --prefix web run e2e

# Pictures of every page into docs/images, dark and light, wide and on a phone; some three minutes.
screenshots: web/node_modules/.package-lock.json
	cargo build --locked --release
	SYSTOLE=$(CURDIR)/target/release/systole scripts/with-chromium npm --prefix web run screenshots

# What the dashboard promises, measured: NODES is the size of the large fleet.
NODES ?= 100000
figures: web/node_modules/.package-lock.json
	cargo build --locked --release
	SYSTOLE=$(CURDIR)/target/release/systole scripts/with-chromium npm --prefix web run figures -- --nodes $(NODES)

# The program under load, ended fifty times on each database where `make it` ends it five times.
crashes:
	SYSTOLE_CRASHES=50 scripts/with-postgres $(RUN_TESTS) --locked --test it crashes

# How many seeds of the simulator, and from which on.
SEEDS ?= 1000
FIRST ?= 1

# The engine in a world where everything goes wrong, against a plain model of its rules; and the recorded
# journals, in a release build.
sim:
	SYSTOLE_SIM_SEEDS=$(SEEDS) SYSTOLE_SIM_FIRST=$(FIRST) cargo test --locked --release --test sim -- seeds --exact
	cargo test --locked --release --test replay
