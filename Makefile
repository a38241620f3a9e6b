# Everything runs in the project's own .venv; nothing outside this folder is touched.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DB ?= stories.db

.PHONY: help demo run test test-all test-browser reliability screenshots docs reference drawings check lint lock audit coverage bench bench-small clean

help:
	@echo "make demo      the main job over the bundled news day, on loopback (no network but the package registry)"
	@echo "make run       the main job over the live sources of config.yaml, into $(DB)"
	@echo "make test      the test suite        make test-all  with the slow ones"
	@echo "make test-browser  the web pages by a Chromium that is here (\$$CHROMIUM, else chromium)"
	@echo "make reliability   the tests of the 123 cases, and the table of docs/reliability.md"
	@echo "make screenshots   the pictures of docs/web.md"
	@echo "make docs      the site, into site/      make drawings  what it draws from schema and news day (needs Graphviz)"
	@echo "make reference     what docs/cli.md, configuration.md and database.md have from the code"
	@echo "make bench     all speeds, beside the peers, into bench/results (hours)    make bench-small  in two minutes"
	@echo "make lock      requirements.lock anew, with hashes    make audit  known vulnerabilities of what it names"
	@echo "make lint      ruff, mypy --strict, import contract      make coverage"

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Retold needs Python 3.11 or newer; say which: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: $(BIN)/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[web]'
	@touch $@

$(VENV)/.dev: $(BIN)/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

$(VENV)/.bench: $(BIN)/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[bench]'
	@touch $@

demo: $(VENV)/.demo
	$(BIN)/retold demo --keep demo.db

run: $(VENV)/.demo
	$(BIN)/retold run --config config.yaml --db $(DB)

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2 --dist worksteal

test-all: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2 --dist worksteal -m 'not browser'

test-browser: $(VENV)/.dev
	$(BIN)/python -m pytest -rs -m browser tests/browser

reliability: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2 --dist worksteal -m 'case and not browser' --cases docs/reliability.md tests

screenshots: $(VENV)/.dev
	$(BIN)/python -m tools.screenshots docs/screenshots

$(VENV)/.docs: $(BIN)/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[docs]'
	@touch $@

docs: $(VENV)/.docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet
	@$(BIN)/python -m tools.docsite.offline site

drawings: $(VENV)/.bench
	$(BIN)/python -m tools.schema_diagram
	$(BIN)/python -m bench.principles

reference: $(VENV)/.dev
	$(BIN)/python -m tools.reference

coverage: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2 --cov=pipeline --cov=spiders --cov-report=term

bench: $(VENV)/.bench
	$(BIN)/python -m bench

bench-small: $(VENV)/.bench
	$(BIN)/python -m bench --small

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

$(VENV)/.supply: $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.5' 'pip-audit>=2.7'
	@touch $@

lock: $(VENV)/.supply
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --extra web --generate-hashes --upgrade \
	  --no-config --no-annotate --custom-compile-command 'make lock' -o requirements.lock pyproject.toml tools/build.in

audit: $(VENV)/.supply
	@$(BIN)/python tools/audit.py

check: test lint

clean:
	rm -rf $(VENV) build dist site *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
