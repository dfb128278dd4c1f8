#!/usr/bin/env bash
# Golden hashes: the sha256 of the logs of a few small runs, committed in tests/golden.txt.
#
#   scripts/golden.sh           compare; another hash is an error
#   scripts/golden.sh --write   write tests/golden.txt anew
#
# A line is `SHA256 engine=REVISION scenario=SHA256-OF-THE-FILE das run …`. The same scenario file and command with another
# hash needs a higher ENGINE_REVISION: --write refuses to write it otherwise, and a comparison looks through the history of
# tests/golden.txt for a hash that was changed by hand.

source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
GOLDEN=$ROOT/tests/golden.txt

ALL_LEVERS="governance.transaction_tax_rate=0.05 governance.reputation_decay=0.95 governance.vote_weight_cap=3 \
governance.bandwidth_cap=12 governance.staking_required=10 governance.stake_slash_rate=0.2 governance.audit_probability=0.2 \
governance.audit_penalty=1 governance.circuit_breaker_threshold=0.35 governance.circuit_breaker_violations=2 \
governance.circuit_breaker_epochs=1 environment.treasury=dividend"
COMMANDS=(
    "das run scenarios/baseline.yaml"
    "das run scenarios/baseline.yaml simulation.activation=simultaneous simulation.turn_order=random"
    "das run scenarios/baseline.yaml outputs.detail=interactions"
    "das run scenarios/baseline.yaml outputs.detail=epochs simulation.turn_order=priority"
    "das run scenarios/status_game.yaml --epochs 5"
    "das run scenarios/adversarial_attack.yaml --epochs 3"
    "das run scenarios/adversarial_attack.yaml --epochs 4 ${ALL_LEVERS//  / }"
    "das run scenarios/dosadi_smuggling.yaml --epochs 8"
    "das run scenarios/dosadi_bench_36.yaml --epochs 8 simulation.activation=simultaneous governance.transaction_tax_rate=0.05"
)

# take COMMAND: runs it; sets LINE to what tests/golden.txt should say.
take() {
    local words log="$SCRATCH/log.jsonl" engine
    read -ra words <<<"$1"
    rm -rf "$log" "$log.d"
    if ! (cd "$ROOT" && "$DAS" "${words[@]:1}" --output "$log" --quiet --no-criteria) </dev/null >"$SCRATCH/out" 2>&1; then
        cat "$SCRATCH/out" >&2
        return 1
    fi
    engine=$(head -n 1 "$log" | sed -n 's/^{"seq":0,[^{]*"engine":\([0-9]*\),.*/\1/p')
    LINE="$(sha "$log") engine=$engine scenario=$(sha "$ROOT/${words[2]}") $1"
}

# fields LINE: sets HASH, ENGINE, SCENARIO, COMMAND.
fields() {
    read -r HASH ENGINE SCENARIO COMMAND <<<"$1"
    ENGINE=${ENGINE#engine=}
}

# clash OLD NEW: do two lines differ in a way that needs a higher engine revision and has none?
clash() {
    local hash engine scenario command
    fields "$1"
    hash=$HASH engine=$ENGINE scenario=$SCENARIO command=$COMMAND
    fields "$2"
    [[ "$command" == "$COMMAND" && "$scenario" == "$SCENARIO" && "$hash" != "$HASH" && $ENGINE -le $engine ]]
}

need_das
if [[ "${1:-}" == --write ]]; then
    : >"$SCRATCH/golden.txt"
    for command in "${COMMANDS[@]}"; do
        take "$command"
        new=$LINE
        if [[ -e $GOLDEN ]]; then
            while IFS= read -r old; do
                if clash "$old" "$new"; then
                    fields "$new"
                    echo "engine revision $ENGINE gave another hash for the same scenario: $COMMAND" >&2
                    echo "raise ENGINE_REVISION in crates/core/src/log/mod.rs first" >&2
                    exit 1
                fi
            done <"$GOLDEN"
        fi
        echo "$new" >>"$SCRATCH/golden.txt"
        result ok "${new:0:12}" "$command"
    done
    cp "$SCRATCH/golden.txt" "$GOLDEN"
    finish
    exit
fi

[[ -s $GOLDEN ]] || { echo "tests/golden.txt is missing: scripts/golden.sh --write" >&2; exit 1; }
while IFS= read -r line; do
    fields "$line"
    command=$COMMAND
    if ! take "$command"; then
        result FAILED "${line:0:12}" "$command"
    elif [[ "$LINE" == "$line" ]]; then
        result ok "${line:0:12}" "${command:0:90}"
    elif clash "$line" "$LINE"; then
        result FAILED "${line:0:12}" "${LINE:0:12} now, with the same engine revision: $command"
    else
        result FAILED "${line:0:12}" "stale (scripts/golden.sh --write): $command"
    fi
done <"$GOLDEN"

# Has a hash been changed by hand, without a higher engine revision?
if git -C "$ROOT" rev-parse --git-dir >/dev/null 2>&1; then
    commits=0 clashes=0
    for commit in $(git -C "$ROOT" log --format=%h -- tests/golden.txt); do
        commits=$((commits + 1))
        while IFS= read -r old; do
            while IFS= read -r new; do
                if clash "$old" "$new"; then
                    clashes=$((clashes + 1))
                    echo "         commit $commit had ${old:0:12} for: ${new#* das run }"
                fi
            done <"$GOLDEN"
        done < <(git -C "$ROOT" show "$commit:tests/golden.txt" 2>/dev/null || true)
    done
    expect "history of tests/golden.txt" "0 clashes" "$clashes clashes"
fi
finish
