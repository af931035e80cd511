# Shousi. `make run` serves everything on this machine; `make test` tests it; see README.md.
PYTHON ?= python3
PORT ?= $(or $(SHOUSI_PORT),8000)
SHELL := /bin/sh

.PHONY: run test known verifyproblem fuzz bench setup setup-dev lint format lock images clean

run: setup
	@PORT=$(PORT) exec .venv/bin/shousi serve --port $(PORT) --exit-with-parent

setup:
	@$(PYTHON) tools/environments.py

setup-dev:
	@$(PYTHON) tools/environments.py --dev

# Three processes on two cores: many tests wait, for a lease to run out or a process to start.
test: setup-dev lint
	.venv/bin/python -m pytest -n 3 --dist loadscope --no-loadscope-reorder

# Kattis's own verifyproblem over problems/; needs gcc, Java, Node, Rust and Go.
verifyproblem: setup
	@$(PYTHON) tools/verifyproblem.py

# After a change of a problem: how its mutants fail, so that their mistakes are known at once.
known: setup
	.venv/bin/python -m tools.known_mistakes

lint: setup-dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports --no-cache

# The parser of what a jail sends; x86-64 only.
FUZZ_SECONDS ?= 60
fuzz:
	$(PYTHON) -m venv .venv-fuzz
	.venv-fuzz/bin/pip install --quiet --require-hashes -r requirements/fuzz.txt
	.venv-fuzz/bin/python tools/fuzz.py $(FUZZ_SECONDS)

format: setup-dev
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

bench: setup-dev
	.venv/bin/python -m bench
	.venv/bin/python -m bench.jails
	.venv/bin/python -m bench.posting

# For `docker compose up` and SHOUSI_SANDBOX=docker.
images:
	docker build --target runner --tag shousi-runner .
	docker build --target server --tag shousi-server .

# After a change of requirements/*.in; needs uv.
lock:
	for name in server runner dev problemtools fuzz; do \
	  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	    --output-file requirements/$$name.txt requirements/$$name.in || exit 1; done

clean:
	rm -rf .venv .venv-runner .venv-fuzz .cache build *.egg-info
