#!/usr/bin/env bash
# Pictures of the page for the documentation, from runs made on the spot: docs/src/images/dashboard-*.png.
#
#   scripts/screenshots.sh [NAME …]     DAS=target/release/das for a binary that is there; RUNS=DIR keeps the runs and takes those that are there

source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
must_have python3
need_das
OUT=${OUT:-$ROOT/docs/src/images}
RUNS=${RUNS:-$SCRATCH/runs}
SEEDS=8
mkdir -p "$OUT" "$RUNS"
made() { # NAME ARGUMENTS…: a run, unless it is there
    [[ -e "$RUNS/$1" ]] || "$DAS" run "${@:2}" -q --no-criteria --out "$RUNS/$1"
}
made adversarial_attack-s42 "$ROOT/scenarios/adversarial_attack.yaml"
made baseline-s42 "$ROOT/scenarios/baseline.yaml"
made audited-s42 "$ROOT/scenarios/baseline.yaml" governance.audit_probability=0.2 governance.audit_penalty=1
made dosadi_smuggling-s42 "$ROOT/scenarios/dosadi_smuggling.yaml"
[[ -e "$RUNS/governance_12/results.csv" ]] || "$DAS" sweep "$ROOT/scenarios/sweeps/governance_12.yaml" --seeds $SEEDS -q --out "$RUNS/governance_12"
cd "$SCRATCH"
"$DAS" dashboard "$RUNS" --addr 127.0.0.1:0 >page.out &
PAGE=$!
trap 'kill $PAGE 2>/dev/null; wait 2>/dev/null; rm -rf "$SCRATCH"' EXIT
for _ in $(seq 200); do
    URL=$(sed -n 's/^page *//p' page.out)
    [[ -n "$URL" ]] && break
    sleep 0.05
done
PYTHONDONTWRITEBYTECODE=1 python3 "$ROOT/scripts/pictures.py" "$URL" "$SCRATCH" "$@"
for picture in "$SCRATCH"/dashboard-*.png; do
    # A palette makes them a third; without the tool they are larger and as good.
    command -v pngquant >/dev/null && pngquant --force --ext .png --speed 1 --strip 128 "$picture"
    size=$(stat -c %s "$picture")
    echo "$(basename "$picture")  $size bytes"
    [[ $size -lt 250000 ]] || { echo "too large: $picture"; exit 1; }
    mv "$picture" "$OUT"
done
