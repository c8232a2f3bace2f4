#!/usr/bin/env bash
# Compares filter patterns with Amazon's own engine, event-ruler (needs Java 17 and Maven):
#   tests/services/ruler.sh [SEED] [GROUPS]      45 pairs of pattern and record per group
#   tests/services/ruler.sh --keep [SEED] [GROUPS]      and keep the answers as the fixture of `make test`
set -euo pipefail
cd "$(dirname "$0")/../.."

keep=false
if [ "${1:-}" = --keep ]; then
    keep=true
    shift
fi
seed=${1:-1}
groups=${2:-1000}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mvn -q -B -f tests/services/ruler/pom.xml dependency:copy-dependencies "-DoutputDirectory=$work/lib"
cargo build --locked -q -p dynacdc-sink --example pattern_cases
cases() { cargo run --locked -q -p dynacdc-sink --example pattern_cases -- "$@"; }
cases make "$seed" "$groups" "$work/cases.jsonl"
java -cp "$work/lib/*" tests/services/ruler/Answers.java "$work/cases.jsonl" "$work/answers.jsonl"
if $keep; then
    cp "$work/answers.jsonl" crates/sink/tests/patterns/answers.jsonl
fi
cases check "$work/answers.jsonl"
