#!/bin/sh
# Writes what is generated from the program: the reference pages, the JSON Schemas of scenario, sweep and cockpit, and the outputs that README.md
# and the guides show.
#
#   scripts/generate.sh               reference pages and schema
#   scripts/generate.sh --console     and the outputs of the commands in README.md, tutorials and guides (needs jq, python3)
#   scripts/generate.sh --behaviour   reference pages, schema, and docs/src/concepts/behaviour-table.md (about a minute)
#   scripts/generate.sh --check       writes nothing; fails and names what is stale of the first two
#
# DAS may name a binary that is built already.
set -eu
cd "$(dirname "$0")/.."

mode="${1:-write}"
case "$mode" in
write | --check | --console | --behaviour) ;;
*)
    echo "usage: scripts/generate.sh [--check | --console | --behaviour]" >&2
    exit 2
    ;;
esac

das() {
    if [ -n "${DAS:-}" ]; then
        "$DAS" "$@"
    else
        cargo run --quiet --package das-runner --bin das -- "$@"
    fi
}

made="$(mktemp -d)"
trap 'rm -rf "$made"' EXIT
das reference "$made/reference"
das schema >"$made/scenario.schema.json"
das schema sweep >"$made/sweep.schema.json"
das schema cockpit >"$made/cockpit.schema.json"

stale=0
place() { # FILE TARGET
    if cmp -s "$1" "$2"; then
        return
    fi
    if [ "$mode" = --check ]; then
        echo "stale: $2 (scripts/generate.sh writes it)" >&2
        stale=1
    else
        cp "$1" "$2"
        echo "wrote $2"
    fi
}
for page in "$made"/reference/*.md; do
    place "$page" "docs/src/reference/$(basename "$page")"
done
place "$made/scenario.schema.json" schemas/scenario.schema.json
place "$made/sweep.schema.json" schemas/sweep.schema.json
place "$made/cockpit.schema.json" schemas/cockpit.schema.json

if [ "$mode" = --console ] || [ "$mode" = --check ]; then
    if [ -z "${DAS:-}" ]; then
        cargo build --quiet --release --package das-runner --bin das
        DAS="${CARGO_TARGET_DIR:-target}/release/das"
    fi
    check=""
    [ "$mode" = --console ] || check=--check
    # shellcheck disable=SC2086 # no word at all if it is empty
    scripts/console.py $check "$DAS" README.md docs/src/tutorials/*.md docs/src/guides/*.md || stale=1
fi
if [ "$mode" = --behaviour ]; then
    cargo run --quiet --release --package das-tests --example behaviour >"$made/behaviour-table.md"
    place "$made/behaviour-table.md" docs/src/concepts/behaviour-table.md
fi
exit "$stale"
