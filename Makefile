# Everything starts here: `make run` needs make and Python 3.13, nothing else. `make help` lists the rest.

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

VENV := .venv
TOOLS := .tools
BIN := $(VENV)/bin

# The first interpreter that is a Python 3.13: a python3.13 or python3 on PATH, or one that pyenv keeps.
PYTHON ?= $(shell for python in python3.13 python3 "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/3.13*/bin/python3.13; do \
	"$$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 13))' 2>/dev/null \
	&& { echo "$$python"; break; }; done)

ARCHITECTURE := $(if $(filter aarch64 arm64,$(shell uname -m)),arm64,x86_64)

# A person sees what pip does, for the minute that it takes; a log gets one line.
QUIETLY := $(shell test -t 2 || echo --quiet)
INSTALL := -m pip install $(QUIETLY) --disable-pip-version-check --require-hashes -r
SAM := PATH="$(CURDIR)/$(BIN):$$PATH" SAM_CLI_TELEMETRY=0 $(TOOLS)/sam/bin/sam

LINT := $(BIN)/ruff format --check . && $(BIN)/ruff check .
# Three processes for two processors: tests wait for servers, browsers and other clients. tests/conftest.py has the order.
TEST := $(BIN)/pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder

# What Python compiled once (and pytest has rewritten) is kept: the tests start some hundred processes.
unexport PYTHONDONTWRITEBYTECODE

export URLS ?=
BENCH ?=
HOST ?= 127.0.0.1
EVENT ?= events/single-url.json
OPTIONS ?=
PORT ?= 5000
PAGES_PORT ?=

.PHONY: help
help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: venv ## Archive the sample pages (or URLS="https://... https://...") on this machine
	@set -f; exec $(BIN)/pressmark local run --archive archive $$URLS  # from the environment: & and ? in a URL are not the shell's

.PHONY: serve
serve: venv ## Keep the embedded AWS up (PORT=5000, HOST=127.0.0.1) and capture what is pushed to its queue (to look at an archive: pressmark web)
	@exec $(BIN)/pressmark local serve --archive archive --host $(HOST) --port $(PORT) $(if $(PAGES_PORT),--pages-port $(PAGES_PORT))

.PHONY: invoke
invoke: build ## Run the function on EVENT=events/single-url.json in Lambda's own container (needs Docker)
	@$(BIN)/pressmark local serve --archive archive --host 0.0.0.0 -- env $(SAM) local invoke CaptureFunction --event $(EVENT) \
		--env-vars events/env.json --add-host host.docker.internal:host-gateway --region us-east-1 \
		--parameter-overrides Architecture=$(ARCHITECTURE) $(OPTIONS)

.PHONY: check
check: venv ## Check format, lint and types and run the quick tests: a minute, for each change
	$(LINT)
	@$(MAKE) -j2 types quick-tests

.PHONY: test
test: ## Check format, lint and types and run all tests, foreign tools among them
	@$(MAKE) -j2 venv tools
	$(LINT)
	@$(MAKE) -j2 types all-tests

# Types are checked while the tests run: mypy takes twenty seconds of one processor when it has seen nothing yet.
.PHONY: types quick-tests all-tests
types:
	$(BIN)/mypy
quick-tests:  # wait for nobody: a third process would only collect all tests once more
	$(TEST) --numprocesses 2 -m "not e2e and not slow"
all-tests:
	$(TEST)

.PHONY: reliability
reliability: venv tools ## Kill and fail everything everywhere, for about half an hour; make test does a part of it
	RELIABILITY=full $(TEST) tests/reliability

.PHONY: bench
bench: build tools $(TOOLS)/peers/.installed $(TOOLS)/dynalite/.installed ## Measure speed and cost (needs nginx and wget)
	@PATH="$$PATH:/usr/sbin"; for program in nginx wget; do command -v $$program >/dev/null || { \
		echo "make: the benchmark needs $$program (Debian: apt-get install nginx-light wget)" >&2; exit 1; }; done
	@PYTHONPATH=src:. $(BIN)/python -m bench.run $(BENCH)

.PHONY: build
build: venv $(TOOLS)/sam/.installed ## Build the function for this machine's processor into .aws-sam/build
	$(SAM) build --parameter-overrides Architecture=$(ARCHITECTURE)

.PHONY: venv
venv: $(VENV)/.project ## Make the virtual environment .venv

.PHONY: tools
tools: $(TOOLS)/sam/.installed $(TOOLS)/emulator/.installed $(TOOLS)/replay/.installed $(TOOLS)/clients/.installed $(TOOLS)/openapi/.installed ## Make the foreign tools' environments in .tools

.PHONY: lock
lock: venv ## Lock what requirements/*.in ask for (needs the package index)
	$(COMPILE) requirements/function.in -o src/requirements.txt
	$(COMPILE) requirements/access.in -o layers/access/requirements.txt
	$(COMPILE) requirements/catalog.in -o layers/catalog/requirements.txt
	for input in $(filter-out $(patsubst %,requirements/%.in,function access catalog),$(wildcard requirements/*.in)); do \
		$(COMPILE) $$input -o $${input%.in}.txt || exit 1; done

.PHONY: clean
clean: ## Remove everything made here, but not ./archive
	rm -rf $(VENV) $(TOOLS) .aws-sam .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

NEED_PYTHON = test -n "$(PYTHON)" || { \
	echo "make: Pressmark needs Python 3.13 with its venv module (python3.13 or python3 on PATH, or pyenv's)." >&2; \
	echo "make: name another with  make PYTHON=/path/to/python3.13" >&2; exit 1; }

COMPILE = $(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --universal \
	--python-version 3.13 --custom-compile-command 'make lock'

# An environment is installed again when its lock file changes, into a fresh one: what was dropped is gone.
$(VENV)/.installed: requirements/dev.txt
	@$(NEED_PYTHON)
	@echo "installing requirements/dev.txt into $(VENV): about a minute, once" >&2
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python $(INSTALL) requirements/dev.txt
	@touch $@

$(VENV)/.project: $(VENV)/.installed pyproject.toml
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(TOOLS)/%/.installed: requirements/%.txt
	@$(NEED_PYTHON)
	@echo "installing requirements/$*.txt into $(TOOLS)/$*: about a minute, once" >&2
	@$(PYTHON) -m venv --clear $(TOOLS)/$*
	@$(TOOLS)/$*/bin/python $(INSTALL) requirements/$*.txt
	@touch $@

# A DynamoDB of other hands, for the write units it counts; without npm the benchmark counts by the documented rule alone.
$(TOOLS)/dynalite/.installed:
	@mkdir -p $(TOOLS)/dynalite
	@if command -v npm >/dev/null; then npm install --silent --no-audit --no-fund --prefix $(TOOLS)/dynalite dynalite@4.0.0; \
	else echo "make: no npm, so no dynalite: write units are counted by the documented rule alone" >&2; fi
	@touch $@

# Packages of npm, whose tests are skipped without them. Each alone: what is used of them needs none of what they depend on.
# ReplayWeb.page's two scripts; axe-core, which judges how accessible pages are; the Nu Html Checker, which needs Java.
replayweb_PACKAGE := replaywebpage-2.4.6
replayweb_SHA512 := b86e748c449195dd29f9f63bfa753121697b86f7e29ab78d8d299a36473f6bd6bc8017666fb3c7e09e362226febe093d2ab1ddd072d27154fef8b82a5797f0a5
axe_PACKAGE := axe-core-4.14.1
axe_SHA512 := 1477dafa598d8d065f273d6af302aa203c02e83131707b7fa648cd41bd3d6b734f8c22a0dab86ee6a6f64b8afbe804b214d36db85a2826965edfb3a0b9d546b5
vnu_PACKAGE := vnu-jar-26.9.27
vnu_SHA512 := 4e441de4315f39a582f5e6edbe8cd3b2b1f655aa1dde3620faface791133217c417b12f3f7ead2d8336d8e7efe44f5226618258b44a0860057e9125135e6b428
.PHONY: judges
judges: $(addprefix $(TOOLS)/,$(addsuffix /.installed,replayweb axe vnu)) ## Fetch what judges the pages: ReplayWeb.page, axe-core, the Nu Html Checker (needs npm)
$(TOOLS)/replayweb/.installed $(TOOLS)/axe/.installed $(TOOLS)/vnu/.installed: $(TOOLS)/%/.installed:
	@command -v npm >/dev/null || { echo "make: $@ needs npm" >&2; exit 1; }
	@mkdir -p $(TOOLS)/$*
	@cd $(TOOLS)/$* && npm pack --silent $(shell echo $($*_PACKAGE) | sed 's/-\([0-9]\)/@\1/') >/dev/null \
		&& echo "$($*_SHA512)  $($*_PACKAGE).tgz" | sha512sum --check --quiet \
		&& tar -xzf $($*_PACKAGE).tgz && rm $($*_PACKAGE).tgz
	@touch $@
