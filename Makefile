# `make trial` runs the main job, `make test` every test; both set up what they need in .venv first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: trial test check docs spark lock clean

trial: $(READY)
	$(BIN)/cereblon compare swog-s0777

test: $(READY)
	$(BIN)/python -m pytest -n 2 --dist worksteal

# All checks: format, lint, types, docs. CI runs the same target before the tests.
check: $(READY)
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet --site-dir build/site

docs: $(READY)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs serve

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/python -m compileall -q -j 2 $(VENV)/lib src || true  # else the first start of each command takes seconds more
	touch $@

# Spark, of 470 MB, for the tests that need it; with Java 17. It is not in the lock file, since everybody would load it.
spark: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "pyspark>=4.0,<4.1"

# Pin every dependency anew, with hashes; needs uv.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--group dev --extra adam --extra app --extra cohort --extra dask --extra docx --extra postgres --output-file requirements.lock pyproject.toml

clean:
	rm -rf $(VENV) build site .pytest_cache .mypy_cache .ruff_cache
