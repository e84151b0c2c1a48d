# Two commands: `make demo` shows what treadlight does, `make test` runs every check. Both need Python >= 3.11 and make.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
OUT    := demo-out

.PHONY: demo test check unit slow truth docs wheel lock clean

demo: $(VENV)/.demo  ## the product's main job on a real training
	@mkdir -p $(OUT)
	$(BIN)/treadlight track --name digits --stage training -- $(BIN)/python examples/train_digits.py
	$(BIN)/treadlight show last
	$(BIN)/treadlight show last --html $(OUT)/account.html
	@echo "The page: $(OUT)/account.html"

test: check unit slow docs wheel  ## every check, the same here and in CI
	@echo "all checks passed"

check: $(VENV)/.test  ## format, lint, types, import layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: $(VENV)/.test
	$(BIN)/python -m pytest -n auto --dist loadfile

slow: $(VENV)/.test
	$(BIN)/python -m pytest -m slow

truth: $(VENV)/.test  ## meters against fake counters whose truth is known
	$(BIN)/python -m pytest -m truth -s tests/measure/test_truth.py

docs: $(VENV)/.test
	$(BIN)/sphinx-build -q -W --keep-going -b html docs docs/_build/html

wheel: $(VENV)/.test  ## the wheel, built, installed in a clean environment, and used
	$(BIN)/python tools/smoke_wheel.py

lock:  ## renew the requirement locks (needs uv)
	sh tools/lock.sh

clean:
	rm -rf $(VENV) $(OUT) build dist docs/_build .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: requirements/demo.lock pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/demo.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps -e .
	@touch $@

$(VENV)/.test: requirements/test.lock pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/test.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps -e .
	@touch $@
