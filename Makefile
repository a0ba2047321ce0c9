# Everything a developer or an operator types. Needs Python 3.11 or newer and make, nothing else.
#   make run [PORT=8000] [DEMO=0]   start the portal on this machine
#   make test [ARGS="-k coverage"]  run everything this machine can run
#   make check | fmt                static checks | formatting
#   make bench [SCALE="1 32"]       measure against the alternatives
#   make lock | vendor              resolve requirements/*.in (needs uv) | fetch front-end files (needs npm)

PY := .venv/bin/python
LOCK := requirements/dev.txt

.PHONY: run setup test check fmt bench lock vendor
.DEFAULT_GOAL := run

# The installed lock is kept inside .venv and compared by content: a checkout that only touches
# the time stamps costs nothing, a lock that really changed rebuilds the environment.
setup:
	@cmp -s $(LOCK) .venv/installed.lock && test -x $(PY) || sh requirements/install.sh $(LOCK)

run: setup
	@exec $(PY) manage.py run_portal

test: setup
	@exec $(PY) tests/run_all.py $(ARGS)

check: setup
	@exec $(PY) tests/static_checks.py

fmt: setup
	@$(PY) -m ruff check --fix --exit-zero .
	@$(PY) -m ruff format .
	@$(PY) -m djlint --reformat --quiet templates || true

bench: setup
	@exec $(PY) -m bench

lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet \
		requirements/base.in --output-file requirements/base.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet \
		--constraints requirements/base.txt requirements/dev.in --output-file $(LOCK)

vendor: setup
	$(PY) requirements/vendor_frontend.py
