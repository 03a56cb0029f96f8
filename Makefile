# One command each; `make` alone lists them. Another interpreter for the environment: make PYTHON=python3.12 setup
PYTHON ?= python3
VENV ?= .venv
STAMP := $(VENV)/.installed
RUN := $(VENV)/bin/python

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-of-tools test-of-parity slow lint parity report bench

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | while IFS="$$(printf '\t')" read -r name what; do printf 'make %-8s %s\n' "$$name" "$$what"; done

setup: $(STAMP)  ## create .venv and install the exact versions of constraints.txt

# Made again only when what is to be installed changes; an interrupted installation leaves no stamp and starts over.
$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@touch $@

demo: $(STAMP)  ## compare every layer with PyTorch on real images, train both networks briefly
	$(RUN) scripts/demo.py

test: test-of-tools test-of-parity  ## run every test but the slow ones; make -j2 test has both halves run at once

test-of-tools: $(STAMP)
	$(RUN) -m pytest -q tests

test-of-parity: $(STAMP)
	$(RUN) -m pytest -q parity_tests

slow: $(STAMP)  ## run the tests that take a minute or more: runs killed at random moments, every fault planted
	$(RUN) -m pytest -q -m slow

parity: $(STAMP)  ## one line per layer, loss, optimiser and network: the worst difference from PyTorch
	$(RUN) -m parity_tests check

report: $(STAMP)  ## the same as a page to look at, runs/report.html, with every planted fault: about a minute
	$(RUN) -m parity_tests report --bank --out runs/report.html

lint: $(STAMP)  ## check format and style
	$(RUN) -m ruff format --check .
	$(RUN) -m ruff check .

bench: $(STAMP)  ## time layers, training steps and forward passes beside PyTorch: runs/bench/bench.png, five to ten minutes
	$(RUN) -m benchmarks
