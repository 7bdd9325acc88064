# The two commands:   make run   make test     (and `make slow` for the tests that take long)
# Both set up .venv first, if needed; they need Python 3.11+, make and an internet connection.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test check lint types tests slow setup lock bench picture pictures contract reference clean

# What the program needs. ARGS: make run ARGS=--headless
run: $(VENV)/.run
	@$(BIN)/tickterm $(ARGS)

test: check

check: lint types tests

lint: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-cache

types: $(VENV)/.dev
	$(BIN)/mypy

tests: $(VENV)/.dev
	$(BIN)/python -m pytest -n auto -m "not slow" $(ARGS)

# What takes long: whole days, sieges, terminals that are stuck, processes that are killed and come back.
slow: $(VENV)/.dev
	$(BIN)/python -m pytest -n auto -m slow $(ARGS)

setup: $(VENV)/.dev

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "tickterm needs Python 3.11 or newer: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
		|| { echo "no venv module: install python3-venv"; rm -rf $(VENV); exit 1; }

$(VENV)/.run: $(VENV)/bin/python requirements.txt pyproject.toml
	@echo "setting up $(VENV), once; this takes about a minute"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/bin/python requirements-dev.txt pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index --editable .
	@touch $@ $(VENV)/.run

# The locks carry hashes, not addresses. Needs uv.
lock:
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url --upgrade pyproject.toml --extra postgres --extra serve --extra analytics --group build -o requirements.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url --upgrade pyproject.toml --all-extras --group build --group dev -o requirements-dev.txt

# This machine's figures: 1,000 viewers with stuck and slow ones, latencies, patterns, analytics, the screen.
bench: $(VENV)/.dev
	$(BIN)/python scripts/bench_viewers.py stuck
	$(BIN)/python scripts/bench_viewers.py latency
	$(BIN)/python scripts/bench_fallback.py
	$(BIN)/python scripts/bench_analytics.py
	$(BIN)/python scripts/bench_screen.py cost
	$(BIN)/python scripts/bench_screen.py stuck

# The README's pictures, from the running demo.
picture: $(VENV)/.dev
	$(BIN)/python scripts/picture.py docs

# docs/reference.md and the README's synopsis: commands, settings and keys, from the program itself.
reference: $(VENV)/.dev
	$(BIN)/python scripts/write_reference.py docs/reference.md README.md

# The pictures that the tests compare with: look at the difference.
pictures: $(VENV)/.dev
	DRAW_PICTURES=1 $(BIN)/python -m pytest -q tests/ui/test_pictures.py

# The descriptions of what goes to viewers and to Redis, from its types.
contract: $(VENV)/.dev
	$(BIN)/python scripts/asyncapi.py docs/asyncapi.json
	$(BIN)/python scripts/redis_events_schema.py docs/redis-events.json

clean:
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
