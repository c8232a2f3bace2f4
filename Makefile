# Every target prints the cargo command that it runs, so that nobody needs make to use the workspace.
# ARGS goes to the program or test runner behind a target: make example-1 ARGS="--seed 7 --json"
ARGS =
# How long each fuzz target runs: make fuzz SECONDS=60
SECONDS = 30
# What the torture plays: make torture HISTORIES=10000 SEED=7 PATTERN=dead_letter
HISTORIES = 1000
SEED = 1
PATTERN = stack

.DEFAULT_GOAL := help
.PHONY: help setup examples example-1 example-14 test test-services lint fmt doc torture torture-sdk torture-source \
	bench-lambda bench-record bench-sink bench-source fuzz ci

help: ## List the targets (this list).
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "%-14s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: ## Check the tools and fetch every dependency; afterwards all works offline.
	@.ci/check-tools
	cargo fetch --locked

examples: example-1 ## Run the example programs one after the other.

# Without `-p dynacdc-examples`, which would switch on fewer features of tokio than the tests have and
# so build the AWS SDK a second time; see tests/features.rs.
example-1: ## Run example 1; ARGS="..." goes to the program.
	@.ci/check-tools
	cargo run --locked --all-features --bin example-1 -- $(ARGS)

example-14: ## Run example 14, poller and lag, live on a terminal; ARGS="..." goes to the program.
	@.ci/check-tools
	cargo run --locked --all-features --bin example-14 -- $(ARGS)

# Without --workspace: default-members leaves unfinished exercises out.
test: ## Run all tests, doc tests too; ARGS="..." goes to cargo test.
	@.ci/check-tools
	cargo test --locked --all-features $(ARGS)

test-services: ## Run the suites of source, dynamodb and local against DynamoDB Local (Java 17 and Maven, or Docker).
	@.ci/check-tools
	tests/services/dynamodb-local.sh tests/services/suites.sh $(ARGS)

lint: ## Check the formatting and run clippy; a warning is an error.
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets --all-features -- -D warnings

fmt: ## Format all code.
	cargo fmt --all

doc: ## Build the documentation; a warning is an error.
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --all-features --no-deps

bench-record: ## Run the benchmarks of the record crate.
	cargo bench --locked -p dynacdc-record-bench $(ARGS)

torture: ## Play stacks of sinks, and wrong ones, through HISTORIES=1000 bad deliveries each; PATTERN= picks by name.
	cargo run --locked --all-features --release --example torture -- --histories $(HISTORIES) --seed $(SEED) --pattern '$(PATTERN)' $(ARGS)

# Each history makes some hundred calls over HTTP, hence fewer of them.
torture-sdk: HISTORIES = 100
torture-sdk: PATTERN =
torture-sdk: ## Play stacks through HISTORIES=100 bad deliveries each, over the AWS SDK; PATTERN= picks by name.
	HISTORIES=$(HISTORIES) SEED=$(SEED) cargo test --locked --all-features --test main -- torture::stacks::$(PATTERN) --nocapture

torture-source: ## Play the poller's state machine, and wrong ones, through HISTORIES=1000 random schedules.
	cargo run --locked --all-features --release --example schedules -- --schedules $(HISTORIES) --seed $(SEED) $(ARGS)

bench-sink: ## Run the benchmarks of the sink crate: what the layers cost.
	cargo bench --locked -p dynacdc-sink-bench $(ARGS)

bench-lambda: ## Run the benchmark of the lambda crate: the CPU time of a whole invocation.
	cargo bench --locked -p dynacdc-lambda-bench $(ARGS)

# With the real server where it can be started, and the simulator where not: see the benchmark.
bench-source: ## Run the benchmark of the source crate: draining a stream, from DynamoDB Local if it can be started.
	@server=$$(tests/services/dynamodb-local.sh true 2>/dev/null && echo tests/services/dynamodb-local.sh || true); \
	set -x; $$server cargo bench --locked -p dynacdc-source-bench $(ARGS)

fuzz: ## Run each fuzz target for SECONDS=30 seconds (needs a C++ compiler).
	.ci/fuzz $(SECONDS)

ci: ## Run everything that a change must pass, in one go.
	.ci/run
