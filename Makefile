# Needs make and Python 3.12 or newer; everything else is installed into .venv.
PORT ?= 8000
HOST ?= 127.0.0.1
ONLY ?=
PYTHON := .venv/bin/python
SERVERS := $(PYTHON) -m privacycenter.servers
# Whoever forbids this has each process compile everything anew, and there are many.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help up fresh test check lock bench venv

help:
	@echo "make up             run everything at http://localhost:8000/ until Ctrl-C  [PORT=8001] [HOST=0.0.0.0]"
	@echo "make fresh          forget the data of make up"
	@echo "make test           run all tests                        [ARGS='tests/dsar -k erasure']"
	@echo "make check          lint, types, imports, templates, migrations, deployment, lock  [ONLY=mypy]"
	@echo "make bench          measure the speed                    [ONLY=journey]"
	@echo "make lock           choose the newest versions that fit, write requirements.lock"

venv:
	@privacycenter/servers/install.sh

up: venv
	@exec $(SERVERS) up --host '$(HOST)' --port '$(PORT)'

fresh: venv
	@$(SERVERS) fresh

test: venv
	@$(SERVERS) chromium
	@$(PYTHON) -m pytest -n 2 $(ARGS)

check: venv
	@$(SERVERS) check --only '$(ONLY)'

lock: venv
	@$(SERVERS) lock

bench: venv
	@exec $(SERVERS) bench --only '$(ONLY)'
