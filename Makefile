# `make run` starts the app, `make test` runs every check. Both make what they need first, and are quick the second time.
# `make run ADDRESS=0.0.0.0` lets other machines in, such as a class; PORT=8600 takes another port.

PYTHON ?= python3
PORT ?= 8501
VENV := .venv
BIN := $(VENV)/bin
ADDRESS ?= localhost
# Python compiles what it imports, which is a small part of what is installed.
PIP := --quiet --disable-pip-version-check --no-compile
BROWSERS := chromium chromium-browser google-chrome
# With a screen Streamlit opens the browser itself; its question for an e-mail address is switched off.
SCREEN := $(if $(DISPLAY)$(WAYLAND_DISPLAY)$(filter Darwin,$(shell uname)),yes,)

.PHONY: run test lint format bench screenshots readme container clean
.DELETE_ON_ERROR:

run: $(VENV)/app.stamp
	$(BIN)/streamlit run app/server.py --server.address=$(ADDRESS) --server.port=$(PORT) \
		--server.headless=$(if $(SCREEN),false,true) --server.showEmailPrompt=false

test:
	@$(MAKE) --no-print-directory --jobs=2 lint browser
	$(BIN)/python -m pytest

lint: $(VENV)/tests.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@if [ -x $(BIN)/hadolint ]; then $(BIN)/hadolint --failure-threshold style Dockerfile; fi

format: $(VENV)/tests.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/tests.stamp browser
	$(BIN)/python -m tests.benchmarks

screenshots: $(VENV)/tests.stamp browser
	$(BIN)/python -m tests.screenshots

readme: $(VENV)/tests.stamp
	$(BIN)/python -m tests.readme

# Builds the image and looks at what it does; as root on Debian. WORK=folder keeps its layers for the next time.
container: $(VENV)/tests.stamp browser
	PYTHON=$(BIN)/python deploy/container.sh

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis

$(VENV)/app.stamp: requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install $(PIP) -r requirements.txt
	@touch $@

$(VENV)/tests.stamp: tests/requirements.txt $(VENV)/app.stamp
	$(BIN)/python -m pip install $(PIP) -r tests/requirements.txt
	@touch $@

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'Python must be 3.11 or later. Install it, or name it: make PYTHON=python3.12 …'; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || $(call install,python3-venv)
	$(PYTHON) -m venv $(VENV)

.PHONY: browser
browser: | $(BIN)/python
	@for name in $(BROWSERS); do command -v $$name >/dev/null && exit 0; done; $(call install,chromium fonts-liberation fonts-noto-color-emoji)

# Debian packages, with sudo where needed; one sentence where that cannot be.
install = { \
	command -v apt-get >/dev/null || { echo 'Please install $(1) with the tool of your system, then run make again.'; exit 1; }; \
	if [ "$$(id -u)" = 0 ]; then as_root=; elif command -v sudo >/dev/null; then as_root=sudo; \
	else echo 'Please run as root: apt-get install $(1)'; exit 1; fi; \
	$$as_root apt-get update -qq && \
	$$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(1) >/dev/null; }
