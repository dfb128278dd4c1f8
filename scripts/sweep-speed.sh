#!/usr/bin/env bash
# What a sweep costs beside its runs, and what it does when something is in its way. Prints figures; only the checks of results can fail.
#
#   scripts/sweep-speed.sh            everything (ten minutes; the figures of time want a quiet machine)
#   QUICK=1 scripts/sweep-speed.sh    without the 10,000 cells
#
# CPU is user + system time; the sweep and the bare runs in $PAIRS pairs (20), the rest as medians of $REPEAT (5), all taken in turn; instructions are callgrind's count, which no load changes.
# The binary is $DAS, or the release build.

source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
must_have time
need_das
REPEAT=${REPEAT:-5}
PAIRS=${PAIRS:-20}
BARE=$(target_dir)/release/examples/bare
[[ -x "$BARE" ]] || (cd "$ROOT" && cargo build --quiet --release --package das-runner --example bare) </dev/null
cd "$SCRATCH"

# measure NAME COMMAND…: adds "cpu wall peak-KiB" to the figures of NAME.
measure() {
    local name=$1
    shift
    command time -o took -f '%U %S %e %M' "$@" >out 2>&1 </dev/null || { cat out >&2; exit 1; }
    tail -n 1 took | awk '{ print $1 + $2, $3, $4 }' >>"$name.figures"
}

# median NAME [COLUMN]
median() {
    sort -g -k "${2:-1},${2:-1}" "$1.figures" |
        awk -v c="${2:-1}" '{ x[NR] = $c } END { print NR % 2 ? x[(NR + 1) / 2] : (x[NR / 2] + x[NR / 2 + 1]) / 2 }'
}

calc() { awk "BEGIN { printf \"$1\", $2 }"; }
row() { printf '| %-64s | %22s |\n' "$1" "$2"; }

# files DIR: a hash of what must not depend on how a sweep was run.
files() { (cd "$1" && cat results.csv results.parquet summary.md | sha256sum | cut -d ' ' -f 1); }

# same NAME DIR DIR: ok if these two sweeps have the same results.
same() { expect "$1" "$(files "$2")" "$(files "$3")"; }

# Cells of about 50 ms: the society of the sweeps, 50 epochs, 50 seeds of two configurations.
cp "$ROOT/scenarios/sweeps/society.yaml" .
cat >cells.yaml <<'EOF'
sweep_id: cells
base: society.yaml
epochs: 50
configurations:
  - name: none
  - {name: audits, set: {governance.audit_probability: 0.1, governance.audit_penalty: 3}}
seeds: 50
EOF
CELLS=100
# The same runs, each by a process and with a log of its own.
each() {
    local seed
    for audits in "" "governance.audit_probability=0.1 governance.audit_penalty=3"; do
        for seed in {1..50}; do
            # shellcheck disable=SC2086 # two words or none
            "$DAS" run society.yaml simulation.epochs=50 outputs.detail=epochs $audits --seed "$seed" -q --output run.jsonl
            rm -rf run.jsonl*
        done
    done
}
export -f each
export DAS
for ((i = 0; i < PAIRS; i++)); do
    measure bare "$BARE" cells.yaml 50
    # Each into a directory of its own: what a file system does with files just deleted is no part of a sweep.
    measure one "$DAS" sweep cells.yaml -q --workers 1 --out "one$i"
    ((i < REPEAT)) || continue
    measure two "$DAS" sweep cells.yaml -q --workers 2 --out "two$i"
    measure each bash -c each
done
# ratio COLUMN: one over bare as "mean low high", in per cent, with its 95 % t-interval over pairs.
ratio() {
    paste bare.figures one.figures | awk -v c="$1" '
        { r[NR] = ($(c + 3) / $c - 1) * 100; sum += r[NR] }
        END {
            mean = sum / NR
            for (i = 1; i <= NR; i++) square += (r[i] - mean) ^ 2
            v = NR - 1
            half = (1.96 + 2.37 / v + 2.8 / v ^ 2) * sqrt(square / v / NR)
            printf "%+.1f %% [%+.1f, %+.1f]", mean, mean - half, mean + half
        }'
}
row 'load of the machine before' "$(uptime | sed 's/.*average: //')"
echo '|---|---|'
row 'CPU of the runs without a sweep, a run, ms' "$(calc '%.1f' "$(median bare) / $CELLS * 1000")"
row 'CPU of the sweep of them, one worker, a run, ms' "$(calc '%.1f' "$(median one) / $CELLS * 1000")"
row 'CPU of the same by das run, each with its log, a run, ms' "$(calc '%.1f' "$(median each) / $CELLS * 1000")"
row "the sweep against the bare runs, $PAIRS pairs: CPU" "$(ratio 1)"
row 'wall clock' "$(ratio 2)"
row 'the sweep against das run' "$(calc '%+.1f %%' "($(median one) / $(median each) - 1) * 100")"
row 'wall clock of one worker / of two' "$(calc '%.2f' "$(median one 2) / $(median two 2)")"
same 'one worker, two workers' one0 two0

# instructions COMMAND…: what callgrind counts.
instructions() { valgrind --tool=callgrind --callgrind-out-file=/dev/null "$@" 2>&1 >/dev/null </dev/null | sed -n 's/.*Collected : *//p'; }

if need valgrind; then
    alone=$(instructions "$BARE" cells.yaml 10)
    swept=$(instructions "$DAS" sweep cells.yaml --seeds 10 -q --workers 1 --out counted)
    row 'instructions of 20 runs alone, and of the sweep of them' "$alone, $swept"
    row 'the sweep against the bare runs, instructions' "$(calc '%+.1f %%' "($swept / $alone - 1) * 100")"
else
    result SKIPPED 'instructions' 'valgrind is missing and cannot be installed'
fi

# 10,000 cells of a few agents: memory and open files.
if [[ -z "${QUICK:-}" ]]; then
    cat >tiny.yaml <<'EOF'
scenario_id: tiny
agents:
  - {type: honest, count: 4}
  - {type: deceptive, count: 1}
simulation: {epochs: 2, steps_per_epoch: 3, seed: 1}
EOF
    for seeds in 100 1000; do
        cat >many.yaml <<EOF
sweep_id: many$seeds
base: tiny.yaml
range:
  governance.transaction_tax_rate: {from: 0, to: 0.3, steps: 10}
seeds: $seeds
EOF
        command time -o took -f '%U %S %e %M' "$DAS" sweep many.yaml -q --out "many$seeds" >out 2>&1 &
        timed=$!
        most=0
        while kill -0 $timed 2>/dev/null; do
            pid=$(pgrep -P $timed || true)
            [[ -n $pid ]] && open=$(find "/proc/$pid/fd" -mindepth 1 2>/dev/null | wc -l) && ((open > most)) && most=$open
            sleep 0.05
        done
        wait $timed
        row "$((seeds * 10)) cells: peak memory, MB" "$(awk '{ printf "%.1f", $4 / 1000 * 1.024 }' took)"
        row "$((seeds * 10)) cells: most open files seen" "$most"
        row "$((seeds * 10)) cells: CPU a cell, ms" "$(awk -v n=$((seeds * 10)) '{ printf "%.2f", ($1 + $2) / n * 1000 }' took)"
    done
fi

# A disk that is full: a small file system of its own. Each run that cannot be kept is named, what is kept stays, and with room the same
# command goes on to the bytes of an undisturbed sweep.
mkdir full
if mount -t tmpfs -o size=200k tmpfs full 2>/dev/null; then
    trap 'umount "$SCRATCH/full" 2>/dev/null; rm -rf "$SCRATCH"' EXIT
    rc=0
    "$DAS" sweep cells.yaml -q --out full/cells >out 2>&1 || rc=$?
    named=$(grep -c '^error: .*seed' out || true)
    kept=$(find full/cells/cells -name summary.json | wc -l)
    row 'disk of 200 kB: runs kept, runs named as failed, exit code' "$kept, $named, $rc"
    sed 's/^/    /' out | head -n 3
    mount -o remount,size=64m full
    "$DAS" sweep cells.yaml -q --out full/cells >/dev/null
    same 'with room again' one0 full/cells
    umount full
else
    result SKIPPED 'disk full' 'a file system cannot be mounted here'
fi

# Killed at the ninth and the thirtieth cell: the same bytes, and no finished cell was made again.
for cells in 9 30; do
    "$DAS" sweep cells.yaml -q --workers 2 --out killed >/dev/null 2>&1 &
    pid=$!
    while kill -0 $pid 2>/dev/null && (($(find killed/cells -name summary.json 2>/dev/null | wc -l) < cells)); do sleep 0.01; done
    kill -KILL $pid 2>/dev/null || true
    wait $pid 2>/dev/null || true
    find killed/cells -name summary.json -printf '%i %p\n' | sort >"inodes$cells"
done
"$DAS" sweep cells.yaml -q --out killed >/dev/null
find killed/cells -name summary.json -printf '%i %p\n' | sort >inodes
result "$(comm -23 inodes30 inodes | grep -q . && echo FAILED || echo ok)" 'cells finished before the kill' \
    "$(wc -l <inodes30) of $(wc -l <inodes), none made again"
same 'killed twice and gone on' one0 killed
finish
