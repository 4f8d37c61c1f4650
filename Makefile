# PORT, DATA_DIR and DATABASE_URL reach every command from the environment or from the line: make run PORT=9000.
# PYTHON=/path/to/python3 chooses the interpreter; ARGS="-k money" is handed to pytest, ARGS="-n 0 -x" runs one process.

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
PAGE_TRIED := $(VENV)/.page-tried
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate

.DEFAULT_GOAL := help
.PHONY: help setup run test test-long lint format schema lifecycles graphiql lock bench bench-reads bench-growth bench-writes bench-page clean

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

setup: $(INSTALLED) $(PAGE_TRIED) ## Make the environment in .venv, and fetch the query page

run: setup ## Serve with demo data until Ctrl-C
	@exec $(BIN)/junction serve --demo

# Else each of a hundred processes that the tests start compiles the application anew.
test: export PYTHONDONTWRITEBYTECODE :=
test: setup ## Run the tests, in as many processes as there are processors
	@$(BIN)/pytest -n auto --maxprocesses=4 --dist=loadfile --no-loadscope-reorder $(ARGS)

test-long: setup ## Kill processes, try random commands and compare engines for longer than `make test` does
	@CRASH_OPERATIONS=3000 STATEFUL_EXAMPLES=300 AGREEMENTS=6000 \
		$(BIN)/pytest -s tests/faults tests/graphql/test_engines_agree.py $(ARGS)

lint: setup ## Check style, types and import directions
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: setup ## Format the code
	@$(BIN)/ruff check --fix-only
	@$(BIN)/ruff format

schema: setup ## Print the schema into schema.graphql
	@$(BIN)/junction schema > schema.graphql.new && mv schema.graphql.new schema.graphql

lifecycles: setup ## Print the tables of the lifecycles into docs/lifecycles.md
	@$(BIN)/junction lifecycles > docs/lifecycles.md.new && mv docs/lifecycles.md.new docs/lifecycles.md

graphiql: $(INSTALLED) ## Fetch the query page alone
	@$(BIN)/python scripts/fetch_graphiql.py

lock: setup ## Compile the locked requirements from pyproject.toml (LOCK_ARGS=--upgrade for newer versions)
	@$(LOCK) $(LOCK_ARGS) pyproject.toml --output-file requirements/runtime.txt
	@$(LOCK) $(LOCK_ARGS) pyproject.toml --extra dev --output-file requirements/dev.txt
	@$(LOCK) $(LOCK_ARGS) requirements/node.in --output-file requirements/node.txt

bench: bench-reads bench-growth bench-writes bench-page ## Run all benchmarks, into bench/RESULTS.md

bench-reads: setup ## Compare reads with other servers (ROUNDS=1 for a quick run)
	@$(BIN)/python -m bench.reads compare

bench-growth: setup ## Measure how reads slow down with larger pages and tables
	@$(BIN)/python -m bench.reads growth

bench-writes: setup ## Measure orders placed a second, beside a hand-written program (ROUNDS=1 for a quick run)
	@$(BIN)/python -m bench.writes compare

bench-page: setup ## Measure the customer page while vendors are well, dead or slow (ROUNDS=1 for a quick run)
	@$(BIN)/python -m bench.customer_page compare

clean: ## Remove .venv, the query page and all caches; data stays
	@rm -rf $(VENV) app/http/static/vendor .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -path ./.git -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

$(INSTALLED): requirements/dev.txt pyproject.toml
	@$(BIN)/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { python=$$(scripts/find-python) && "$$python" -m venv --clear $(VENV); }
	@echo "Installing the locked requirements into $(VENV)"
	@$(PIP) install --no-deps --require-hashes -r requirements/dev.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

# Once, so that a start without a network is not slowed down each time; `make graphiql` tries again.
$(PAGE_TRIED): $(INSTALLED) graphiql/package-lock.json
	@$(BIN)/python scripts/fetch_graphiql.py --optional
	@touch $@
