# Two commands do everything: `make demo` and `make test`. `make help` lists the others.

SWIFT_FLAGS := --explicit-target-dependency-import-check error
BIN := .build/release
RUN ?= runs/demo
TASK ?= rdm_fixed
SEED ?= 97

.PHONY: help set-up set-up-tests build mpi demo test lint format bench drills clean

help: ## What can be made.
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

set-up: ## Installs what is missing: Debian packages, a Python environment.
	@tools/set-up

set-up-tests: ## Installs what tests and benchmarks need besides: agents and tasks of others.
	@tools/set-up tests

build: set-up ## Builds the programs.
	swift build -c release $(SWIFT_FLAGS)

mpi: build ## Compiles, by the machine's mpicc, what ranks of mpirun and srun train together by.
	mpicc -std=c99 -O2 -Wall -Wextra -Werror -shared -fPIC \
		-o $(BIN)/liboperant-mpi.so deploy/mpi/operant_mpi.c

demo: build ## Trains a network on a task, between two processes, and draws how it decides.
	rm -rf $(RUN)
	$(BIN)/operant train $(TASK) --seed $(SEED) --run $(RUN)
	$(BIN)/operant evaluate $(RUN)
	.venv/bin/python -m operant.figures $(RUN)
	@echo "the picture is $(RUN)/figures/$(TASK).png"

test: set-up-tests lint ## Checks style, walls and schema, and passes all tests.
	Sources/CGymProto/check
	python/check
	swift build -c release $(SWIFT_FLAGS)
	swift build --build-tests $(SWIFT_FLAGS)
	OPERANT_PROGRAMS=$(CURDIR)/$(BIN) swift test --skip-build
	cd python && ../.venv/bin/python -m pytest -q
	cd python && ../.venv-peers/bin/python -m pytest -q --ignore tests/figures
	examples/own-task/check

lint: set-up-tests ## Checks the style of Swift and Python.
	swift format lint --strict --recursive Package.swift Sources Tests envs benchmarks examples
	.venv/bin/ruff check python benchmarks
	.venv/bin/ruff format --check python benchmarks
	cd python && ../.venv/bin/mypy

format: set-up-tests ## Lays out Swift and Python the way lint wants it.
	swift format format --in-place --recursive Package.swift Sources Tests envs benchmarks examples
	.venv/bin/ruff format python benchmarks

bench: set-up-tests mpi ## Measures speed beside peers and limits.
	$(BIN)/operant-bench
	.venv-peers/bin/python -W ignore benchmarks/python_client.py

drills: set-up-tests mpi ## Runs the fault drills in full, and prints what came out.
	swift build --build-tests $(SWIFT_FLAGS)
	OPERANT_DRILLS=full OPERANT_PROGRAMS=$(CURDIR)/$(BIN) \
		swift test --skip-build --no-parallel --filter Drills
	tools/fuzz 1000000
	tools/drills/slurm $(BIN) || [ $$? -eq 77 ]
	tools/drills/systemd $(BIN) || [ $$? -eq 77 ]

clean: ## Removes what was built; runs stay.
	rm -rf .build .venv .venv-peers examples/own-task/.build
