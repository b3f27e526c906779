# Needs make and Python >= 3.11. Everything else is installed into the checkout (see tools/setup.py).

PYTHON := $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { command -v $$p; break; }; done)
RUN := .venv/bin/python

.PHONY: help setup demo demo-once test lint bench screenshots clean
.DEFAULT_GOAL := help

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

setup: ## install everything into the checkout (the other targets do it by themselves)
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed and was not found." >&2; exit 1; }
	@"$(PYTHON)" -m tools.setup

demo: setup ## run the whole system with sample data until Ctrl-C
	@exec $(RUN) manage.py demo

demo-once: setup ## run a fixed scenario to its end and compare what both sides hold
	@exec $(RUN) manage.py demo --once

test: setup ## run all tests (those with a browser where a Chromium is found)
	@exec $(RUN) -m pytest -n auto --dist loadfile

lint: setup ## ruff, mypy, import contracts, known vulnerabilities
	@exec $(RUN) -m tools.lint

bench: setup ## measure against bare baselines of the same run
	@exec $(RUN) -m tests.bench

screenshots: setup ## make the documentation's pictures anew (needs a Chromium)
	@exec $(RUN) -m tests.browser.screenshots

clean: ## remove everything the targets above have made
	@if [ -x $(RUN) ] && [ -d .run ]; then $(RUN) -m connectify.embedded .run; fi
	rm -rf .run .venv .uv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis staticfiles
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
