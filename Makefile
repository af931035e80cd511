# Shousi. `make run` serves everything on this machine; `make test` tests it; `make help` lists all.
PYTHON ?= python3
PORT ?= $(or $(SHOUSI_PORT),8000)
SHELL := /bin/sh

.PHONY: help run test test-postgres coverage known verifyproblem fuzz chaos bench setup setup-dev lint format messages editor editor-check math-font math-font-check lock images clean

help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

run: setup ## Serve everything on this machine, on PORT (8000)
	@PORT=$(PORT) exec .venv/bin/shousi serve --port $(PORT) --exit-with-parent

setup: ## Make the two Python environments
	@$(PYTHON) tools/environments.py

setup-dev: ## The same, with what tests and linters need
	@$(PYTHON) tools/environments.py --dev

# Four processes on two cores: many tests wait, for a lease to run out or a process to start. Each
# would compile all sources anew, as would what it starts, where the environment forbids bytecode.
# The linters run beside the tests, since mypy's first run takes half a minute of one core.
T ?=
test: setup-dev ## Linters and tests, all with SHOUSI_REQUIRE_ALL=1, or of one path: make test T=tests/unit/judge
	@{ said=$$($(MAKE) --no-print-directory lint 2>&1) || { echo "$$said"; exit 1; }; } & lint=$$!; \
	PYTHONDONTWRITEBYTECODE= .venv/bin/python -m pytest -n 4 --dist loadscope --no-loadscope-reorder $(T); \
	tests=$$?; wait $$lint || { echo "make lint fails: see above"; exit 1; }; exit $$tests

# Unit tests run on both kinds of database anyway, and those of packages and jails need none.
# SAMPLE=1, a minute: submissions, batches, boards, a page's form, a lease that runs out, an upload.
ON_POSTGRES = $(if $(SAMPLE),$(SAMPLED),tests/faults tests/e2e tests/browser tests/integration)
API = tests/integration/api/test_api
SAMPLED = $(API)_submissions.py $(API)_batches.py $(API)_boards.py \
  tests/integration/pages/test_pages_submitting.py \
  tests/faults/test_workers_lost.py::test_a_worker_killed_while_judging \
  tests/integration/uploads/test_uploads_over_http.py::test_a_sound_package_is_published_and_can_be_solved
test-postgres: setup-dev ## The tests that start a service, on PostgreSQL
	PYTHONDONTWRITEBYTECODE= SHOUSI_TESTS_DATABASE=postgres .venv/bin/python -m pytest -n 4 --dist loadscope --no-loadscope-reorder $(or $(T),$(ON_POSTGRES))

coverage: setup-dev ## The tests, and which branches they take; fails below the floor
	PYTHONDONTWRITEBYTECODE= .venv/bin/python -m pytest -n 4 --dist loadscope --no-loadscope-reorder --cov $(T)

# Kattis's own verifyproblem over problems/; needs gcc, Java, Node, Rust and Go. Seven minutes on two
# cores: with CHANGED=1 only what has not passed as it is (tools/verified.json). Quizzes are left out:
# the tool doesn't support `submit-answer` yet and wants programs.
PROGRAMS = $(filter-out $(dir $(wildcard problems/*/quiz.yaml)),$(dir $(wildcard problems/*/problem.yaml)))
verifyproblem: setup ## Kattis's own check of the packages in problems/
	@$(PYTHON) tools/verifyproblem.py $(if $(CHANGED),--changed) $(PROGRAMS)

# After a change of a problem: how its mutants fail, so that their mistakes are known at once.
known: setup ## After a change of a problem: how its mutants fail
	.venv/bin/python -m tools.known_mistakes

lint: setup-dev ## ruff, mypy, import-linter
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports --no-cache

# The parser of what a jail sends; x86-64 only.
FUZZ_SECONDS ?= 60
fuzz: ## Fuzz the parser of what a jail sends, for FUZZ_SECONDS
	$(PYTHON) -m venv .venv-fuzz
	.venv-fuzz/bin/pip install --quiet --require-hashes -r requirements/fuzz.txt
	.venv-fuzz/bin/python tools/fuzz.py $(FUZZ_SECONDS)

format: setup-dev ## Mend what ruff can mend
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

# Root, an engine with compose, PostgreSQL and gcc each add to what it can break; what is missing is
# named in the page. Half an hour on two cores; after MINUTES no further fault strikes. N=200 for a look.
N ?= 2000
SEED ?= 20261
MINUTES ?= 60
chaos: setup-dev ## Break every process of the service in turn, under load; writes docs/reliability.md
	.venv/bin/python -m tests.chaos $(N) --seed $(SEED) --minutes $(MINUTES)

bench: setup-dev ## The benchmarks
	.venv/bin/python -m bench
	.venv/bin/python -m bench.jails
	.venv/bin/python -m bench.posting
	.venv/bin/python -m bench.waiting
	.venv/bin/python -m bench.worker_cost

# For `docker compose up` and SHOUSI_SANDBOX=docker.
images: ## The container images, for docker compose and SHOUSI_SANDBOX=docker
	docker build --target runner --tag shousi-runner .
	docker build --target server --tag shousi-server .

# After a change of a text in the pages: then translate what it names, in api/pages/locale/.
messages: setup-dev ## After a change of the pages' texts: collect them for translation
	.venv/bin/python -m tools.messages

# After a change in api/pages/editor/; needs npm.
editor: ## After a change in api/pages/editor/: build the pages' editor (needs npm)
	@$(PYTHON) tools/editor.py

editor-check: ## Whether the editor in the tree is what its sources give (needs npm)
	@$(PYTHON) tools/editor.py --check

# After a change of tools/math_font.py; needs npm.
math-font: ## After a change of tools/math_font.py: cut the pages' mathematical font (needs npm)
	@$(PYTHON) tools/math_font.py

math-font-check: ## Whether the font in the tree is what its sources give (needs npm)
	@$(PYTHON) tools/math_font.py --check

# After a change of requirements/*.in; needs uv.
lock: ## Lock the libraries anew after a change of requirements/*.in (needs uv)
	for name in server runner dev problemtools fuzz font; do \
	  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	    --output-file requirements/$$name.txt requirements/$$name.in || exit 1; done

clean: ## Remove the environments and caches
	rm -rf .venv .venv-runner .venv-fuzz .cache build *.egg-info
