#!/usr/bin/env bash
# A log checked by other people's tools alone: jq, head and sha256sum, DuckDB (scripts/outside-check.sql).
#
#   scripts/outside-check.sh [LOG.jsonl …]
#
# Without arguments two logs are made: the baseline, and an attack under levers. Nothing of this project takes part in the
# checking. jq and Python with venv are installed where that is possible; DuckDB comes from PyPI into a scratch directory.

source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
must_have jq
must_have python3
logs=("$@")
if [[ ${#logs[@]} == 0 ]]; then
    need_das
    cd "$SCRATCH"
    logs=("$SCRATCH/baseline.jsonl" "$SCRATCH/attack.jsonl")
    "$DAS" run "$ROOT/scenarios/baseline.yaml" --output "${logs[0]}" --quiet </dev/null
    "$DAS" run "$ROOT/scenarios/adversarial_attack.yaml" --epochs 12 --output "${logs[1]}" --quiet \
        governance.transaction_tax_rate=0.05 governance.reputation_decay=0.95 governance.staking_required=10 \
        governance.stake_slash_rate=0.2 governance.vote_weight_cap=3 </dev/null
fi
python3 -m venv "$SCRATCH/venv" 2>/dev/null || { install python3-venv && python3 -m venv --clear "$SCRATCH/venv"; }
"$SCRATCH/venv/bin/pip" install --quiet --disable-pip-version-check duckdb </dev/null

for log in "${logs[@]}"; do
    name=$(basename "$log" .jsonl)
    echo "$name: $(wc -l <"$log") lines, $(wc -c <"$log") bytes"

    # Every line is an object; seq counts them from 0 without a gap, event never falls.
    jq -es 'all(.[]; type == "object") and ([.[].seq] == [range(length)])' "$log" >/dev/null \
        && found="objects, seq 0 to $(($(wc -l <"$log") - 1)) without a gap" || found="gaps, or lines that are no objects"
    expect "$name jq" "objects, seq 0 to $(($(wc -l <"$log") - 1)) without a gap" "$found"

    # A seal holds the hash of every byte before its line: the first, the last and eight between.
    LC_ALL=C grep --byte-offset '^{"seq":[0-9]*,"type":"seal",' "$log" | cut -d: -f1 >"$SCRATCH/at"
    jq -r 'select(.type == "seal") | .prefix_sha256' "$log" >"$SCRATCH/stated"
    paste -d' ' "$SCRATCH/at" "$SCRATCH/stated" >"$SCRATCH/seals"
    seals=$(wc -l <"$SCRATCH/seals") checked=0 good=0
    while read -r at stated; do
        checked=$((checked + 1))
        actual=$(head -c "$at" "$log" | sha256sum)
        if [[ ${actual%% *} == "$stated" ]]; then good=$((good + 1)); fi
    done < <(awk -v n="$seals" 'NR == 1 || NR == n || int(NR * 8 / n) > int((NR - 1) * 8 / n)' "$SCRATCH/seals")
    expect "$name seals by head and sha256sum" "$checked of $checked ($seals in all)" "$good of $checked ($seals in all)"

    # The last line holds length and hash of all lines before it.
    bytes=$(tail -n 1 "$log" | jq -r .bytes)
    stated=$(tail -n 1 "$log" | jq -r .body_sha256)
    actual=$(head -c "$bytes" "$log" | sha256sum)
    expect "$name body hash" "$bytes bytes ${stated:0:16}" "$(head -n -1 "$log" | wc -c) bytes ${actual:0:16}"

    # The figures of the last line, recomputed in SQL.
    LOG=$log SQL=$ROOT/scripts/outside-check.sql "$SCRATCH/venv/bin/python" - <<'PYTHON' >"$SCRATCH/rows"
import duckdb, os
database = duckdb.connect()
database.execute("SET VARIABLE log = '" + os.environ["LOG"].replace("'", "''") + "'")
for row in database.execute(open(os.environ["SQL"]).read()).fetchall():
    print(*row, sep="\t")
PYTHON
    while IFS=$'\t' read -r figure lines stated agree; do
        verdict=FAILED
        if [[ $agree == True ]]; then verdict=ok; fi
        result $verdict "$name SQL" "$(printf '%-36s %22s  last line %s' "$figure" "$lines" "$stated")"
    done <"$SCRATCH/rows"
    [[ $(wc -l <"$SCRATCH/rows") -ge 15 ]] || result FAILED "$name SQL" "only $(wc -l <"$SCRATCH/rows") rows"
done
finish
