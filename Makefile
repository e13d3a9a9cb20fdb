# Needs: Python 3.11 or newer, make, pip's package index. Everything else goes into .venv; delete it to start afresh.
VENV        ?= .venv
PYTHON      ?= $(firstword $(shell command -v python3.11 python3 python 2>/dev/null))
BIN         := $(VENV)/bin
STACK_READY := $(VENV)/.stack-ready
ALL_READY   := $(VENV)/.all-ready
# PyPI's Linux build of torch brings gigabytes of CUDA, so a machine without a GPU asks here first. Empty: PyPI only.
TORCH_INDEX_URL ?= $(if $(shell command -v nvidia-smi 2>/dev/null),,https://download.pytorch.org/whl/cpu)
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

# How many processes share the tests (0: none but this one), and how: each begins with tests that stand together, so that
# what a module sets up is set up once, and takes from the other's end when it has none left. Tests that count seconds
# want a core of their own, so that sharing is asked for.
WORKERS     ?= 0
SHARED      := -n $(WORKERS) --maxprocesses 8 --dist worksteal

MINUTES     ?= 30
TRAIN       ?=
LANGUAGE    ?=
# glibc would give every large tensor's memory back and fault it in again: a fifth of a training step.
KEEP_MEMORY := MALLOC_MMAP_THRESHOLD_=1073741824 MALLOC_TRIM_THRESHOLD_=4294967296

export OMP_NUM_THREADS ?= 1

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-quick check faults test-shippers train train-analyzer record constraints compose-up compose-down clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(ALL_READY) ## Make .venv with everything in it; .venv/bin/loglynx is the command

demo: $(STACK_READY) ## Run the whole stack on bilingual example logs and print what it finds
	@$(BIN)/loglynx demo

test: $(ALL_READY) ## Run every test; WORKERS=2: in two processes, where there are cores for more
	@$(BIN)/python -m pytest $(SHARED)

test-quick: $(ALL_READY) ## Run the unit tests
	@$(BIN)/python -m pytest $(SHARED) tests/unit

check: $(ALL_READY) ## Lint, types, import rules
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

faults: $(ALL_READY) ## Kill processes while logs flow, and count what was lost or doubled
	@$(BIN)/python -m pytest tests/faults

test-shippers: $(ALL_READY) ## Run real clients against the front door, through outages; fetches them into .shippers
	@$(BIN)/python -m pytest tests/shippers -rs

train: $(ALL_READY) ## Train the shipped model anew from the project's own logs; MINUTES=30, or TRAIN="--encoder-steps ..."
	@env -u OMP_NUM_THREADS $(KEEP_MEMORY) $(BIN)/python -m services.trainer.train --output models/default --minutes $(MINUTES) $(TRAIN)

train-analyzer: $(ALL_READY) ## Train the embedded analyzer's readers anew, and fit how much each counts; LANGUAGE="--minutes 60 ..."
	@$(BIN)/python -m services.trainer.datasets.incidents.generate --rows 30000 --seed 0 --output $(VENV)/incidents
	@$(BIN)/python -m services.trainer.fit_line_model --data $(VENV)/incidents --output models/analyzer
	@$(BIN)/python -m services.trainer.train_window_reader --models models/analyzer
	@$(KEEP_MEMORY) $(BIN)/python -m services.trainer.train_language_model --output models/analyzer/language_model $(LANGUAGE)
	@$(BIN)/python -m loglynx.fit_embedded --models models/analyzer

record: $(ALL_READY) ## Record anew what real servers log, working and broken; root, and what it says is absent
	@$(BIN)/python -m services.trainer.datasets.recorded.record $(SYSTEMS)

constraints: $(ALL_READY) ## Write the versions that .venv holds into constraints.txt
	@{ grep '^#' constraints.txt; \
	  $(BIN)/python -m pip freeze --exclude-editable --disable-pip-version-check | grep -v '^#' | sed -E 's/\+(cpu|cu[0-9]+)$$//'; \
	} > constraints.txt.new && mv constraints.txt.new constraints.txt

compose-up: ## Start the stack in containers
	@deploy/make-env && docker compose up -d --build --wait

compose-down: ## Stop the containers; data stays in the volumes
	@docker compose down

clean: ## Remove .venv and every cache
	@rm -rf $(VENV) .shippers .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "no Python found: install Python 3.11 or newer, or: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "$(PYTHON) is too old: Python 3.11 or newer is needed; or: make PYTHON=/path/to/python3"; exit 1; }
	@echo "making $(VENV) with $(PYTHON)"
	@$(PYTHON) -m venv $(VENV) || { echo "on Debian and Ubuntu: apt install python3-venv"; exit 1; }

# What it takes to run: no torch. An environment that holds everything holds this too.
$(STACK_READY): pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing the stack into $(VENV)"
	@$(PIP_INSTALL) -c constraints.txt -e '.[stack]'
	@touch $@

$(ALL_READY): pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing everything into $(VENV)"
	@test -z "$(TORCH_INDEX_URL)" || $(PIP_INSTALL) --no-deps -c constraints.txt --retries 1 --timeout 30 \
	  --extra-index-url "$(TORCH_INDEX_URL)" torch
	@$(PIP_INSTALL) -c constraints.txt -e '.[all,dev]'
	@touch $(STACK_READY) $@
