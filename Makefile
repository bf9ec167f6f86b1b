# Every target sets up what it needs: a virtual environment with the locked dependencies, hashes checked.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SET_UP := $(VENV)/.set-up
# checkov wants another botocore than the product, so it has an environment of its own.
CHECKOV_VENV := .venv-checkov
CHECKOV := $(CHECKOV_VENV)/.set-up

.PHONY: help
help: ## Show what can be made.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

$(SET_UP): requirements/dev.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("logtally needs Python 3.11 or newer; say where: make PYTHON=python3.13" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

$(CHECKOV): requirements/checkov.txt
	$(PYTHON) -m venv $(CHECKOV_VENV)
	$(CHECKOV_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements/checkov.txt
	@touch $@

.PHONY: demo
demo: $(SET_UP) ## Show the whole thing at work, on this machine only, in a minute.
	@$(BIN)/logtally demo

.PHONY: up
up: $(SET_UP) ## Start a local cloud, a worker and the API, and keep them until Ctrl-C.
	@$(BIN)/logtally local up

.PHONY: check
check: $(SET_UP) ## Lint, types, import contracts, lock files.
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/mypy .github/scripts
	@$(BIN)/lint-imports --no-cache

.PHONY: test
test: $(SET_UP) $(CHECKOV) ## All checks and all tests.
	@began=$$(date +%s) && $(MAKE) --no-print-directory check && \
	CHECK_S=$$(($$(date +%s) - began)) $(BIN)/pytest --numprocesses auto --dist loadgroup

.PHONY: model
model: $(SET_UP) ## Explore every state of the protocol in small worlds, on two cores: about ten minutes.
	@$(BIN)/python -m tests.model

.PHONY: faults
faults: $(SET_UP) ## Kill workers under load; then let every one and every two things go wrong, at every call: hours.
	@$(BIN)/python -m tests.kills
	@$(BIN)/python -m tests.faults

.PHONY: soak
soak: $(SET_UP) ## Load, faults and restarts for ten minutes, and what it took.
	@$(BIN)/python -m tests.soak > /dev/null

.PHONY: backfill
backfill: $(SET_UP) ## Count a full bucket, again, with kills, and beside a worker.
	@$(BIN)/python -m tests.backfills > /dev/null

.PHONY: bench
bench: $(SET_UP) ## Measure, each figure against a rival in the same run.
	@$(BIN)/python -m bench.analysis
	@$(BIN)/python -m bench.presets
	@$(BIN)/python -m bench.jobs
	@$(BIN)/python -m bench.promise
	@$(BIN)/python -m bench.api

# What ships is resolved within what is tested.
LOCK := $(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --universal --python-version 3.11 --no-header
.PHONY: lock
lock: $(SET_UP) ## Resolve the dependencies anew, with hashes.
	@$(LOCK) pyproject.toml --extra dev --output-file requirements/dev.txt
	@$(LOCK) pyproject.toml --constraint requirements/dev.txt --no-annotate --output-file requirements/run.txt
	@$(LOCK) --group pyproject.toml:build --constraint requirements/dev.txt --no-annotate --output-file requirements/build.txt
	@$(LOCK) --group pyproject.toml:checkov --output-file requirements/checkov.txt
