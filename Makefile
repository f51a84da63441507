# Orrery's commands. A first `make demo` or `make test` does all the set-up; stamps in .venv make later ones quick.
.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
BIN := .venv/bin
SOURCES := $(shell find frontend/src frontend/public 2>/dev/null) $(wildcard frontend/*.html frontend/*.json frontend/*.ts)

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .venv/runtime static/build/manifest.json ## install, build, and open the shipped recordings on http://127.0.0.1:8000
	$(BIN)/orrery demo

team: .venv/test static/build/manifest.json ## run a team's server here: PostgreSQL, Redis, web, watcher, worker and beat
	$(BIN)/python scripts/team

test: .venv/test static/build/manifest.json .venv/chromium ## install all that tests need, and run every test
	scripts/npm run check
	$(BIN)/pytest

lint: .venv/test frontend/node_modules/.stamp ## check style, types and the laws of the house
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	scripts/npm run lint

bench: .venv/test static/build/manifest.json .venv/chromium ## measure what the program costs, as a table
	$(BIN)/python -m bench

format: .venv/test frontend/node_modules/.stamp ## let the formatters rewrite the code
	$(BIN)/ruff check --fix --quiet .
	$(BIN)/ruff format .
	scripts/npm run format

lock: .venv/test ## write the locked requirements anew, after a change in pyproject.toml
	scripts/lock

.venv/runtime: requirements/runtime.txt pyproject.toml
	scripts/install runtime

.venv/test: requirements/test.txt pyproject.toml
	scripts/install test

.venv/chromium: .venv/test
	scripts/chromium

frontend/node_modules/.stamp: frontend/package.json frontend/package-lock.json
	scripts/npm ci
	touch $@

static/build/manifest.json: frontend/node_modules/.stamp $(SOURCES)
	scripts/npm run build
	touch $@

.PHONY: help demo team test lint bench format lock
