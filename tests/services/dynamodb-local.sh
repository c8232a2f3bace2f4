#!/usr/bin/env bash
# Runs a command with DYNAMODB_ENDPOINT set to a DynamoDB Local, Amazon's own server, which is started for it and ended
# with it, however that comes about:
#   tests/services/dynamodb-local.sh cargo test --locked --all-features --test stores
#
# A DYNAMODB_ENDPOINT that is set already is used, and nothing is started. Otherwise the server runs in Java; Maven fetches
# it once into the target folder. Where Java or Maven is missing, Docker Compose starts it (compose.yaml).
set -euo pipefail

# What a loaded machine may need until the first answer; two seconds are usual.
patience=120
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
services=$root/tests/services
pom=$services/dynamodb-local/pom.xml
target=${CARGO_TARGET_DIR:-$root/target}
cache=$target/services/dynamodb-local

say() { printf 'dynamodb-local: %s\n' "$*" >&2; }

if (($# == 0)); then
    say "name the command to run, for instance: $0 cargo test --locked --all-features --test stores"
    exit 2
fi
if [[ -n ${DYNAMODB_ENDPOINT:-} ]]; then
    say "nothing is started: DYNAMODB_ENDPOINT is $DYNAMODB_ENDPOINT"
    exec "$@"
fi

work=$(mktemp -d)
log=$work/server.log
project=dynacdc-$$
port='' server='' container='' running=''

# A group is what a job and its children are in; nobody else is.
end_group() {
    local tries
    kill -TERM -- "-$1" 2>/dev/null || return 0
    for ((tries = 0; tries < 50; tries++)); do
        kill -0 -- "-$1" 2>/dev/null || return 0
        sleep 0.1
    done
    kill -KILL -- "-$1" 2>/dev/null || true
}

compose() { docker compose -f "$services/compose.yaml" -p "$project" "$@"; }

end_server() {
    if [[ -n $server ]]; then
        end_group "$server"
        server=
    fi
    if [[ -n $container ]]; then
        compose logs --no-color >>"$log" 2>&1 || true
        compose down --volumes >>"$log" 2>&1 || true
        container=
    fi
}

# shellcheck disable=SC2329 # the trap calls it
finish() {
    local status=$?
    trap '' HUP INT TERM
    if [[ -n $running ]]; then end_group "$running"; fi
    end_server
    if ((status != 0)) && [[ -s $log ]]; then
        say "the log of the server, its last 200 lines:"
        tail -n 200 "$log" >&2
    fi
    rm -rf "$work"
    exit "$status"
}
trap finish EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

has_java() {
    local version
    # `java version "1.8.0"` gives 1. On a Mac without Java there is a `java` that fails.
    version=$(java -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p' | head -n 1) || return 1
    [[ -n $version ]] && ((version >= 17))
}

has_maven() { command -v mvn >/dev/null; }

has_compose() { docker compose version >/dev/null 2>&1 && docker info >/dev/null 2>&1; }

# Names, sizes and checksums of what was fetched, and of what asked for it.
listing() {
    cksum <"$pom"
    (cd "$1/lib" && cksum ./*)
}

is_complete() { [[ -f $1/listing ]] && listing "$1" 2>/dev/null | cmp -s - "$1/listing"; }

fetch() {
    local fetched=$work/fetched goal=org.apache.maven.plugins:maven-dependency-plugin:copy-dependencies
    say "fetching the server by Maven into $cache"
    # Maven may have it already, from another clone: then no network is needed.
    local maven=(mvn -q -B -f "$pom" "$goal" "-DoutputDirectory=$fetched/lib")
    "${maven[@]}" -o >"$work/maven.log" 2>&1 || "${maven[@]}" >"$work/maven.log" 2>&1 || {
        cat "$work/maven.log" >&2
        say "Maven could not fetch the server: is there a network?"
        return 1
    }
    listing "$fetched" >"$fetched/listing"
    mkdir -p "$(dirname "$cache")"
    rm -rf "$cache" "$cache.$$"
    # The temporary folder may be on another file system: only the second step makes it complete at once.
    mv "$fetched" "$cache.$$"
    mv "$cache.$$" "$cache"
}

is_taken() { { true; } 2>/dev/null 3<>"/dev/tcp/127.0.0.1/$1"; }

# Whether a DynamoDB answers, and not whatever else there may be.
answers() {
    local line
    {
        printf 'GET / HTTP/1.0\r\n\r\n' >&3
        while IFS= read -r -t 5 line <&3; do
            if [[ $line == [Xx]-[Aa]mzn-[Rr]equest[Ii]d:* ]]; then return 0; fi
        done
    } 2>/dev/null 3<>"/dev/tcp/127.0.0.1/$port"
    return 1
}

# Fails at once when the server is gone.
wait_until_ready() {
    local end=$((SECONDS + patience))
    until answers; do
        if [[ -n $server ]] && ! kill -0 -- "-$server" 2>/dev/null; then return 1; fi
        if ((SECONDS >= end)); then
            say "no answer on port $port within $patience seconds"
            return 1
        fi
        sleep 0.2
    done
}

start_java() {
    # With job control each job has a group of its own.
    set -m
    (
        java -Xmx512m -Djava.library.path="$cache/lib" -cp "$cache/lib/*" \
            com.amazonaws.services.dynamodbv2.local.main.ServerRunner -inMemory -disableTelemetry -port "$port" &
        # No trap sees a SIGKILL: the server watches whether this script is still there.
        while kill -0 $$ 2>/dev/null && kill -0 $! 2>/dev/null; do sleep 0.5; done
        kill $! 2>/dev/null
    ) >"$log" 2>&1 </dev/null &
    server=$!
    set +m
}

serve_by_java() {
    local tries
    if ! is_complete "$cache"; then
        fetch || return 1
    fi
    for ((tries = 0; tries < 20; tries++)); do
        # Below the ports that systems give to clients.
        port=$((20000 + RANDOM % 12000))
        if is_taken "$port"; then continue; fi
        start_java
        if wait_until_ready; then return; fi
        end_server
        grep -q 'Failed to bind' "$log" || return 1
        say "somebody else was quicker on port $port"
    done
    say "no free port in $tries tries"
    return 1
}

serve_by_compose() {
    container=yes
    compose up -d --quiet-pull >>"$log" 2>&1 || return 1
    port=$(compose port dynamodb-local 8000) || return 1
    port=${port##*:}
    wait_until_ready
}

if has_java && { has_maven || is_complete "$cache"; }; then
    serve_by_java || { say "the server did not start" && exit 1; }
elif has_compose; then
    serve_by_compose || { say "the server did not start" && exit 1; }
else
    cat >&2 <<'INSTALL'
dynamodb-local: Java 17 or newer and Maven are needed, or a running Docker with Compose, or a DYNAMODB_ENDPOINT.
  Debian, Ubuntu: apt-get install openjdk-17-jre-headless maven
  Fedora:         dnf install java-21-openjdk-headless maven
  macOS:          brew install openjdk maven
INSTALL
    exit 1
fi

say "listens on port $port"
set -m
DYNAMODB_ENDPOINT=http://127.0.0.1:$port "$@" </dev/null &
running=$!
set +m
status=0
wait "$running" || status=$?
# What the command left running in its group is ended too.
exit "$status"
