# Each target does its own set-up in .venv; `make PYTHON=/path/to/python3` chooses the interpreter.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo serve page wheel test check format bench screenshots lock clean
export PYTHON

help: ## Show this
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## Turn a video into a timeline; needs no model
	@scripts/setup run
	@.venv/bin/python scripts/demo.py

serve: ## Serve the page and the API on this machine; ARGS go to `sightline serve`
	@scripts/setup run
	@scripts/page build
	@.venv/bin/sightline serve $(ARGS)

page: ## Build the web page into src/sightline/page
	@scripts/setup run
	@scripts/page build

wheel: ## Build dist/sightline-*.whl, the page in it
	@scripts/setup run
	@scripts/page build
	@.venv/bin/python -m hatchling build --target wheel

test: ## Run the tests; ARGS="-k pool" chooses
	@scripts/setup dev
	@scripts/browser
	@scripts/page build
	@$(if $(ARGS),,scripts/page test)
	.venv/bin/pytest $(if $(ARGS),$(ARGS),-n 4 --dist loadfile --no-loadscope-reorder)

check: ## Check format, style, types and layers
	@scripts/setup dev
	@scripts/page check
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/pyright
	.venv/bin/lint-imports --no-logo

format: ## Bring the code into form
	@scripts/setup dev
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .
	@scripts/page format

bench: ## Measure; each file of benchmarks/ says what
	@scripts/setup dev
	@set -e; for file in benchmarks/*.py; do echo "$$file"; .venv/bin/python "$$file"; done

LOCK = uv pip compile pyproject.toml --group build --universal --python-version 3.11 \
	--generate-hashes --no-header --quiet $(if $(UPGRADE),--upgrade)

screenshots: ## Picture every page, light and dark, into out/screenshots
	@scripts/setup dev
	@scripts/browser
	@scripts/page build
	@.venv/bin/python docs/screenshots.py

lock: ## Renew the locks from pyproject.toml, with uv; UPGRADE=1 takes the newest
	$(LOCK) --output-file requirements.lock
	$(LOCK) --group test --group check --constraints requirements.lock \
		--output-file requirements-dev.lock

clean: ## Remove what these targets made
	rm -rf .venv .venv-peers .venv-peers.lock out build dist .coverage
	rm -rf web/node_modules web/build web/src/api/schema.d.ts src/sightline/page
	rm -rf .hypothesis .import_linter_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -prune -exec rm -rf {} +
