# What the check scripts share; sourced, not run.
#
# Gives $ROOT (the project), $DAS (the binary under test: from the environment, or built), $SCRATCH (a directory that goes
# away), `result` to count and print one outcome, and `finish` for the closing line and the exit code.
# A skipped check is counted apart and never as passed; with STRICT=1 it counts as failed.

set -euo pipefail
export LC_ALL=C
unset DAS_LOG
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
SCRATCH=$(mktemp -d "${TMPDIR:-/tmp}/das-check.XXXXXX")
trap 'rm -rf "$SCRATCH"' EXIT
PASSED=0 FAILED=0 SKIPPED=0

# target_dir: where cargo puts what it builds.
target_dir() {
    (cd "$ROOT" && cargo metadata --format-version 1 --no-deps) | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p'
}

# need_das: sets $DAS to an absolute path, building the release binary if none was given.
need_das() {
    if [[ -z "${DAS:-}" ]]; then
        (cd "$ROOT" && cargo build --quiet --release --package das-runner --bin das) </dev/null
        DAS=$(target_dir)/release/das
    fi
    [[ -x "$DAS" ]] || { echo "no binary at $DAS" >&2; exit 2; }
    DAS=$(cd "$(dirname "$DAS")" && pwd)/$(basename "$DAS")
}

# install PACKAGE: by apt-get, where that is possible without asking.
install() {
    local as_root=()
    command -v apt-get >/dev/null || return 1
    if [[ $(id -u) != 0 ]]; then
        { command -v sudo >/dev/null && sudo -n true 2>/dev/null; } || return 1
        as_root=(sudo -n)
    fi
    if [[ ! -e "$SCRATCH/apt-updated" ]]; then
        "${as_root[@]}" apt-get update -qq </dev/null >/dev/null 2>&1 || return 1
        : >"$SCRATCH/apt-updated"
    fi
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$1" </dev/null >/dev/null 2>&1
}

# need TOOL [PACKAGE]: is there such a tool? Installs the package where that is possible.
need() {
    command -v "$1" >/dev/null || { install "${2:-$1}" && command -v "$1" >/dev/null; }
}

# must_have TOOL [PACKAGE]: without it nothing can be checked at all.
must_have() {
    need "$@" || { echo "$1 is needed and cannot be installed here" >&2; exit 2; }
}

# result ok|FAILED|SKIPPED NAME DETAIL…: one line of the table.
result() {
    local verdict=$1 name=$2
    shift 2
    case $verdict in
        ok) PASSED=$((PASSED + 1)) ;;
        SKIPPED) SKIPPED=$((SKIPPED + 1)) ;;
        *) FAILED=$((FAILED + 1)) ;;
    esac
    printf '%-8s %-34s %s\n' "$verdict" "$name" "$*"
}

# expect NAME WANTED FOUND: ok if they are the same text.
expect() {
    if [[ "$2" == "$3" ]]; then
        result ok "$1" "$3"
    else
        result FAILED "$1" "expected $2, found $3"
    fi
}

# sha FILE: its sha256 alone.
sha() {
    local line
    line=$(sha256sum "$1") && echo "${line%% *}"
}

# finish: the closing line; fails if anything failed.
finish() {
    local skipped=""
    [[ $SKIPPED == 0 ]] || skipped=", $SKIPPED SKIPPED (not passed)"
    echo "$(basename "$0"): $PASSED passed, $FAILED failed$skipped"
    [[ $FAILED == 0 && ( $SKIPPED == 0 || "${STRICT:-0}" != 1 ) ]]
}
