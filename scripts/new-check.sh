#!/usr/bin/env bash
# A newcomer's policy and lever, as docs/src/guides/write-a-{policy,lever}.md tell it: written by `das new` into a copy of this tree,
# registered with the lines it prints and no others, linted, tested, run and verified; then both again as crates of their own, whose
# output the guides must show.
#
#   scripts/new-check.sh        DAS may name a binary that is built already
#
# The copy lies in the target directory and keeps its place, so that a second time builds only what changed.

source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"

need_das
must_have python3
TARGET=$(target_dir)
export CARGO_TARGET_DIR=$TARGET CARGO_NET_OFFLINE=true
fail() { echo "new-check: $1" >&2; exit 1; }

PLACE=$TARGET/new-check
STAGE=$SCRATCH/das
mkdir -p "$STAGE" "$PLACE/das"

# The tree as it stands, with what is not committed yet.
(cd "$ROOT" && git ls-files -co --exclude-standard -z | xargs -0 -I{} sh -c 'test -e "$1" && printf "%s\0" "$1"' sh {} | tar -c --null -T - -f -) |
    tar -x -C "$STAGE" -f -

(cd "$STAGE" && "$DAS" new policy patient && "$DAS" new lever wealth_tax) >"$SCRATCH/said"
cat "$SCRATCH/said"

# Puts the lines that were printed where they belong. What stands before the first line of a section is what the program says to do.
python3 - "$SCRATCH/said" "$STAGE" <<'PYTHON'
import pathlib
import sys

said, tree = pathlib.Path(sys.argv[1]).read_text(), pathlib.Path(sys.argv[2])
lines = [line.strip() for line in said.split("\n") if line.startswith("       ")]


def insert(path, before, text, after=""):
    """Text before the first line that is `before`, below the first one that contains `after`."""
    file = tree / path
    old = file.read_text().split("\n")
    start = next(i for i, line in enumerate(old) if after in line)
    at = next(i for i in range(start, len(old)) if old[i] == before)
    file.write_text("\n".join([*old[:at], *text, *old[at:]]))


def those(*beginnings):
    found = [line for line in lines if line.startswith(beginnings)]
    assert found, f"das new printed no line that begins with {beginnings}"
    return found


policies, levers, config = "crates/agents/src/policies/mod.rs", "crates/governance/src/levers.rs", "crates/governance/src/config.rs"
insert(policies, "pub mod adversarial;", those("pub mod patient"))
insert(policies, "];", those("Policy::of"), after="pub const ALL")
insert(levers, "pub mod admission;", those("pub mod wealth_tax"))
insert(levers, "];", those("lever!"), after="pub const ALL")
insert(config, "}", those("///", "#[", "pub wealth_tax_rate"), after="pub struct GovernanceConfig")
insert(config, "        }", those("wealth_tax_rate: 0.0"), after="impl Default for GovernanceConfig")
PYTHON
# Under a version of its own: cargo tells packages of two workspaces apart by name, version and the path within, and would take what
# is built of the copy for what is built of this tree.
sed -i '/^\[workspace.package\]/,/^$/s/^version = .*/version = "0.1.0-copy"/' "$STAGE/Cargo.toml"
grep -q '^version = "0.1.0-copy"$' "$STAGE/Cargo.toml" || fail "the copy has the version of the tree"
(cd "$STAGE" && cargo fmt --all)

# Only files that differ are replaced: cargo goes by their times.
(cd "$STAGE" && find . -type f) | while read -r file; do
    cmp -s "$STAGE/$file" "$PLACE/das/$file" || { mkdir -p "$(dirname "$PLACE/das/$file")" && cp "$STAGE/$file" "$PLACE/das/$file"; }
done
(cd "$PLACE/das" && find . -path ./runs -prune -o -type f -print) | while read -r file; do
    [[ -e $STAGE/$file ]] || rm "$PLACE/das/$file"
done

cd "$PLACE/das"
cargo clippy --quiet -p das-agents -p das-governance --all-targets -- -D warnings
cargo test --quiet -p das-agents -p das-governance --lib
cargo test --quiet -p das-governance --test it config
cargo test --quiet -p das-agents --test it roles::nobody_reaches_for_a_tool_it_may_not_use
cargo build --quiet -p das-runner --bin das
# Not left where a program of this tree is looked for; cargo puts its own back.
OWN=$PLACE/own-das
mv -f "$TARGET/debug/das" "$OWN.new" && rm -f "$OWN" && mv "$OWN.new" "$OWN"

rm -rf runs
"$OWN" list agents | grep -q '^patient '
"$OWN" explain patient | grep -q lenience
"$OWN" list levers | grep -q '^wealth_tax '
"$OWN" explain wealth_tax | grep -q wealth_tax_rate
"$OWN" run scenarios/baseline.yaml agents.opportunistic.type=patient governance.wealth_tax_rate=0.05 --out runs/own | sed -n '/^who gained/,/^$/p'
"$OWN" replay runs/own --verify
"$OWN" log overview runs/own | sed -n '/^levers/,/^refusals/p' | tee "$SCRATCH/levers"
grep -q wealth_tax "$SCRATCH/levers"
# What does not use them is what it was.
"$OWN" run scenarios/baseline.yaml --out runs/plain --quiet
[[ $(sha runs/plain/events.jsonl) == $(sed -n 's/^\([0-9a-f]*\) .* das run scenarios\/baseline.yaml$/\1/p' "$ROOT/tests/golden.txt") ]] ||
    fail "the log of the baseline changed with a policy and a lever it does not use"

# The same as crates of their own, under the names of the guides.
for own in "policy reciprocal" "lever demurrage"; do
    read -r kind name <<<"$own"
    rm -rf "${PLACE:?}/$name"
    "$DAS" new "$kind" "$name" --out "$PLACE/$name" --checkout "$ROOT" >/dev/null
    cd "$PLACE/$name"
    cargo fmt --check
    cargo test --quiet
    cargo run --quiet -- log.jsonl | tee "$SCRATCH/shown"
    "$DAS" log overview log.jsonl >/dev/null
    cargo run --quiet -- again.jsonl >/dev/null
    cmp log.jsonl again.jsonl
    while read -r line; do
        grep -qF -- "$line" <(sed 's/^ *//' "$ROOT/docs/src/guides/write-a-$kind.md") ||
            fail "docs/src/guides/write-a-$kind.md does not show what the crate prints: $line"
    done <"$SCRATCH/shown"
done
echo "new-check: a policy and a lever written, registered, tested, run and verified; both as crates of their own"
