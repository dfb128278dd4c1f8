#!/usr/bin/env bash
# Runs the sweeps of governance and writes the tables of what each lever does: docs/src/concepts/levers-table.md.
#
#   scripts/levers.sh [DIR]     DIR holds the sweeps (./sweeps); runs that are finished are kept, so the command goes on where it ended
#
# CPU time (user + system) of each sweep that had runs to make is noted in DIR/effort.csv, NAME,RUNS,SECONDS; what was killed before its end
# is not in it. The binary is $DAS, or the release build. About 14,000 runs: a quarter of an hour on two cores.

source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
need_das
DIR=$(realpath -m "${1:-$ROOT/sweeps}")
mkdir -p "$DIR"
SWEEPS=(governance_12 governance_12_random1 governance_12_random2 governance_12_frozen tax_test adversarial_ratio lean_bundle
    small_set small_set_check dosadi_governance)

for name in "${SWEEPS[@]}"; do
    file=$ROOT/scenarios/sweeps/$name.yaml
    # shellcheck disable=SC2046 # two numbers
    set -- $("$DAS" sweep "$file" --out "$DIR/$name" --dry-run | sed -n 's/.* = \([0-9]*\) runs, \([0-9]*\) finished.*/\1 \2/p')
    [[ $1 != "$2" || ! -e $DIR/$name/results.csv ]] || continue
    TIMEFORMAT='%U %S'
    { time "$DAS" sweep "$file" --out "$DIR/$name" --quiet 2>&3; } 3>&2 2>"$SCRATCH/cpu"
    touch "$DIR/effort.csv"
    before=$(sed -n "s/^$name,[0-9]*,//p" "$DIR/effort.csv")
    seconds=$(tail -n 1 "$SCRATCH/cpu" | awk -v b="${before:-0}" '{ printf "%.1f", $1 + $2 + b }')
    grep -v "^$name," "$DIR/effort.csv" >"$SCRATCH/effort" || true
    echo "$name,$1,$seconds" >>"$SCRATCH/effort"
    cp "$SCRATCH/effort" "$DIR/effort.csv"
done

cd "$ROOT"
cargo run --quiet --release --package das-runner --example levers -- "$DIR" >"$SCRATCH/page"
cp "$SCRATCH/page" docs/src/concepts/levers-table.md
echo "wrote docs/src/concepts/levers-table.md"
