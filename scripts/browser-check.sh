#!/usr/bin/env bash
# The page in a real browser: figures, filters, agents, epochs, comparison, a run in progress, keys, narrow and wide windows,
# accessibility, and hostile text in logs. Needs Chromium (Debian's `chromium`); axe-core comes from npm where that works.
#
#   scripts/browser-check.sh            DAS=target/release/das to check a binary that is there

source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
must_have python3
must_have chromium
need_das
PIDS=()
end() {
    for pid in "${PIDS[@]}"; do kill "$pid" 2>/dev/null || true; done
    wait 2>/dev/null || true
    rm -rf "$SCRATCH"
}
trap end EXIT

SCENARIOS=$ROOT/scenarios
HERE=$ROOT/scripts
cd "$SCRATCH"
"$DAS" run "$SCENARIOS/baseline.yaml" -q --out runs/baseline-s42
"$DAS" run "$SCENARIOS/baseline.yaml" -q --seed 7 governance.audit_probability=0.2 governance.audit_penalty=1 --out runs/audited-s7
"$DAS" run "$SCENARIOS/dosadi_smuggling.yaml" -q --no-criteria --epochs 8 --out runs/city-s42
python3 "$HERE/hostile_log.py" runs
"$DAS" sweep "$SCENARIOS/baseline.yaml" governance.audit_probability='[0,0.3]' governance.audit_penalty=2 --seeds 4 -q --out runs/levers
mkdir -p runs/a-sweep
printf 'cell,seed,audit,toxicity_rate\nx,1,0.0,0.25\ny,1,0.5,0.125\n' >runs/a-sweep/results.csv
printf '# A sweep\n\nTwo cells.\n' >runs/a-sweep/summary.md

# A run in progress: long enough to be stopped from the page.
"$DAS" run "$SCENARIOS/baseline.yaml" -q --no-criteria --epochs 50000 --out runs/live >live.out 2>&1 &
PIDS+=($!)
"$DAS" dashboard runs --addr 127.0.0.1:0 --allow-control >page.out 2>page.err &
PIDS+=($!)
# A run that waits before its first step, with a page of its own.
"$DAS" run "$SCENARIOS/baseline.yaml" -q --no-criteria --epochs 50000 --out held/run --dashboard=127.0.0.1:0 --paused >held.out 2>held.err &
PIDS+=($!)
address_in() { # FILE: the address of a page, once it is said there
    local url=
    for _ in $(seq 200); do
        url=$(sed -n 's/^page *//p' "$1")
        [[ -n "$url" ]] && break
        sleep 0.05
    done
    [[ -n "$url" ]] || { echo "the page did not start:" >&2; cat page.* held.* >&2; exit 1; }
    echo "$url"
}
URL=$(address_in page.out)
HELD=$(address_in held.err)

# axe-core, if npm can bring it: its checks come on top of our own.
AXE=
if command -v npm >/dev/null && (mkdir axe && cd axe && npm pack --silent axe-core@4.10.3 >/dev/null 2>&1 && tar xzf axe-core-*.tgz); then
    AXE=$SCRATCH/axe/package/axe.min.js
else
    echo "axe-core cannot be had here: our own checks of accessibility alone"
fi
AXE=$AXE RUNS=$SCRATCH/runs PYTHONDONTWRITEBYTECODE=1 python3 "$HERE/browser_check.py" "$URL" "$HELD"

# Ctrl-C ends the page of a run that has ended; the exit code is the run's, and its log proves itself.
kill -INT "${PIDS[-1]}"
wait "${PIDS[-1]}"
unset "PIDS[-1]"
"$DAS" replay held/run/events.jsonl --verify -q
echo "a run that was held, led on and stopped by keys: its log verifies"
