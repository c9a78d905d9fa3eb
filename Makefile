# Everything that the project does, from a fresh clone with Python 3.11+, git and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --prefer-binary --constraint requirements.lock
AGENCY ?= hannangam
YEAR ?= 2568

.PHONY: report test test-slow test-browser lint format gallery bench lab lock clean

report: $(VENV)/core.done ## the real demo report, as HTML, PDF and Word
	$(BIN)/ita-nb report $(AGENCY) --year $(YEAR)

test: $(VENV)/dev.done ## every test that needs no system package
	$(BIN)/python -m pytest -m "not browser and not slow" --numprocesses auto --dist loadfile

test-slow: $(VENV)/dev.done ## faults with real processes, and a cluster: minutes
	$(BIN)/python -m pytest -m slow

test-browser: $(VENV)/browser.done $(VENV)/lab.done ## tests that need JupyterLab, Chromium or LibreOffice; installs Debian's packages when it may
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq chromium; }
	@command -v soffice >/dev/null || [ "$$(id -u)" != 0 ] || { apt-get update -qq && apt-get install -y -qq libreoffice-writer-nogui; }
	$(BIN)/python -m pytest -m browser

lint: $(VENV)/dev.done ## ruff (notebooks too) and mypy strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/dev.done
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

gallery: $(VENV)/dev.done ## every block, figure and document as pictures, for review: build/gallery/index.html
	$(BIN)/python tests/gallery.py

bench: $(VENV)/browser.done ## ratios within one run, never absolute times
	$(BIN)/python bench/one_report.py
	$(BIN)/python bench/pdf.py
	$(BIN)/python bench/batch.py

lab: $(VENV)/lab.done ## the notebook of AGENCY and YEAR in JupyterLab
	$(BIN)/ita-nb lab $(AGENCY) --year $(YEAR)

lock: ## renew requirements.lock with the newest versions that go together
	rm -rf build/lock && $(PYTHON) -m venv build/lock
	build/lock/bin/python -m pip install --quiet --prefer-binary --editable ".[dev,lab,browser]"
	{ sed -n '/^#/p' requirements.lock; build/lock/bin/python -m pip freeze --exclude-editable; } > build/requirements.lock
	mv build/requirements.lock requirements.lock && rm -rf build/lock

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "ita-nb needs Python 3.11 or newer; found " + sys.version)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/core.done: $(VENV)/bin/python pyproject.toml requirements.lock
	$(PIP) --editable .
	@touch $@

$(VENV)/dev.done: $(VENV)/core.done
	$(PIP) --editable ".[dev]"
	@touch $@

$(VENV)/browser.done: $(VENV)/dev.done
	$(PIP) --editable ".[browser]"
	@touch $@

$(VENV)/lab.done: $(VENV)/core.done
	$(PIP) --editable ".[lab]"
	@touch $@

clean:
	rm -rf $(VENV) build .pytest_cache .mypy_cache .ruff_cache .hypothesis
