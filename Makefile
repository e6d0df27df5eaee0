# `make run` starts the app, `make test` runs every check. Both make what they need first, and are quick the second time.
# `make run ADDRESS=0.0.0.0` lets other machines in, such as a class; PORT=8600 takes another port.

PYTHON ?= python3
PORT ?= 8501
VENV := .venv
BIN := $(VENV)/bin
ADDRESS ?= localhost
# What others type to get here, once they are let in; and by what names a page may ask for the lab.
HOST := $(if $(filter 0.0.0.0 ::,$(ADDRESS)),$(or $(firstword $(shell hostname -I 2>/dev/null)),$(shell hostname)),$(ADDRESS))
NAMES := $(if $(filter localhost 127.0.0.1,$(ADDRESS)),,--server.allowedHosts='*')
# Python compiles what it imports, which is a small part of what is installed, and keeps it for the next start.
unexport PYTHONDONTWRITEBYTECODE
PIP := --quiet --disable-pip-version-check --no-compile
# Every file must have one of the sha256 in deploy/hashes.txt, which takes a newer pip than some Pythons bring.
HASHED := $(PIP) --require-hashes --constraint deploy/hashes.txt
BROWSERS := chromium chromium-browser google-chrome
# With a screen Streamlit opens the browser itself; its question for an e-mail address is switched off.
SCREEN := $(if $(DISPLAY)$(WAYLAND_DISPLAY)$(filter Darwin,$(shell uname)),yes,)

.PHONY: run test lint format bench screenshots readme lock audit container clean
.DELETE_ON_ERROR:

run: $(VENV)/app.stamp
	$(BIN)/streamlit run app/server.py --server.address=$(ADDRESS) --server.port=$(PORT) \
		--browser.serverAddress=$(HOST) $(NAMES) \
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

# Writes the sha256 of all packages anew, after a change of a version.
lock: $(VENV)/tools.stamp
	$(VENV)/tools/bin/python -m tests.lock

# Asks the index of packages which known vulnerabilities they have; fails where it gives no answer, too.
audit: $(VENV)/tools.stamp
	$(VENV)/tools/bin/pip-audit --strict --disable-pip --require-hashes --progress-spinner off --requirement deploy/hashes.txt

# Builds the image and looks at what it does; as root on Debian. WORK=folder keeps its layers for the next time.
container: $(VENV)/tests.stamp browser
	PYTHON=$(BIN)/python deploy/container.sh

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis

# Where torch for the CPU is to be had, it is taken: of a local folder pip would only take what has no equal elsewhere.
$(VENV)/app.stamp: requirements.txt deploy/hashes.txt deploy/pip.txt deploy/torch-cpu.txt | $(BIN)/python
	$(BIN)/python -m pip install $(PIP) --require-hashes -r deploy/pip.txt
	@$(BIN)/python -m pip install $(PIP) --require-hashes --no-deps -r deploy/torch-cpu.txt 2>/dev/null || true
	$(BIN)/python -m pip install $(HASHED) -r requirements.txt
	@touch $@

$(VENV)/tests.stamp: tests/requirements.txt $(VENV)/app.stamp
	$(BIN)/python -m pip install $(HASHED) -r tests/requirements.txt
	@touch $@

$(VENV)/tools.stamp: tests/tools.txt deploy/pip.txt | $(BIN)/python
	$(BIN)/python -m venv $(VENV)/tools
	$(VENV)/tools/bin/python -m pip install $(PIP) --require-hashes -r deploy/pip.txt
	$(VENV)/tools/bin/python -m pip install $(HASHED) -r tests/tools.txt
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
