#!/usr/bin/env bash
# How fast and how large: the table of benches/README.md, measured on this machine.
#
#   scripts/speed.sh            everything (some minutes, 6 GB of scratch space under $TMPDIR)
#   QUICK=1 scripts/speed.sh    without 100,000 agents
#
# CPU is user + system time; each figure is the median of $REPEAT runs (5), alternating with what it
# is compared to. The binary is $DAS, or the release build. Nothing here passes or fails: the table says what is so.

source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
must_have time
need_das
REPEAT=${REPEAT:-5}
ONE_K=$ROOT/scenarios/large_1k.yaml
HUNDRED_K=$ROOT/scenarios/large_100k.yaml

# cpu NAME COMMAND…: adds a line "cpu-seconds peak-KiB" to the figures of NAME.
cpu() {
    local name=$1 TIMEFORMAT='%3U %3S'
    shift
    { time command time -o "$SCRATCH/rss" -f %M "$@" >/dev/null 2>&1 </dev/null; } 2>"$SCRATCH/cpu"
    echo "$(awk '{ print $1 + $2 }' "$SCRATCH/cpu") $(tail -n 1 "$SCRATCH/rss")" >>"$SCRATCH/$name.figures"
}

# median NAME [COLUMN]: of the figures of NAME.
median() {
    sort -g -k "${2:-1},${2:-1}" "$SCRATCH/$1.figures" |
        awk -v c="${2:-1}" '{ x[NR] = $c } END { print NR % 2 ? x[(NR + 1) / 2] : (x[NR / 2] + x[NR / 2 + 1]) / 2 }'
}

calc() { awk "BEGIN { printf \"$1\", $2 }"; }
row() { printf '| %-58s | %14s |\n' "$1" "$2"; }

# run NAME LOG SCENARIO ARGUMENTS…: one measured run.
run() {
    local name=$1 log=$2
    shift 2
    rm -rf "$log" "$log.d"
    cpu "$name" "$DAS" run "$@" --output "$log"
}

for ((i = 0; i < REPEAT; i++)); do
    run full "$SCRATCH/full.jsonl" "$ONE_K"
    cpu sha sha256sum "$SCRATCH/full.jsonl"
    cpu verify "$DAS" replay "$SCRATCH/full.jsonl" --verify
    run epochs "$SCRATCH/epochs.jsonl" "$ONE_K" outputs.detail=epochs
done
LOG=$SCRATCH/full.jsonl
field() { sed -n "s/^ *$1: *\([0-9][0-9]*\).*/\1/p" "$LOG.d/scenario.resolved.yaml" | head -n 1; }
STEPS=$(($(field epochs) * $(field steps_per_epoch) * 1000))
BYTES=$(stat -c %s "$LOG")
LINES=$(wc -l <"$LOG")
SCORED=$(grep -c '"type":"interaction"' "$LOG")

row 'large_1k' 'measured'
echo '|---|---|'
row 'agent-steps per CPU second, detail full' "$(calc '%.0f' "$STEPS / $(median full)")"
row 'agent-steps per CPU second, detail epochs' "$(calc '%.0f' "$STEPS / $(median epochs)")"
row 'CPU of the run / CPU of sha256sum of its log' "$(calc '%.2f' "$(median full) / $(median sha)")"
row 'CPU of replay --verify / CPU of the run' "$(calc '%.2f' "$(median verify) / $(median full)")"
row 'bytes of log per agent-step' "$(calc '%.0f' "$BYTES / $STEPS")"
row 'mean line, bytes' "$(calc '%.0f' "$BYTES / $LINES")"
row 'scored interactions per agent-step' "$(calc '%.2f' "$SCORED / $STEPS")"
rm -rf "$LOG" "$LOG.d"

# Memory over a long run: ten and forty epochs.
for epochs in 10 40; do
    run "long$epochs" "$SCRATCH/long.jsonl" "$ONE_K" --epochs "$epochs"
done
rm -rf "$SCRATCH"/long.jsonl*
row 'peak memory after 10 and after 40 epochs, MB' \
    "$(calc '%.1f' "$(median long10 2) / 1000 * 1.024"), $(calc '%.1f' "$(median long40 2) / 1000 * 1.024")"

if [[ -z "${QUICK:-}" ]]; then
    # A hundred times as many agents for a hundredth of the epochs: as many agent-steps, and as large a log to write.
    read -r epochs steps < <(sed -n 's/^simulation: {epochs: \([0-9]*\), steps_per_epoch: \([0-9]*\).*/\1 \2/p' "$HUNDRED_K")
    steps=$((epochs * steps * 100000))
    for ((i = 0; i < REPEAT; i++)); do
        run many "$SCRATCH/many.jsonl" "$HUNDRED_K"
        rm -rf "$SCRATCH"/many.jsonl*
        run few "$SCRATCH/few.jsonl" "$ONE_K" --epochs $((epochs * 100))
        rm -rf "$SCRATCH"/few.jsonl*
    done
    row 'CPU per agent-step, 1,000 agents, µs' "$(calc '%.2f' "$(median few) / $steps * 1e6")"
    row 'CPU per agent-step, 100,000 agents, µs' "$(calc '%.2f' "$(median many) / $steps * 1e6")"
    row 'growth of CPU per agent-step, 1,000 to 100,000 agents' "$(calc '%+.0f%%%%' "($(median many) / $(median few) - 1) * 100")"
    row 'peak memory, 100,000 agents, MB' "$(calc '%.0f' "$(median many 2) / 1000 * 1.024")"
fi

if (cd "$ROOT" && cargo bench --quiet --package das-core --bench score) </dev/null >"$SCRATCH/bench" 2>/dev/null; then
    # Criterion prints `thrpt: [low estimate high]` in elements a second.
    rate=$(grep -A 3 'labels' "$SCRATCH/bench" | sed -n 's/.*thrpt: *\[[^ ]* [^ ]* \([^ ]* [^ ]*\) .*/\1/p' | head -n 1)
    row 'labels and both payoffs a second, one core' "$rate"
fi
