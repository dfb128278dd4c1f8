#!/usr/bin/env bash
# A log checked by other people's tools alone: jq, head and sha256sum, DuckDB (scripts/outside-check.sql); then what this program makes of
# it for others: tables as CSV and Parquet (pyarrow, pandas, DuckDB: scripts/outside-check.parquet.py), packed logs (gzip, zstd), what
# das cockpit prints (jsonschema).
#
#   scripts/outside-check.sh [LOG.jsonl …]
#
# Without arguments three logs are made: the baseline, an attack under levers, and a city whose tables have several row groups. Nothing
# of this project takes part in the checking. jq, zstd and Python with venv are installed where that is possible; the Python packages
# come from PyPI into a scratch directory.

source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
must_have jq
must_have python3
must_have zstd
must_have gzip
logs=()
for log in "$@"; do logs+=("$(realpath "$log")"); done
need_das
cd "$SCRATCH"
if [[ ${#logs[@]} == 0 ]]; then
    logs=("$SCRATCH/baseline.jsonl" "$SCRATCH/attack.jsonl" "$SCRATCH/city.jsonl")
    "$DAS" run "$ROOT/scenarios/dosadi_smuggling.yaml" --output "${logs[2]}" --quiet </dev/null
    "$DAS" run "$ROOT/scenarios/baseline.yaml" --output "${logs[0]}" --quiet </dev/null
    "$DAS" run "$ROOT/scenarios/adversarial_attack.yaml" --epochs 12 --output "${logs[1]}" --quiet \
        governance.transaction_tax_rate=0.05 governance.reputation_decay=0.95 governance.staking_required=10 \
        governance.stake_slash_rate=0.2 governance.vote_weight_cap=3 </dev/null
fi
python3 -m venv "$SCRATCH/venv" 2>/dev/null || { install python3-venv && python3 -m venv --clear "$SCRATCH/venv"; }
"$SCRATCH/venv/bin/pip" install --quiet --disable-pip-version-check duckdb jsonschema pandas pyarrow </dev/null

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

    # Tables of the log.
    for form in csv parquet; do
        "$DAS" export "$log" --to $form -o "$SCRATCH/$name.$form" --quiet </dev/null >/dev/null
    done
    "$SCRATCH/venv/bin/python" "$ROOT/scripts/outside-check.parquet.py" "$log" "$SCRATCH/$name.csv" "$SCRATCH/$name.parquet" >"$SCRATCH/rows" \
        || result FAILED "$name tables" "the reader stopped"
    while IFS=$'\t' read -r figure found wanted agree; do
        verdict=FAILED
        if [[ $agree == True ]]; then verdict=ok; fi
        result $verdict "$name tables" "$(printf '%-38s %s' "$figure" "${found:0:200}")  expected ${wanted:0:40}"
    done <"$SCRATCH/rows"
    [[ $(wc -l <"$SCRATCH/rows") == 11 ]] || result FAILED "$name tables" "$(wc -l <"$SCRATCH/rows") rows in place of 11"

    # Text of any kind: commas, quotes, line breaks, letters beyond ASCII. The log is no longer what its seals say, and is told so.
    if [[ $name == baseline ]]; then
        python3 - "$log" >odd.jsonl <<'PYTHON'
import json, sys
for at, line in enumerate(open(sys.argv[1], encoding="utf-8")):
    line = json.loads(line)
    if line["type"] == "post_created":
        line["content"] = ["a,b", 'say "so"', "two\nlines", "Дякую 🙂 東京", "tab\tand \\", "é" * 300][at % 6]
    print(json.dumps(line, separators=(",", ":"), ensure_ascii=at % 2 == 0))
PYTHON
        for form in csv parquet; do
            code=0
            "$DAS" export odd.jsonl --to $form -o odd.$form --quiet </dev/null >/dev/null 2>&1 || code=$?
            expect "odd text as $form, exit code" 21 $code
        done
        wrong=$("$SCRATCH/venv/bin/python" "$ROOT/scripts/outside-check.parquet.py" odd.jsonl odd.csv odd.parquet | grep -v 'True$' || true)
        expect "odd text by pyarrow, pandas, DuckDB" "" "$wrong"
    fi

    # Packed here and unpacked by others, and the other way round.
    "$DAS" log convert "$log" -o "$name.ours.gz" --quiet </dev/null >/dev/null
    "$DAS" log convert "$log" -o "$name.ours.zst" --quiet </dev/null >/dev/null
    expect "$name unpacked by gzip" "$(sha "$log")" "$(gzip -dc "$name.ours.gz" | sha256sum | cut -d' ' -f1)"
    expect "$name unpacked by zstd" "$(sha "$log")" "$(zstd -qdc "$name.ours.zst" | sha256sum | cut -d' ' -f1)"
    gzip -9c "$log" >"$name.theirs.gz"
    zstd -q -19 -T0 "$log" -o "$name.theirs.zst"
    for packed in "$name".theirs.*; do
        "$DAS" log convert "$packed" -o "$packed.jsonl" --quiet </dev/null >/dev/null
        expect "$name packed by ${packed##*.}" "$(sha "$log")" "$(sha "$packed.jsonl")"
    done
done

# What Python prints in the guides: the blocks of a page one after the other, beside the log and the tables they read.
guides() {
    "$SCRATCH/venv/bin/python" - "$ROOT"/docs/src/guides/{read-a-log,export}.md <<'PYTHON'
import contextlib, io, re, sys

blocks = wrong = 0
for page in sys.argv[1:]:
    names = {}
    for code, between, shown in re.findall(r"```python\n(.*?)```\n(.*?)```text\n(.*?)```", open(page).read(), re.S):
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            exec(code, names)
        printed, shown = [[row.rstrip() for row in text.splitlines() if row.strip()] for text in (said.getvalue(), shown)]
        blocks += 1
        if printed != shown * (2 if between.startswith("\nTwice") else 1):
            wrong += 1
            print(*printed, sep="\n", file=sys.stderr)
print(f"{blocks} blocks, {wrong} that print something else")
PYTHON
}
if [[ ${logs[0]} == "$SCRATCH/baseline.jsonl" ]]; then
    mkdir guides && cd guides
    cp "${logs[0]}" run_001.jsonl
    "$DAS" export run_001.jsonl --to parquet -o tables --quiet </dev/null
    "$DAS" export run_001.jsonl --to csv -o csv --quiet </dev/null
    expect "Python in the guides" "5 blocks, 0 that print something else" "$(guides)"
    cd ..
fi

# What das cockpit prints, by its schema.
for log in "${logs[@]}"; do
    name=$(basename "$log" .jsonl)
    "$DAS" cockpit "$log" --format json >"$SCRATCH/views.json" </dev/null
    {
        cat "$SCRATCH/views.json"
        for view in $(jq -r '.[].name' "$SCRATCH/views.json"); do "$DAS" cockpit "$view" "$log" --format json </dev/null; done
    } >"$SCRATCH/cockpit.jsonl"
    "$SCRATCH/venv/bin/python" -c '
import json, sys, jsonschema
schema = json.load(open(sys.argv[1]))
jsonschema.Draft202012Validator.check_schema(schema)
check = jsonschema.Draft202012Validator(schema)
outputs = [json.loads(line) for line in open(sys.argv[2])]
wrong = [error.message[:200] for output in outputs for error in check.iter_errors(output)]
for broken in ([{}], {"view": "nowhere", "tables": []}, {"view": outputs[0]}):
    assert not check.is_valid(broken), broken
print(len(outputs), "outputs,", len(wrong), "that do not fit", *wrong[:3])
' "$ROOT/schemas/cockpit.schema.json" "$SCRATCH/cockpit.jsonl" >"$SCRATCH/verdict"
    expect "$name cockpit schema" "$(wc -l <"$SCRATCH/cockpit.jsonl") outputs, 0 that do not fit" "$(cat "$SCRATCH/verdict")"
done
finish
