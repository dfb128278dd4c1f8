#!/usr/bin/env bash
# Determinism: the committed hashes of tests/golden.txt come out everywhere.
#
#   scripts/cross-check.sh           all of it; the build for aarch64 takes minutes the first time
#   QUICK=1 scripts/cross-check.sh   without that one
#
# Fresh processes in other directories, time zones and languages; 1, 2 and 7 threads; a glibc that is told to forget FMA and
# AVX2; the debug build; a build for aarch64 under qemu-user. A part that cannot run here says SKIPPED, which is not passed.

source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
need_das
GOLDEN=()
while IFS= read -r line; do GOLDEN+=("$line"); done <"$ROOT/tests/golden.txt"
RUNS=0

# log_of LINE OUTPUT PROGRAM…: runs a golden command by PROGRAM in the current directory; prints the sha256 of its log.
log_of() {
    local words log=$2
    read -ra words <<<"${1#* das }"
    shift 2
    "$@" run "$ROOT/${words[1]}" "${words[@]:2}" --output "$log" --force --quiet --no-criteria </dev/null >&2 || {
        echo "exit code $?"
        return
    }
    sha "$log"
}

# all NAME PROGRAM…: every golden command.
all() {
    local name=$1 line found good=0 bad=""
    shift
    for line in "${GOLDEN[@]}"; do
        found=$(cd "$SCRATCH" && log_of "$line" "$SCRATCH/all.jsonl" "$@" 2>"$SCRATCH/err")
        RUNS=$((RUNS + 1))
        if [[ "$found" == "${line%% *}" ]]; then
            good=$((good + 1))
        else
            bad="$bad ${found:0:12} for ${line:0:12};"
            head -n 3 "$SCRATCH/err"
        fi
    done
    if [[ -z $bad ]]; then
        result ok "$name" "$good of ${#GOLDEN[@]} golden logs"
    else
        result FAILED "$name" "$bad"
    fi
}

all "release build" "$DAS"

# Everything around the run differs: place of the log, working directory, time zone, language, width, user's home.
zones=(UTC Asia/Kathmandu America/St_Johns Pacific/Chatham Africa/Casablanca)
languages=(C POSIX de_DE.UTF-8 tr_TR.UTF-8 ar_EG.UTF-8 ja_JP.eucJP)
first=${GOLDEN[0]}
: >"$SCRATCH/hashes"
for ((n = 0; n < 20; n++)); do
    there="$SCRATCH/place $n/$(printf 'd%.0s' $(seq 1 $((1 + n * 5))))"
    mkdir -p "$there"
    (cd "$there" && log_of "$first" "run $n/log-$n.jsonl" env TZ="${zones[n % 5]}" HOME="$there" COLUMNS=$((40 + 10 * n)) \
        LANG="${languages[n % 6]}" LC_ALL="${languages[n % 6]}" "$DAS" 2>"$SCRATCH/err") >>"$SCRATCH/hashes"
    RUNS=$((RUNS + 1))
done
distinct=$(sort -u "$SCRATCH/hashes" | tr '\n' ' ')
expect "20 processes, places, zones, languages" "${first%% *} " "$distinct"

simultaneous=""
for line in "${GOLDEN[@]}"; do
    if [[ $line == *activation=simultaneous* ]]; then simultaneous=$line; fi
done
[[ -n $simultaneous ]] || { echo "tests/golden.txt has no simultaneous run" >&2; exit 2; }
for threads in 1 2 7; do
    found=$(cd "$SCRATCH" && log_of "$simultaneous --threads $threads" "$SCRATCH/t.jsonl" "$DAS" 2>"$SCRATCH/err")
    RUNS=$((RUNS + 1))
    expect "simultaneous, $threads threads" "${simultaneous%% *}" "$found"
done

# Does the tunable apply? The loader says which processor features remain in use.
tunable=glibc.cpu.hwcaps=-FMA,-AVX2
loader=$(ldd "$DAS" 2>/dev/null | grep -o '/[^ ]*ld-linux[^ ]*' || true)
features() { "$loader" --list-diagnostics 2>/dev/null | grep 'cpu_features.features.*active' || true; }
name="without FMA and AVX2"
if [[ -z $loader || -z $(features) ]]; then
    result SKIPPED "$name" "no glibc that says what it uses"
elif [[ $(features) == $(GLIBC_TUNABLES=$tunable features) ]]; then
    result SKIPPED "$name" "$tunable changes nothing on this processor"
else
    all "$name" env GLIBC_TUNABLES=$tunable "$DAS"
fi

target=$(target_dir)
(cd "$ROOT" && cargo build --quiet --package das-runner --bin das) </dev/null
all "debug build" "$target/debug/das"
if [[ "${QUICK:-0}" == 1 ]]; then
    result SKIPPED "aarch64 under qemu-user" "QUICK=1"
else
    arch=aarch64-unknown-linux-gnu
    name="aarch64 under qemu-user"
    if [[ $(uname -m) == aarch64 ]]; then
        result SKIPPED "$name" "this is aarch64; run it on x86-64"
    elif ! need qemu-aarch64-static qemu-user-static || ! need aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu; then
        result SKIPPED "$name" "qemu-user-static or gcc-aarch64-linux-gnu is missing and cannot be installed"
    elif [[ ! -e /usr/aarch64-linux-gnu/lib/libc.so.6 ]] && ! install libc6-dev-arm64-cross; then
        result SKIPPED "$name" "libc6-dev-arm64-cross is missing and cannot be installed"
    elif ! (cd "$ROOT" && rustup target add $arch) </dev/null >"$SCRATCH/rustup" 2>&1; then
        result SKIPPED "$name" "rustup target add $arch: $(tail -n 1 "$SCRATCH/rustup")"
    else
        (cd "$ROOT" && CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc \
            cargo build --quiet --release --target $arch --package das-runner --bin das) </dev/null
        all "$name" env QEMU_LD_PREFIX=/usr/aarch64-linux-gnu qemu-aarch64-static "$target/$arch/release/das"
    fi
fi
echo "$RUNS runs"
finish
