# Two commands do everything: `make demo` and `make test`. Both are idempotent and say what they do.
# Recipes use only what a machine with Python has; the virtual environment is .venv.

PYTHON ?= python3
VENV := .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif

# Tests run in two processes, so each computes on one core: threads that wait for each other would cost more than they give.
test test-full: export OMP_NUM_THREADS := 1

.PHONY: demo editor test test-full check install install-test bench clean

demo: install editor
	@$(BIN)/python -m tools.demo

test: install-test check
	@echo "== tests"
	@$(BIN)/python -m pytest -n 2 --dist worksteal -m "not full" --cov=graphcore --cov-report= tests
	@$(BIN)/python -m coverage report --fail-under=97
	@$(BIN)/python -m tools.branch_coverage 97
	@$(BIN)/python -m tools.editor unit browser

test-full: install-test check
	@echo "== tests, the heavy forms too"
	@$(BIN)/python -m pytest -n 2 --dist worksteal tests
	@$(BIN)/python -m tools.editor unit browser

check: install-test
	@echo "== ruff"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@echo "== mypy"
	@$(BIN)/mypy
	@$(BIN)/python -m tools.editor lint types

# Built while the package is installed; after that, whenever its sources changed.
editor: install
	@$(BIN)/python -m tools.editor

install: $(VENV)/installed
install-test: $(VENV)/installed-test

$(VENV)/python:
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" 2>/dev/null || { \
	  echo "Graphcore needs Python 3.11 or newer. Install it, or name one: make PYTHON=/path/to/python3.11 demo"; exit 1; }
	@echo "== making the virtual environment $(VENV)"
	@$(PYTHON) -m venv $(VENV) || { echo "Python cannot make a virtual environment; install its venv module (Debian: apt-get install python3-venv)."; exit 1; }
	@touch $@

$(VENV)/installed: $(VENV)/python pyproject.toml
	@echo "== installing Graphcore and what it needs (the first time takes minutes)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . || { \
	  echo "The installation failed; the lines above say which package. Check the network, then run make again."; exit 1; }
	@touch $@

$(VENV)/installed-test: $(VENV)/installed
	@echo "== installing what the tests need"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[test]" \
	  && $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps "spandrel>=0.4.1,<0.5" || { \
	  echo "The installation failed; the lines above say which package. Check the network, then run make again."; exit 1; }
	@touch $@

clean:
	@rm -rf $(VENV) web/node_modules server/pages/editor .demo .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage*
