# `make` lists what there is. Everything runs in .venv, which the first target that needs it makes.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= $(shell for p in python3 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
export PYTHONPATH := $(CURDIR)/plugins
unexport PYTHONDONTWRITEBYTECODE  # with its bytecode kept, Airflow starts twice as fast

# The demo keeps its state apart from a real shop's.
ifdef INBOX
run: export SHOPWATCH_INBOX := $(abspath $(INBOX))
else
run: export SHOPWATCH_HOME ?= $(CURDIR)/data/demo
run: DEMO := --demo
endif

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  \033[1m%-12s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/run  ## watch the demo shop's nights, or your own exports: make run INBOX=<folder>
	@$(BIN)/python scripts/run_nights.py $(DEMO)

test: $(VENV)/dev  ## all tests but the slow ones
	@$(BIN)/python -m pytest -m "not slow" -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(ARGS)

check: $(VENV)/dev  ## lint, and the tests beside what changed since main
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy plugins/shopwatch demo
	@$(BIN)/python scripts/check_changed.py

test-slow: $(VENV)/dev  ## the slow tests, or a part of them: make test-slow PART=1/12
	@$(BIN)/python -m pytest -m slow $(if $(PART),--part $(PART)) $(ARGS)

lint: $(VENV)/dev  ## style, types, and every SQL model
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy plugins/shopwatch demo
	@$(BIN)/python scripts/check_sql.py

bench: $(VENV)/run  ## what loading and judging cost beside the least that DuckDB needs, and what rules find: make bench SIZE=<megabytes> TURNS=<number>
	@$(BIN)/python scripts/bench.py $(if $(SIZE),--size $(SIZE)) $(if $(TURNS),--turns $(TURNS))
	@$(BIN)/python scripts/bench_judge.py
	@$(BIN)/python scripts/bench_unusual.py
	@$(BIN)/python scripts/bench_demand.py
	@$(BIN)/python scripts/bench_nights.py
	@$(BIN)/python scripts/bench_peers.py

up: $(VENV)/run  ## Airflow with its UI on http://localhost:8080 (one machine, SQLite)
	@bash scripts/up.sh

audit: $(VENV)/dev  ## known faults of the locked packages, as PyPI's advisories tell them (needs the network)
	@$(BIN)/python scripts/audit.py requirements.txt requirements-lake.txt requirements-dev.txt

screenshots: $(VENV)/dev  ## the README's pictures, from the demo (needs chromium)
	@$(BIN)/python scripts/screenshots.py

docs: $(VENV)/run  ## the lists of exports, KPIs and rules in docs/, and the rules' schema
	@$(BIN)/python scripts/write_docs.py

lock:  ## make the locks again from the .in files
	uv pip compile requirements.in -o requirements.txt --universal --python-version 3.11 --generate-hashes --no-header -q
	uv pip compile requirements-lake.in -o requirements-lake.txt --universal --python-version 3.11 --generate-hashes --no-header -q
	uv pip compile requirements-dev.in -o requirements-dev.txt --universal --python-version 3.11 --generate-hashes --no-header -q

clean:  ## remove the virtual environment, caches and the demo's state (never data of your own)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis data/demo
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/run: requirements.txt
	@bash scripts/venv.sh "$(PYTHON)" $(VENV) requirements.txt
	@touch $@

$(VENV)/dev: $(VENV)/run requirements-dev.txt
	@bash scripts/venv.sh "$(PYTHON)" $(VENV) requirements-dev.txt
	@touch $@

.PHONY: help run test check test-slow lint bench up audit screenshots docs lock clean
