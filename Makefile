# run, test, lint, audit, bench: each sets up what it needs in .venv, and only once.
#   make run                     the app on a sample network, at http://localhost:8501
#   make new                     the app on a network of your own, in network.duckdb: made the first time
#   make lakehouse               what a database that several servers share needs (docs/running.md)
#   make test [TESTS=…]          the whole suite, or a part of it
#   make test STORE=lake         store, indicators, intake and pages on a lakehouse, each test on one of its own
#   make test DUCKDB=2.0.0       the suite on another version of DuckDB, in an environment of its own
#   make lint | make format      look at style, types and security | put the style right
#   make audit                   hold pinned packages against known vulnerabilities (needs the internet)
#   make attack                  attacks on a server of our own, some minutes, and what they came to
#   make bench                   the tables in benchmarks/: latest, pages, wire, memory, scaling, superset, packs,
#                                matching
#   make tasks                   how many clicks and seconds seven short tasks take in a browser
#   make servers                 three servers on one lakehouse, one killed every few seconds: benchmarks/servers.md
#   make night                   the jobs of a night while twenty people click: benchmarks/night.md
#   make requirements            pin the newest versions that requirements*.in allow

SHELL := /bin/sh
.DEFAULT_GOAL := run
.PHONY: run new lakehouse test lint audit attack format bench tasks servers night requirements clean

PYTHON ?= $(shell for python in python3.11 python3.12 python3.13 python3.14 python3; do \
	command -v $$python >/dev/null 2>&1 \
	&& $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' && echo $$python && break; done)

DUCKDB ?=
STORE ?= file
VENV := .venv$(if $(DUCKDB),-duckdb-$(DUCKDB))
BIN := $(VENV)/bin
TESTS ?= $(if $(filter lake,$(STORE)),tests/store tests/indicators tests/intake tests/pages)

run: $(VENV)/.run
	@database="$$($(BIN)/python -c 'from anchornet import settings; print(settings.load().database)' 2>/dev/null)"; \
	if test -n "$$database" && ! test -e "$$database"; then $(BIN)/python -m anchornet init --sample; fi
	$(BIN)/python -m anchornet serve

DATABASE ?= network.duckdb

new: $(VENV)/.run
	$(BIN)/python -m anchornet serve --new --database $(DATABASE)

lakehouse: $(VENV)/.run
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-lakehouse.txt

# Browsers and servers of their own keep tests waiting: one more at a time than there are cores.
test: $(VENV)/.dev
	STORE=$(STORE) $(BIN)/python -m pytest \
		-n $$($(BIN)/python -c 'import os; print(min(os.cpu_count(), 4) + 1)') --dist loadfile --no-loadscope-reorder --durations=20 $(TESTS)

lint: $(VENV)/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive anchornet pages app.py

audit: $(VENV)/.dev
	$(BIN)/pip-audit --strict --require-hashes --disable-pip -r requirements.txt -r requirements-dev.txt

format: $(VENV)/.dev
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

attack: $(VENV)/.dev
	$(BIN)/python -m benchmarks.attack

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks.bench
	$(BIN)/python -m benchmarks.page_runs
	$(BIN)/python -m benchmarks.wire
	$(BIN)/python -m benchmarks.memory
	$(BIN)/python -m benchmarks.scaling
	$(BIN)/python -m benchmarks.superset
	$(BIN)/python -m benchmarks.packs
	$(BIN)/python -m benchmarks.matching

tasks: $(VENV)/.dev
	$(BIN)/python -m benchmarks.tasks

servers: $(VENV)/.dev
	$(BIN)/python -m benchmarks.servers

night: $(VENV)/.dev
	$(BIN)/python -m anchornet init --sample --database $(VENV)/night.duckdb || true
	$(BIN)/python -m benchmarks.night $(VENV)/night.duckdb

RESOLVE = UV_CUSTOM_COMPILE_COMMAND="make requirements" $(BIN)/uv pip compile --quiet --upgrade \
	--no-config --default-index https://pypi.org/simple --generate-hashes --universal --python-version 3.11

requirements: $(VENV)/.dev
	$(RESOLVE) requirements.in -o requirements.txt
	$(RESOLVE) requirements-lakehouse.in -o requirements-lakehouse.txt
	$(RESOLVE) requirements-dev.in -o requirements-dev.txt
	$(RESOLVE) benchmarks/requirements-matching.in -o benchmarks/requirements-matching.txt

clean:
	rm -rf .venv .venv-* .mypy_cache .pytest_cache .ruff_cache .hypothesis benchmarks/files

# The stamps say which list an environment was filled from; touching the list fills it again.

$(VENV)/.made:
	@test -n "$(PYTHON)" || { \
	echo "anchornet needs Python 3.11 or newer and found none. Install it, or say where it is:" \
	"make PYTHON=/path/to/python3" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.run: requirements.txt | $(VENV)/.made
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt | $(VENV)/.made
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.txt
	$(if $(DUCKDB),$(BIN)/python -m pip install --quiet --no-deps duckdb==$(DUCKDB))
	@touch $@ $(VENV)/.run
