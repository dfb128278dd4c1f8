#!/usr/bin/env bash
# No change to a log stays unnoticed: `das replay --verify` of every tampered copy exits 20 to 23, never 0.
#
#   scripts/tamper-check.sh           one flipped bit in every single byte of a small log
#   BITS=all scripts/tamper-check.sh  every bit of every byte
#
# Then lines deleted, doubled, swapped and inserted, files cut short, and edits by somebody who recomputes every seal: those
# pass `das log check`, and re-execution finds them. scripts/tamper-check.py does the work; Python is all it needs.

source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
must_have python3
need_das
cd "$SCRATCH"
cat >tiny.yaml <<'YAML'
scenario_id: tiny
agents:
  - {type: honest, count: 1}
  - {type: opportunistic, count: 1, role: poster}
  - {type: deceptive, count: 1}
governance: {transaction_tax_rate: 0.05, audit_probability: 0.5, audit_penalty: 1.0}
simulation: {epochs: 1, steps_per_epoch: 3, seed: 3}
YAML
"$DAS" run tiny.yaml --output tiny.jsonl --quiet </dev/null
"$DAS" replay tiny.jsonl --verify >/dev/null </dev/null
python3 "$ROOT/scripts/tamper-check.py" "$DAS" tiny.jsonl "${BITS:-one}" | tee report
while read -r verdict name detail; do
    case $verdict in
        ok) PASSED=$((PASSED + 1)) ;;
        FAILED) FAILED=$((FAILED + 1)) ;;
    esac
done <report
grep -q '^ok       every byte' report || FAILED=$((FAILED + 1))
finish
