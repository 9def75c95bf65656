# Two commands do everything: `make demo` and `make test`. `make help` lists the others.

SWIFT_FLAGS := --explicit-target-dependency-import-check error
BIN := .build/release
RUN ?= runs/demo
TASK ?= rdm_fixed
SEED ?= 97

.PHONY: help set-up build demo test lint format bench clean

help: ## What can be made.
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

set-up: ## Installs what is missing: Debian packages, a Python environment.
	@tools/set-up

build: set-up ## Builds the programs.
	swift build -c release $(SWIFT_FLAGS)

demo: build ## Trains a network on a task, between two processes, and draws how it decides.
	rm -rf $(RUN)
	$(BIN)/operant train $(TASK) --seed $(SEED) --run $(RUN)
	$(BIN)/operant evaluate $(RUN)
	.venv/bin/python -m operant.figures $(RUN)
	@echo "the picture is $(RUN)/figures/$(TASK).png"

test: set-up lint ## Checks style, walls and schema, and passes all tests.
	Sources/CGymProto/check
	swift build -c release $(SWIFT_FLAGS)
	swift build --build-tests $(SWIFT_FLAGS)
	OPERANT_PROGRAMS=$(CURDIR)/$(BIN) swift test --skip-build
	cd python && ../.venv/bin/python -m pytest -q

lint: set-up ## Checks the style of Swift and Python.
	swift format lint --strict --recursive Package.swift Sources Tests envs benchmarks
	.venv/bin/ruff check python
	.venv/bin/ruff format --check python
	cd python && ../.venv/bin/mypy

format: set-up ## Lays out Swift and Python the way lint wants it.
	swift format format --in-place --recursive Package.swift Sources Tests envs benchmarks
	.venv/bin/ruff format python

bench: set-up build ## Measures speed beside peers and limits.
	$(BIN)/operant-bench

clean: ## Removes what was built; runs stay.
	rm -rf .build .venv
