#!/usr/bin/env bash
# Re-execution notices changed code: one constant is changed at a time in a scratch copy, and `replay --verify` of a log by
# the unchanged program exits 20 at a line of that kind.
#
#   scripts/mutation-check.sh
#
# A policy, a lever, the settlement of conduct, a rail, the order of turns: five builds in one scratch copy. The copy and its
# build are kept in cargo's target directory (mutation-check/), so a second time only what changed is compiled.

source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
must_have jq
target=$(target_dir)/mutation-check
copy=$target/source
rm -rf "$copy"
mkdir -p "$copy"
# Copied with new times: cargo must not take what a mutation left for the build of these files.
(cd "$ROOT" && git ls-files -z --cached --others --exclude-standard) >"$SCRATCH/files"
(cd "$ROOT" && xargs -0 cp --parents -t "$copy" <"$SCRATCH/files" 2>/dev/null) || true
[[ -e $copy/Cargo.toml && -e $copy/crates/core/src/lib.rs ]] || { echo "the copy is not whole" >&2; exit 2; }
export CARGO_TARGET_DIR=$target/build CARGO_PROFILE_DEV_DEBUG=0 CARGO_INCREMENTAL=1

cat >"$SCRATCH/society.yaml" <<'YAML'
scenario_id: society
agents:
  - {type: honest, count: 4}
  - {type: opportunistic, count: 2, role: poster}
  - {type: deceptive, count: 2}
  - {type: adversarial, count: 2, role: poster}
governance: {transaction_tax_rate: 0.05, audit_probability: 0.5, audit_penalty: 1.0}
safety: {max_posts_per_epoch: 1}
simulation: {epochs: 6, steps_per_epoch: 10, seed: 11}
YAML
build() {
    (cd "$copy" && cargo build --quiet --package das-runner --bin das) </dev/null
}

# mutate NAME FILE LINE NEW JQ: replaces the one line LINE of FILE (regular expression over the whole line, indentation apart)
# by NEW, builds, verifies, and asks jq whether the difference is of the kind it should be.
mutate() {
    local name=$1 file=$copy/$2 line=$3 new=$4 kind=$5 matches recorded code=0
    matches=$(grep -cE "^ *($line)\$" "$file" || true)
    if [[ $matches != 1 ]]; then
        result FAILED "$name" "$2 has $matches lines \`$line\`: the mutation must be brought up to date"
        return
    fi
    cp "$file" "$SCRATCH/original"
    sed -E -i "s|^( *)($line)\$|\1$new|" "$file"
    if cmp -s "$file" "$SCRATCH/original"; then
        result FAILED "$name" "sed changed nothing in $2"
        return
    fi
    if build 2>"$SCRATCH/err"; then
        "$CARGO_TARGET_DIR/debug/das" replay "$log" --verify --format json >"$SCRATCH/out" 2>"$SCRATCH/err" </dev/null || code=$?
        recorded=$(jq -r '.difference.line + 1' "$SCRATCH/out" | xargs -I{} sed -n '{}p' "$log")
        if [[ $code == 20 ]] && jq -e --argjson recorded "${recorded:-null}" ".difference | $kind" "$SCRATCH/out" >/dev/null; then
            result ok "$name" "$(jq -r '.difference | "exit 20 at line \(.line): \(.kind), epoch \(.epoch), step \(.step), \(.agent // "")"' "$SCRATCH/out")"
        else
            result FAILED "$name" "exit $code, not a difference of its kind"
        fi
        jq -r '.difference.fields[0:3][] | "           \(.field): recorded \(.recorded), replayed \(.replayed)"' "$SCRATCH/out" \
            2>/dev/null | cut -c1-150 || cat "$SCRATCH/out" "$SCRATCH/err"
    else
        result FAILED "$name" "does not build"
        tail -n 20 "$SCRATCH/err"
    fi
    # The old text with a new time, so that cargo sees it.
    cp "$SCRATCH/original" "$file"
}

build
cp "$CARGO_TARGET_DIR/debug/das" "$SCRATCH/unchanged"
log=$SCRATCH/society.jsonl
"$SCRATCH/unchanged" run "$SCRATCH/society.yaml" --output "$log" --quiet </dev/null
code=0
"$SCRATCH/unchanged" replay "$log" --verify >/dev/null </dev/null || code=$?
expect "unchanged copy" "exit 0" "exit $code"

# What a changed policy does first: the conduct of an agent of that kind in an interaction.
mutate "policy: deceptive" crates/agents/src/policies/deceptive.rs \
    'Arm::new\("build", 0\.9, 0\.0, 0\.0, Price::Low\),' 'Arm::new("build", 0.89, 0.0, 0.0, Price::Low),' \
    '[$recorded.initiator, $recorded.counterparty, (.fields[] | select(.field == "initiator" or .field == "counterparty") | .replayed // "" | ltrimstr("\""))]
        | any(. != null and startswith("deceptive"))'
# A lever: its fee in the interaction it reviewed.
mutate "lever: transaction tax" crates/governance/src/levers/transaction_tax.rs \
    'MicroCredits\(\(rate \* tau\.0\.unsigned_abs\(\) as f64\)\.round\(\) as i64\)' \
    'MicroCredits((rate * 1.01 * tau.0.unsigned_abs() as f64).round() as i64)' \
    '.kind == "governance_fee" or (.kind == "interaction" and (.fields | any(.field | test("^(fee|levers)"))))'
# Settlement: what a partner sees of an interaction.
mutate "settlement: engagement" crates/env/src/settlement.rs \
    'const ENGAGEMENT: \(f64, f64, f64\) = \(0\.6, 0\.2, 0\.15\);' 'const ENGAGEMENT: (f64, f64, f64) = (0.61, 0.2, 0.15);' \
    '.kind == "interaction" and .fields[0].field == "counterparty_engagement_delta"'
# A rail: what was refused is not.
mutate "rail: posts per epoch" crates/core/src/rails.rs \
    'if posts >= self\.max_posts \{' 'if posts > self.max_posts {' \
    '.kind == "rail_refused" and $recorded.reason == "posts_per_epoch"'
# The order of turns: somebody else acts first.
mutate "turn order: round robin" crates/core/src/orchestrator/schedule.rs \
    'let first = self\.step % order\.len\(\) as u64;' 'let first = (self.step + 1) % order.len() as u64;' \
    '.epoch == 0 and .step == 0 and (.fields | any(.field | test("^(agent|author|voter|worker|poster|initiator|counterparty)$")))'
finish
