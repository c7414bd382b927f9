# make demo    install, run the service on a free port, analyse ResNet-50 through it, leave the results in demo-out/
# make serve   install, keep the service running on http://127.0.0.1:8000
# make test    install what the tests need and run them all
# make audit   look the installed packages up in the advisory database (needs the network)
# make vendor  bundle the page's libraries anew from the npm registry (needs Node.js; users do not)
# make ops     run ONNX's node tests and the real models, renew docs/operators.md
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check

.PHONY: demo serve test lint audit vendor ops clean

demo: $(VENV)/installed-all
	$(BIN)/python examples/demo.py

serve: $(VENV)/installed-all
	$(BIN)/rfengine serve

test: lint
	.ci/packages
	$(BIN)/pytest

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# In an environment of its own: what audits is no part of what is audited. What comes from this folder is skipped.
audit: $(VENV)/installed-all
	test -x $(VENV)/audit/bin/pip-audit || { $(PYTHON) -m venv $(VENV)/audit && $(VENV)/audit/bin/pip install --quiet pip-audit; }
	$(VENV)/audit/bin/pip-audit --path "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" --skip-editable --progress-spinner off

# In a folder of its own, so that nothing of npm's stays here. The licences' texts come from the packages.
vendor: PAGE := service/static/vendor
vendor:
	rm -rf build/vendor && mkdir -p build && cp -r $(PAGE)/src build/vendor
	cd build/vendor && npm install --no-audit --no-fund --ignore-scripts && node node_modules/esbuild/install.js
	cd build/vendor && for each in preact d3 yaml; do node_modules/.bin/esbuild $$each.js --bundle --minify --format=esm --target=es2022 \
		--legal-comments=none --outfile=../../$(PAGE)/$$each.js --allow-overwrite; done
	cd build/vendor && node licences.js > ../../$(PAGE)/LICENSES.txt
	cd build/vendor/node_modules/swagger-ui-dist && cp swagger-ui-bundle.js swagger-ui-bundle.js.LICENSE.txt swagger-ui.css LICENSE NOTICE \
		../../../../$(PAGE)/swagger/

ops: $(VENV)/installed-dev
	$(BIN)/python -m tests.ops.node_tests --write
	$(BIN)/python -m tests.real_models

$(VENV)/installed-%: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --constraint constraints.txt --editable '.[$*]'
	touch $@

clean:
	rm -rf $(VENV) demo-out rfengine-data
