# Every target sets up what it needs first. `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
ARGS ?=

help: ## show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## make the virtual environment and install everything into it

$(STAMP): pyproject.toml scripts/setup.sh
	@sh scripts/setup.sh $(VENV)
	@touch $(STAMP)

run: $(STAMP) ## run the sample suite and report: the product's main job (ARGS="--quick")
	@# Without -u the `make benchmark` inside would take ARGS for its own.
	@env -u ARGS PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/bench-agent run $(ARGS)

benchmark: $(STAMP) ## the sample suite alone, as pytest-benchmark shows it; what `bench-agent run` calls
	@$(BIN)/python -m pytest tests/benchmark $(ARGS)

test: $(STAMP) ## the tests but the long ones, three at a time (ARGS="-k name"; ARGS=--cov for coverage)
	@# The tests are compiled once, also where PYTHONDONTWRITEBYTECODE is set: half of what collecting them costs.
	env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest -q -n 3 --dist worksteal -m "not long" $(ARGS)

test-long: $(STAMP) ## the tests that search and measure for many seconds each
	env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest -q -n 3 --dist worksteal -m long --durations=15 $(ARGS)

test-failed: $(STAMP) ## the tests that failed the last time, once more
	$(BIN)/python -m pytest -v --last-failed --last-failed-no-failures none $(ARGS)

e2e: $(STAMP) ## end to end with the real Claude Code client, which it installs into .cache/
	$(BIN)/python -m pytest -n 2 --dist loadfile tests/e2e $(ARGS)

check: $(STAMP) ## formatting, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(STAMP) ## put the code into its format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

golden: $(STAMP) ## write the golden outputs again; read the difference before committing it
	BENCH_AGENT_GOLDEN=1 $(BIN)/python -m pytest tests/render $(ARGS)

docs: $(STAMP) ## write docs/commands.md from the help texts
	$(BIN)/python scripts/write_command_docs.py

schemas: $(STAMP) ## write the JSON Schemas from the records they describe
	$(BIN)/python scripts/write_schemas.py

plugin: $(STAMP) ## write the plugin for Claude Code and this project's /benchmark from the command's text
	$(BIN)/python scripts/write_plugin.py

transcripts: $(STAMP) ## record the terminal output that the documentation shows (minutes)
	$(BIN)/python scripts/record_transcripts.py $(ARGS)

calibrate: $(STAMP) ## measure what the product claims: accuracy, false alarms, overhead (minutes)
	$(BIN)/python tests/calibration/all.py $(ARGS)

torture: $(STAMP) ## kills, planted files, full disks, odd names, moved clocks: nothing of the user's may change (ARGS="--kills 100")
	$(BIN)/python tests/torture/torture.py $(ARGS)

dist: $(STAMP) ## build wheel and sdist twice, compare them, install and try them as people do
	$(BIN)/python scripts/make_dist.py $(ARGS)

clean: ## remove what these targets made
	rm -rf $(VENV) .cache .pytest_cache .mypy_cache .ruff_cache build dist

.PHONY: help setup run benchmark test test-long test-failed e2e check format golden docs schemas plugin transcripts calibrate torture dist clean
