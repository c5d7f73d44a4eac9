.PHONY: setup demo test lint types check bench docs screenshots clean
PYTHON ?= python3
BIN := .venv/bin

setup: .venv/.ready

.venv/.ready: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "perfconsole needs Python 3.11 or later; name one with make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

demo: setup
	@$(BIN)/perfconsole demo

# Compiled once: where Python may write no bytecode, each of the many processes would do it again.
test: setup check
	$(BIN)/python -m compileall -q src
	$(BIN)/python -m pytest -n 4 --dist worksteal -m 'not clock'
	$(BIN)/python -m pytest -n 2 --dist worksteal -m clock

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

check: lint types

# ROWS="get tls" measures these alone, FLAGS=--quick only shows that all of it works, K6=/path/k6
# adds k6. Locust and k9-load live apart: what they need is not what we need.
bench: setup
	@$(MAKE) --no-print-directory .venv-bench/.ready || \
	  echo "Locust and k9-load could not be installed: the bench goes on without them"
	$(BIN)/python bench/run.py $(FLAGS) $(ROWS)

.venv-bench/.ready: pyproject.toml
	$(PYTHON) -m venv .venv-bench
	$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["bench"], sep="\n")' > .venv-bench/peers.txt
	.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check -r .venv-bench/peers.txt
	@touch $@

docs: setup
	$(BIN)/python docs/make.py
	$(BIN)/python docs/make_api.py

screenshots: setup
	$(BIN)/python screenshots/make.py

clean:
	rm -rf .venv .venv-bench build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
