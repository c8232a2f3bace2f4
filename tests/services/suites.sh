#!/usr/bin/env bash
# Runs the suites of source, dynamodb and local against the server at DYNAMODB_ENDPOINT, and adds up what they say.
# `make test-services` starts the server; arguments go to the test programs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
: "${DYNAMODB_ENDPOINT:?is not set: run this by make test-services}"

log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0

# With the features of `make test` and without -p, so that nothing is built a second time; what is skipped is said in the
# output of a test.
suite() {
    local command=(cargo test --locked --all-features --no-fail-fast "$@")
    printf '%s\n' "${command[*]}"
    "${command[@]}" 2>&1 | tee -a "$log" || status=1
}

suite --test embedded --test stores --test streams -- --show-output "$@"
# One module of a program that has much else.
suite --test main -- --show-output source:: "$@"

printf '\nagainst %s: ' "$DYNAMODB_ENDPOINT"
.ci/sum-tests "$log" || status=1
exit "$status"
