# `make serve` and `make test` are all that a fresh machine needs: make and any Python from 3.11 on.
# The environment is made once, and installed into again only when a lock file changes. The project itself is an
# editable install, which gives the environment its `dateline` command.
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check install --quiet
COMPILE := $(VENV)/lock/bin/uv pip compile pyproject.toml --quiet --upgrade --universal --python-version 3.11 \
	--generate-hashes --no-annotate --no-header --no-emit-index-url --exclude-newer "1 week"

.PHONY: serve test torture check format openapi lock bench bench-quick bench-names clean
.DELETE_ON_ERROR:

serve: $(VENV)/.serve
	@$(PY) -m api serve $(ARGS)

test: $(VENV)/.test
	@$(PY) -m pytest -n 2 $(ARGS)

check: $(VENV)/.test
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m basedpyright
	$(VENV)/bin/lint-imports --no-logo

format: $(VENV)/.test
	$(PY) -m ruff check --fix-only .
	$(PY) -m ruff format .

# 50 rounds of kill -9 in at most ten minutes; ARGS="ROUNDS SECONDS SEED" for others, or for the same again.
torture: $(VENV)/.test
	@$(PY) -m bench.torture $(ARGS)

openapi: $(VENV)/.serve
	@$(PY) -m api openapi

# Dateline beside its limits and its peers, which are installed on demand. The long one takes about forty minutes.
bench: $(VENV)/.test
	@$(PY) -m bench.speed --publish docs/performance.md $(ARGS)

bench-names: $(VENV)/.test
	@$(PY) -m bench.names $(ARGS)

bench-quick: $(VENV)/.test
	@$(PY) -m bench.speed --quick $(ARGS)

# The newest versions that are at least a week old, for every Python and platform at once. Hashes, but no index.
lock: $(PY)
	$(PY) -m venv $(VENV)/lock && $(VENV)/lock/bin/pip install --quiet uv==0.13.9
	$(COMPILE) --output-file requirements.txt --group build
	$(COMPILE) --output-file requirements-dev.txt --group build --group dev --constraint requirements.txt

clean:
	rm -rf $(VENV) build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache

$(VENV)/.serve: requirements.txt | $(PY)
	@echo "Installing the pinned dependencies into $(VENV), once ..." >&2
	@$(PIP) --require-hashes --only-binary :all: -r requirements.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.test: requirements-dev.txt $(VENV)/.serve
	@echo "Installing the pinned development tools into $(VENV), once ..." >&2
	@$(PIP) --require-hashes --only-binary :all: -r requirements-dev.txt
	@touch $@

# The Pythons that CI knows come first. Each is tried, because a name on the path may be a stub that runs nothing.
$(PY):
	@for python in $(PYTHON) python3.13 python3.12 python3.11 python3.14 python3; do \
		if $$python -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			exec $$python -m venv --clear $(VENV); \
		fi; \
	done; \
	echo "Dateline needs Python 3.11 or newer with its venv module; python3 here is: $$(python3 --version 2>&1)." >&2; \
	echo "Install one (Debian, Ubuntu: apt install python3-venv), or name it: make serve PYTHON=/path/to/python3" >&2; \
	exit 1
