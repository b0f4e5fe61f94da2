# Every task of Ayni. `make setup` is called by all others and does nothing when all is fresh.
SHELL := /bin/bash
# Compiled code is kept, whatever the machine has set: each of some hundred processes would compile
# Ayni anew, and each worker every test.
export PYTHONDONTWRITEBYTECODE :=
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
NODES ?= three
FAULTS ?= 2000
# SECONDS counts by itself in the shell that make uses: only what the caller gave is taken.
SECONDS_EACH := $(or $(filter-out undefined,$(if $(filter command line environment,$(origin SECONDS)),$(SECONDS))),60)
RUN := $(BIN)/python -m pytest

.PHONY: help setup install assets messages check test test-pages test-whole test-faults test-restore test-install sbom audit-dependencies fix fuzz lock run bench-pages bench-board bench-load bench-attachment bench-backup bench-exchange bench-disclosure bench-private-release bench-dashboard bench-statistics demo demo-check demo-reset clean

help:
	@echo "make setup | install | check | test | test-pages | test-whole | test-faults [FAULTS=2000] [SEED=] | test-restore | test-install | sbom | audit-dependencies | fix | fuzz [SECONDS=60] [TARGET=] | lock | run | bench-pages | bench-board | bench-load | bench-attachment | bench-backup | bench-exchange | bench-disclosure | bench-private-release | bench-dashboard | bench-statistics | demo [NODES=all] | demo-check | demo-reset"

$(VENV)/.installed: requirements-dev.txt pyproject.toml
	@echo "ayni: creating $(VENV) and installing what requirements-dev.txt lists" >&2
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.txt
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

assets: $(VENV)/.installed
	@test ! -f tools/build_assets.py || $(BIN)/python tools/build_assets.py

messages: $(VENV)/.installed
	@test ! -f tools/compile_messages.py || $(BIN)/python tools/compile_messages.py

setup: $(VENV)/.installed assets messages

# A node that works, without the tools of development.
install:
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements.txt
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@$(BIN)/python tools/build_assets.py
	@$(BIN)/python tools/compile_messages.py

check: setup
	@$(BIN)/python tools/check_all.py

test: setup
	@bash tools/test.sh $(TEST_OPTIONS)

# Every page in three languages, with pictures in test-results/ to look at.
test-pages: setup
	@AYNI_PAGES=all $(RUN) tests/browser -n 2 --dist loadgroup -q

# A node with cases is copied and made again elsewhere; prints time and loss as JSON.
test-restore: setup
	@$(RUN) tests/node/test_restore.py -q -s

# What floods, kills or measures whole nodes for long.
test-whole: setup
	@$(RUN) -m whole -n 2 --dist loadgroup -q $(TEST_OPTIONS)

# Three nodes as real processes, and everything that goes wrong between and in them; the seed is printed.
# Before that eleven, of which the secretariat is killed while states work on.
test-faults: test-whole
	@$(RUN) tests/faults/secretariat_away.py -q -s
	@$(BIN)/python -m tests.faults.run --faults $(FAULTS) --seed "$(SEED)" $(if $(TRAFFIC),--traffic $(TRAFFIC))

# docs/how-to/run-a-node.md, line by line in a bare folder, until an officer opens a case in Chromium.
test-install: setup
	@$(BIN)/python -m tools.install_test

# Coverage-guided fuzzing (atheris) of what reads the bytes of others; tests/fuzz/README.md.
fuzz: setup
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements-fuzz.txt
	@$(BIN)/python -m tests.fuzz.run $(SECONDS_EACH) $(TARGET)

fix: setup
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

# What a node is made of, in CycloneDX; offline.
sbom: setup
	@$(BIN)/python tools/sbom.py build/sbom.cdx.json

# Known weaknesses of what is locked. Asks PyPI's and npm's registries for advisories: needs the network
# and is not part of CI, which has none. Whatever could not be asked about is a failure, not a pass.
audit-dependencies: setup
	@$(BIN)/uv tool run pip-audit --strict --disable-pip --require-hashes -r requirements.txt
	@PATH="$(abspath $(BIN)):$$PATH" npm audit --omit=dev

lock: $(VENV)/.installed
	@bash tools/lock.sh

# The node that AYNI_NODE and AYNI_HOME name.
run: setup
	@$(BIN)/ayni run

bench-pages: setup
	@$(BIN)/python -m bench.pages

bench-board: setup
	@$(BIN)/python -m bench.board

bench-load: setup
	@$(BIN)/python -m bench.load

bench-attachment: setup
	@$(BIN)/python -m bench.attachment

bench-backup: setup
	@$(BIN)/python -m bench.backup

bench-exchange: setup
	@$(BIN)/python -m bench.exchange $(BENCH_OPTIONS)

bench-disclosure: setup
	@$(BIN)/python -m bench.disclosure $(BENCH_OPTIONS)
# BENCH_OPTIONS="--pac-synth 4": the same table through pac-synth as well, for minutes.
bench-private-release: setup
	@$(BIN)/python -m bench.private_release $(BENCH_OPTIONS)

bench-dashboard: setup
	@$(BIN)/python -m bench.dashboard $(BENCH_OPTIONS)

# Every benchmark of the observatory, targets beside figures. BENCH_OPTIONS="--to FILE --without-pac-synth"
bench-statistics: setup
	@$(BIN)/python -m bench.observatory $(BENCH_OPTIONS)

demo: setup
	@$(BIN)/ayni demo --nodes $(NODES)

demo-check: setup
	@$(BIN)/ayni demo-check

demo-reset: setup
	@$(BIN)/ayni demo-reset

clean:
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache test-results
