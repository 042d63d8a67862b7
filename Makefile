# Everything a user or a developer runs; each target works from a bare checkout with python3 >= 3.11 and make.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
# Built once per machine, outside the checkout, so that fresh clones find them.
CHARTHOUSE_PEERS ?= $(if $(HOME),$(HOME)/.cache/charthouse-peers/bin,$(CURDIR)/.peers/bin)
CHARTHOUSE_CORPUS ?= $(abspath $(CURDIR)/../shared/corpus)
export CHARTHOUSE_PEERS CHARTHOUSE_CORPUS

.PHONY: help demo test check conformance cluster-test bench peers wheel wheel-test plain-image clean
help: ## what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

$(VENV)/.product: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("charthouse needs Python 3.11 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check -e .
	@touch $@

$(VENV)/.dev: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[dev]'
	@touch $@ $(VENV)/.product

demo: $(VENV)/.product ## install, upgrade, diff, roll back, test and remove a chart on the embedded dev cluster
	@$(BIN)/python examples/demo.py

test: $(VENV)/.dev ## the fast suite; needs no peer
	$(BIN)/python -m pytest tests/unit tests/property tests/cli

check: $(VENV)/.dev ## lint, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

peers: ## fetch and build the real helm, kubectl, Kubernetes (about 9 minutes cold)
	tests/peers/build.sh $(CHARTHOUSE_PEERS)

CONFORMANCE_TESTS ?= tests/conformance
conformance: $(VENV)/.dev ## against recorded and live Helm
	$(BIN)/python -m pytest $(CONFORMANCE_TESTS)

# WORKERS=3 takes half the time where there are processors enough; on two, pods get late and waits run out.
WORKERS ?= 0
CLUSTER_TESTS ?= tests/cluster
cluster-test: $(VENV)/.dev ## against the embedded server and a real kube-apiserver
	$(BIN)/python -m pytest $(CLUSTER_TESTS) -n $(WORKERS)

bench: $(VENV)/.product ## side by side with helm 4.3.1
	$(BIN)/python benchmarks/bench.py

wheel: $(VENV)/.dev ## a wheel for this platform with the compiled YAML reader, into dist/ (needs a C compiler)
	rm -rf dist
	HATCH_BUILD_HOOK_ENABLE_CUSTOM=true $(BIN)/python -m pip wheel -q --disable-pip-version-check --no-deps -w dist .

wheel-test: wheel ## the accelerated wheel in an environment of its own: YAML tests, compiled and pure
	$(PYTHON) -m venv --clear .venv-wheel
	.venv-wheel/bin/python -m pip install -q --disable-pip-version-check dist/charthouse-*-cp*.whl pytest hypothesis
	.venv-wheel/bin/python tools/check_wheel.py
	.venv-wheel/bin/python -m pytest -p no:cacheprovider tests/unit/formats tests/unit/manifests tests/unit/engine tests/property/test_yaml.py tests/conformance/test_formats.py
	CHARTHOUSE_PURE=1 .venv-wheel/bin/python tools/check_wheel.py

plain-image: $(VENV)/.dev ## the Containerfile's steps in a plain folder, and what they make run (no container engine needed)
	rm -rf dist/plain
	$(BIN)/python tools/build_plain.py dist/plain --version

clean:
	rm -rf $(VENV) .venv-wheel dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
