#!/usr/bin/env bash
# A world that is saved and gone on from is the same world: at 20 days drawn from a seed, state hash by state hash.
#
#   scripts/vault-check.sh [DAYS] [POINTS]
#
# A city lives DAYS days (one step an epoch, hashed at each), uninterrupted. At each of POINTS days it is saved by a run that ends
# there, and another run goes on from the vault; every later day's state hash must be the uninterrupted one's. A saved world with
# --new-seed must differ from the next day on.

source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
DAYS=${1:-120} POINTS=${2:-20}
must_have jq
need_das
cd "$SCRATCH"

CITY=$ROOT/scenarios/dosadi_smuggling.yaml
lives() { "$DAS" run "$CITY" --steps 1 --heavy --quiet "$@" </dev/null >"$SCRATCH/out" 2>&1 || { cat "$SCRATCH/out" >&2; return 1; }; }
# hashes LOG: `epoch hash` of every seal that has one: after the step, and after what ends the epoch.
hashes() { jq -r 'select(.type == "seal" and .state_sha256) | "\(.epoch) \(.state_sha256)"' "$1"; }

lives --epochs "$DAYS" --output whole.jsonl
hashes whole.jsonl >whole
same=0
for day in $(awk -v days="$DAYS" -v n="$POINTS" 'BEGIN { srand(7); for (i = 0; i < n; i++) print 1 + int(rand() * (days - 2)) }'); do
    rm -rf vaults first.jsonl* second.jsonl*
    lives --epochs "$day" --output first.jsonl --save-vault kept
    lives --epochs "$DAYS" --output second.jsonl environment.vault=vaults/kept
    hashes second.jsonl >second
    if [[ -s second ]] && cmp -s <(tail -n "$(wc -l <second)" whole) second && [[ $(wc -l <second) -ge $((2 * (DAYS - day))) ]]; then
        same=$((same + 1))
    else
        result FAILED "day $day" "state hashes differ after going on from the vault"
    fi
done
[[ $same == 0 ]] || result ok "going on from a vault" "$same of $POINTS days: every later state hash is the uninterrupted run's"

lives --epochs "$DAYS" --output other.jsonl --new-seed 7 environment.vault=vaults/kept
hashes other.jsonl >other
if [[ -s other ]] && ! grep -qxFf other whole; then
    result ok "another seed" "no later day has a state hash of the first history"
else
    result FAILED "another seed" "a day of the new history equals one of the old"
fi
finish
