# Every target makes .venv first if it is missing or older than what it was made from.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	$$p -c 'import sys, ensurepip, venv; sys.exit(sys.version_info<(3,11))' 2>/dev/null && echo $$p && break; done)
bin := .venv/bin
py := $(bin)/python
pip := $(py) -m pip --disable-pip-version-check -q

APP ?= explorer

# data beside the project, where there is some
CDEBM_DATA ?= $(wildcard $(abspath $(CURDIR)/../shared/data))
ifneq ($(CDEBM_DATA),)
export CDEBM_DATA
endif

.PHONY: help run test house figures zoo bench bench-peers bench-quick soak lab app docs site export fill readme dist clean
help: ## what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/made ## the tour: train, look, measure; writes runs/tour/ (ARGS='-p ring_steps=300' sets parameters)
	OMP_NUM_THREADS=$${OMP_NUM_THREADS:-2} $(bin)/cdebm run tour --again $(ARGS)

test: export OMP_NUM_THREADS ?= 1
test: .venv/made ## every test, style and docs among them (ARGS='-k samplers' picks some)
	$(py) -m pytest -n 3 --dist worksteal $(ARGS)

house: .venv/made ## the measure of the house: lengths, widths, words; the table on the screen and in figures/house.md
	$(py) tools/house.py $(ARGS)

figures: .venv/made ## the figures over several seeds, to committed JSON
	$(py) tools/figures.py $(ARGS)

zoo: .venv/made ## train the models of the zoo anew: hours on two cores, goes on where it was stopped (ARGS=digits: one)
	$(py) tools/zoo.py $(ARGS)

bench: .venv/made ## what starting a command, a run, the views and the recorder of gradients cost
	$(py) benchmarks/start.py
	$(py) benchmarks/explorer.py
	$(py) benchmarks/gradients.py
	$(py) benchmarks/page.py
	$(py) benchmarks/film.py

# The other libraries live in an environment of their own that sees .venv; without them their rows are missing.
peers := .venv/peers
.venv/peers/made: .venv/made benchmarks/requirements-peers.txt
	$(py) -m venv $(peers)
	$(py) -c 'import sysconfig; print(sysconfig.get_path("purelib"))' > \
		$$($(peers)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/base.pth
	-$(peers)/bin/python -m pip --disable-pip-version-check -q install --no-deps -r benchmarks/requirements-peers.txt
	@touch $@

bench-peers: .venv/peers/made ## speed beside other libraries: figures/peers.json and .md (ARGS=sampling: one table)
	$(peers)/bin/python benchmarks/peers.py $(ARGS)

bench-quick: .venv/made ## the same in small, in two minutes; shown, not stored
	$$(test -x $(peers)/bin/python && echo $(peers)/bin/python || echo $(py)) benchmarks/peers.py --quick $(ARGS)

soak: .venv/made ## kill a training process twenty times at random, and see that nothing is lost
	OMP_NUM_THREADS=1 $(py) benchmarks/soak.py $(ARGS)

lab: .venv/made ## JupyterLab on the notebooks
	$(bin)/jupyter lab nbs

app: .venv/made ## views as a page (APP=explore: a checkpoint; APP=runs: the record; ARGS='--no-browser --port=8899')
	$(bin)/cdebm app $(APP) $(ARGS)

docs: .venv/made ## the documentation site in _docs/html, and README.md
	$(py) tools/docs.py

site: .venv/made ## the site on http://127.0.0.1:8000, made anew (PORT=8001 make site)
	$(py) tools/docs.py pages site serve

export: .venv/made ## notebooks to modules, and notebooks cleaned
	$(bin)/nbdev_export
	$(bin)/nbdev_clean

fill: .venv/made ## run notebooks and store their outputs (NB=nbs/03_energies.ipynb; all without it)
	$(py) tools/fill.py $(NB)

readme: .venv/made ## README.md from nbs/index.ipynb
	$(py) tools/docs.py readme

dist: .venv/made ## source archive and wheel in dist/
	$(py) -m build

clean: ## remove what was made, .venv and runs/ apart
	rm -rf build dist _docs _proc *.egg-info .pytest_cache .ruff_cache

# One environment for every target: the tour, the tests and JupyterLab share nearly all they need.
.venv/made: settings.ini setup.py constraints.txt
	@test -n "$(PYTHON)" || { \
		echo 'needs Python 3.11 or newer with venv; name one with make PYTHON=/path/to/python3' >&2; exit 1; }
	@echo 'setting up .venv; the first time this downloads PyTorch and takes some minutes'
	@test -x $(py) || $(PYTHON) -m venv .venv
	@$(pip) install -c constraints.txt -e '.[dev]'
	@$(py) -m ipykernel install --sys-prefix --name python3 >/dev/null
	@touch $@
