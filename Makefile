# make demo: solve and report the Greensboro example.  make test: every test.  Both make .venv first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
ORACLE := $(VENV)/.oracle

.PHONY: venv demo test lint bench lock clean

venv: $(STAMP)

$(STAMP): pyproject.toml requirements.lock
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "evplan needs Python 3.11 or newer; say make PYTHON=python3.12")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $(STAMP)

demo: venv
	$(BIN)/evplan solve instances/greensboro.yaml

$(ORACLE): $(STAMP) requirements-oracle.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements-oracle.lock
	touch $(ORACLE)

test: $(ORACLE)
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder --durations=25

lint: venv
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: venv
	$(BIN)/python benchmarks/registry.py

clean:
	rm -rf $(VENV) build dist *.egg-info

lock: venv
	$(BIN)/python -m pip uninstall --quiet --yes --requirement requirements-oracle.lock
	rm -f $(ORACLE)
	{ echo "# Every package of the environment, pinned: names and versions only. Made by: make lock"; \
	  $(BIN)/python -m pip freeze --exclude-editable | grep -v '^-e' ; } > requirements.lock
