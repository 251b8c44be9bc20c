# `make help` says what there is. Everything is set up from committed locks; nothing needs root.
SHELL := /bin/sh
.DEFAULT_GOAL := help
UV_VERSION := 0.13.9
# A uv of the user's is taken as it is; otherwise one is installed into .uv, beside nothing else.
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
BIN := .venv/bin
# Compiled once here, not by each of Airflow's processes anew. On a terminal uv shows what it fetches.
SYNC := sync $(shell [ -t 2 ] || echo --quiet) --locked --compile-bytecode

.PHONY: help init demo dev server cluster cluster-down test test-all test-cluster test-postgres conformance options operator-pages soak-transfers bench-server bench-start bench-operators bench-transfer bench-rules bench-gang bench-environments bench-observe bench-sizing lint format clean

help: ## What there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

init: .longshore/init ## Set everything up from the committed locks (the other commands do it when it is due)
	@$(BIN)/python images/spark/bin/fetch-jars
	@$(BIN)/python images/spark/bin/build-jar
	@$(BIN)/python images/spark/bin/archive-classes

# Made anew also where somebody has removed a part of it.
ENVIRONMENTS := .venv images/spark/.venv images/delay-report/.venv
MISSING := $(filter-out $(wildcard $(ENVIRONMENTS)),$(ENVIRONMENTS))

.longshore/init: uv.lock pyproject.toml libs/pyproject.toml operators/pyproject.toml cli/pyproject.toml images/emr-containers/pyproject.toml \
		images/environments/pyproject.toml images/airflow/page/pyproject.toml images/spark/uv.lock images/spark/installed.pth images/delay-report/uv.lock \
		images/spark/bin/prepare-jars Makefile $(if $(MISSING),again) | $(UV)
	@echo "Setting up Airflow, the provider, the command line and the job server …"
	@$(UV) $(SYNC)
	@echo "Setting up the image spark …"
	@$(UV) $(SYNC) --project images/spark
	@for packages in images/spark/.venv/lib/python3.*/site-packages; do cp images/spark/installed.pth $$packages/; done
	@$(BIN)/python images/spark/bin/prepare-jars
	@echo "Setting up the image delay-report …"
	@$(UV) $(SYNC) --project images/delay-report
	@mkdir -p .longshore
	@touch $@

.PHONY: again
again:

.uv/bin/uv:
	@echo "Installing uv $(UV_VERSION) into .uv …"
	@python3 -m venv .uv && .uv/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION) || { rm -rf .uv; \
		echo "uv could not be installed: Python 3.11 or newer with its venv module is needed" \
		"(Debian and Ubuntu: apt install python3-venv), or a uv on the path." >&2; exit 1; }

demo: init ## Run the main job on this machine: PostgreSQL to an Iceberg lake, a mart, a picture
	@$(BIN)/longshore demo

dev: init ## Keep database, job server and Airflow's page up until Ctrl-C
	@$(BIN)/longshore dev

server: init ## Keep the job server alone up until Ctrl-C: EMR Containers for any AWS client
	@$(BIN)/longshore server

cluster: init ## Bring the platform up on a kind cluster of this machine (needs Docker)
	@$(BIN)/longshore cluster up

cluster-down: init ## Remove the kind cluster, with all data in it
	@$(BIN)/longshore cluster down

test: init ## Test what changes most: units, the API, the DAGs, and one whole run of the main job
	@$(BIN)/python tests/tier.py test

test-all: init ## Run all tests that need no cluster
	@$(BIN)/python tests/tier.py test-all

test-cluster: init ## Run the tests on the cluster; one is made for them, and removed, where there is none
	@tests/cluster/run

test-postgres: init ## Run the tests of the transfers with PostgreSQL 14, 15, 16 and 17 instead of 18
	@for major in 14 15 16 17; do \
		echo "PostgreSQL $$major:"; LONGSHORE_TEST_POSTGRES=$$major $(BIN)/python -m pytest -q tests/transfers || exit; done

conformance: init ## Run the job server's conformance suite, and write docs/conformance.md anew
	@LONGSHORE_WRITE_CONFORMANCE=1 LONGSHORE_TEST_MOTO=1 $(BIN)/python -m pytest -q tests/conformance

options: init ## Write the table of an environment's options in docs/environments/using.md again
	@LONGSHORE_WRITE_OPTIONS=1 $(BIN)/python -m pytest -q tests/docs/test_environment_options.py

operator-pages: init ## Write the pages of docs/operators again from the operators' docstrings
	@PYTHONPATH=tests LONGSHORE_WRITE_OPERATOR_PAGES=1 $(BIN)/python -m pytest -q tests/docs/test_operator_pages.py

soak-transfers: init ## Move tables of any kind until Ctrl-C or a fault (SEED=7 goes on from there)
	@PYTHONPATH=tests $(BIN)/python -m transfers.soak $(SEED)

bench-server: init ## Measure the job server; the last line is one JSON object
	@PYTHONPATH=tests $(BIN)/python -m bench.server

bench-start: init ## Measure the start of Spark and of a small transfer; the last line is one JSON object
	@PYTHONPATH=tests $(BIN)/python -m bench.start

bench-rules: init ## Measure what the rules of transfers cost (LONGSHORE_ROWS=5000000); the last line is one JSON object
	@PYTHONPATH=tests $(BIN)/python -m bench.rules

bench-operators: init ## Measure a thousand waiting tasks, and parsing of 700 files; the last line is one JSON object
	@PYTHONPATH=tests $(BIN)/python -m bench.operators

bench-transfer: init ## Measure a table to the lake and back, beside dlt and others (ROWS=, TURNS=, PROGRAMS=)
	@PYTHONPATH=tests $(BIN)/python -m bench.transfer $(if $(ROWS),--rows $(ROWS)) $(if $(TURNS),--turns $(TURNS)) \
		$(if $(PROGRAMS),--programs $(PROGRAMS))

bench-gang: init ## Measure gangs on fake nodes of the kind cluster, YuniKorn beside the default scheduler
	@PYTHONPATH=tests $(BIN)/python -m bench.gang

bench-environments: init ## Measure environments on the kind cluster: coming up, a push, waking, memory
	@PYTHONPATH=tests $(BIN)/python -m bench.environments

bench-observe: init ## Measure metrics and logs on the kind cluster, idle and under a flood of lines (MINUTES=)
	@PYTHONPATH=tests $(BIN)/python -m bench.observe $(if $(MINUTES),--minutes $(MINUTES))

bench-sizing: init ## Measure sizes from earlier runs beside guessed and tight ones, at most an hour (JOBS=, ROUNDS=)
	@PYTHONPATH=tests $(BIN)/python -m bench.sizing $(if $(JOBS),--jobs $(JOBS)) $(if $(ROUNDS),--rounds $(ROUNDS))

lint: init ## Check format, style, types and layers
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/mypy --python-executable images/spark/.venv/bin/python images/spark/app
	@PYTHONPATH=images/spark/app $(BIN)/lint-imports

format: init ## Format the code, and mend what can be mended by itself
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

clean: ## Remove what was set up and made here: environments, lake, logs, secrets
	@rm -rf .longshore .venv .uv images/*/.venv images/spark/.jars
