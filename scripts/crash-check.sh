#!/usr/bin/env bash
# A run that dies anywhere is finished by `das resume`, byte for byte.
#
#   scripts/crash-check.sh           SIGKILL at 30 random moments, and before every write, sync and rename of a small run
#   QUICK=1 scripts/crash-check.sh   6 moments, and every eighth call
#   SEED=7 scripts/crash-check.sh    other moments
#
# After each death `das log check` must call the log incomplete (23), and `das resume` must end in a log that `cmp`s equal to
# an uninterrupted one: once with the checkpoints that are there, once without them. Then a full disk, failing syncs, Ctrl-C
# and the STOP file. strace does the killing.

source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
must_have strace
must_have python3
need_das
cd "$SCRATCH"
RANDOM=${SEED:-1}
MOMENTS=30 STRIDE=1
if [[ "${QUICK:-0}" == 1 ]]; then MOMENTS=6 STRIDE=8; fi

cat >small.yaml <<'YAML'
scenario_id: small
agents:
  - {type: honest, count: 3}
  - {type: opportunistic, count: 1, role: poster}
  - {type: deceptive, count: 1}
governance: {transaction_tax_rate: 0.05, reputation_decay: 0.95}
simulation: {epochs: 7, steps_per_epoch: 10, seed: 5}
YAML
cat >long.yaml <<'YAML'
scenario_id: long
agents:
  - {type: honest, count: 120}
  - {type: opportunistic, count: 40, role: poster}
  - {type: deceptive, count: 20}
  - {type: adversarial, count: 20, role: poster}
governance: {transaction_tax_rate: 0.05, reputation_decay: 0.95, circuit_breaker_threshold: 0.4}
simulation: {epochs: 20, steps_per_epoch: 10, seed: 5}
YAML
# What a killed run is compared with.
"$DAS" run long.yaml --out whole-long --checkpoint-every 3 --quiet </dev/null
"$DAS" run small.yaml --out whole-small --quiet </dev/null
LONG=$(stat -c %s whole-long/events.jsonl)
echo "long run: $LONG bytes; small run: $(stat -c %s whole-small/events.jsonl) bytes"

# Runs a command and, as soon as the log of dying/ has so many bytes, does something to it; prints the exit code.
cat >when_log_has.py <<'PYTHON'
import os, signal, subprocess, sys, time

size, jitter, action, *command = sys.argv[1:]
process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
while process.poll() is None:
    try:
        if os.stat("dying/events.jsonl.part").st_size >= int(size):
            break
    except FileNotFoundError:
        if int(size) == 0:
            break
    time.sleep(0.0002)
time.sleep(int(jitter) / 1e6)
if action == "STOP":
    open("dying/STOP", "w").close()
else:
    process.send_signal(getattr(signal, "SIG" + action))
print(process.wait())
PYTHON
when_log_has() { python3 when_log_has.py "$@"; }
random() { echo $(((RANDOM * 32768 + RANDOM) % $1)); }

WHY=""
# finishes SCENARIO DIR WHOLE: does resume end in the whole log, and in what follows from it? Sets WHY if not.
finishes() {
    local code=0
    "$DAS" resume "$2" --quiet </dev/null >out 2>&1 || code=$?
    if [[ $code == 2 && ! -e $2/run.json && ! -e $2/events.jsonl.part ]]; then
        # Killed before anything was written down: there is nothing to resume, and nothing in the way of a new run.
        code=0
        "$DAS" run "$1" --out "$2" --force --quiet </dev/null >out 2>&1 || code=$?
    fi
    if [[ $code != 0 ]]; then
        WHY="resume exits $code: $(tail -n 1 out)"
    elif ! cmp "$2/events.jsonl" "$3/events.jsonl" >out 2>&1; then
        WHY="another log: $(cat out)"
    elif [[ -e $2/events.jsonl.part ]]; then
        WHY="the .part is still there"
    elif ! cmp "$2/metrics.csv" "$3/metrics.csv" >out 2>&1; then
        WHY="other metrics: $(cat out)"
    elif ! grep -q '"status": *"completed"' "$2/run.json"; then
        WHY="run.json does not say completed"
    else
        return 0
    fi
    return 1
}

NONE=0 INCOMPLETE=0 COMPLETE=0 WITH=0 WITHOUT=0 BAD=0
# dead SCENARIO DIR WHOLE: what a killed run left is classified, and finished with and without its checkpoints.
dead() {
    local scenario=$1 dir=$2 whole=$3 code=0 part=$2/events.jsonl.part
    if [[ -e $dir/events.jsonl ]]; then
        # Named already: then it is whole, and only what follows from it may be missing.
        "$DAS" log check "$dir/events.jsonl" >out 2>&1 </dev/null || code=$?
        COMPLETE=$((COMPLETE + 1))
        if [[ $code != 0 ]]; then WHY="events.jsonl is there and log check exits $code"; BAD=$((BAD + 1)); return 1; fi
    elif [[ -e $part ]]; then
        "$DAS" log check "$part" >out 2>&1 </dev/null || code=$?
        if [[ $code == 23 ]]; then
            INCOMPLETE=$((INCOMPLETE + 1))
        elif [[ $code == 0 ]] && cmp -s "$part" "$whole/events.jsonl"; then
            COMPLETE=$((COMPLETE + 1))
        else
            WHY="log check exits $code: $(head -n 1 out)"; BAD=$((BAD + 1)); return 1
        fi
    else
        NONE=$((NONE + 1))
    fi
    rm -rf bare
    cp -r "$dir" bare 2>/dev/null || mkdir bare
    rm -rf bare/checkpoints
    if ls "$dir"/checkpoints/*.checkpoint >/dev/null 2>&1; then WITH=$((WITH + 1)); fi
    WITHOUT=$((WITHOUT + 1))
    if ! finishes "$scenario" "$dir" "$whole"; then BAD=$((BAD + 1)); return 1; fi
    if ! finishes "$scenario" bare "$whole"; then WHY="without checkpoints: $WHY"; BAD=$((BAD + 1)); return 1; fi
}
tally() { echo "$NONE before the log, $INCOMPLETE incomplete (23), $COMPLETE whole; $WITH resumed from checkpoints, $WITHOUT without"; }

# SIGKILL at random moments of a long run; every third time a second one during the resume.
killed=0 twice=0
for ((n = 0; n < MOMENTS; n++)); do
    rm -rf dying
    bytes=$([[ $n == 0 ]] && echo 0 || random "$LONG")
    code=$(when_log_has "$bytes" "$(random 20000)" KILL "$DAS" run long.yaml --out dying --checkpoint-every 3 --quiet)
    if [[ $code == -9 ]]; then killed=$((killed + 1)); fi
    if ((n % 3 == 2)) && [[ -e dying/events.jsonl.part ]]; then
        code=$(when_log_has $((bytes + (LONG - bytes) / 4)) "$(random 20000)" KILL "$DAS" resume dying --quiet --checkpoint-every 2)
        if [[ $code == -9 ]]; then twice=$((twice + 1)); fi
    fi
    if ! dead long.yaml dying whole-long; then result FAILED "SIGKILL at $bytes bytes" "$WHY"; fi
done
if [[ $BAD == 0 ]]; then
    expect "SIGKILL at random moments" "$MOMENTS killed" "$killed killed"
    echo "         $twice killed again while resuming; $(tally)"
fi

# SIGKILL before each call that changes a file. strace counts calls a thread, and says which file each was for.
calls=write,fsync,fdatasync,rename,renameat,renameat2,ftruncate,unlink
options=(small.yaml --out dying --checkpoint-every 1 --quiet)
total_writes=0
for call in ${calls//,/ }; do
    NONE=0 INCOMPLETE=0 COMPLETE=0 WITH=0 WITHOUT=0 BAD=0 kills=0
    : >at
    for ((when = 1; ; when += STRIDE)); do
        rm -rf dying
        code=0
        # Other calls are traced along: a filter for a call that never comes would leave the trace empty.
        strace -f -y -qq -e trace=$calls -e "inject=$call:signal=KILL:when=$when" -o trace \
            "$DAS" run "${options[@]}" </dev/null >/dev/null 2>&1 &
        wait $! 2>/dev/null || code=$?
        if [[ $code == 0 ]]; then break; fi
        if [[ $code != 137 ]]; then result FAILED "$call $when" "exit $code instead of SIGKILL"; break; fi
        kills=$((kills + 1))
        # The call that was not made: its file, numbers in names made equal.
        file=$({ grep -E "^[0-9]+ +$call\(" trace || true; } | tail -n 1 | sed -nE 's/AT_FDCWD<[^>]*>//; s/^[^<"]*[<"]([^>"]*)[>"].*/\1/p')
        file=${file##*/}
        echo "${file/#*[0-9].checkpoint/N.checkpoint}" >>at
        if ! dead small.yaml dying whole-small; then result FAILED "SIGKILL at $call $when" "$WHY"; fi
        [[ $kills -lt 2000 ]] || break
    done
    if [[ $call == write ]]; then total_writes=$kills; fi
    if [[ $kills -gt 0 && $BAD == 0 ]]; then
        result ok "SIGKILL at each $call ($kills)" "$(tally)"
        echo "         $(sort at | uniq -c | sort -rn | awk '{printf "%s%d × %s", (NR > 1 ? ", " : ""), $1, $2}')"
    fi
done
if [[ $STRIDE == 1 ]]; then
    [[ $total_writes -ge 60 ]] && found="at least 60" || found=$total_writes
    expect "writes killed" "at least 60" "$found"
fi

# Cut anywhere, as a torn write leaves it.
NONE=0 INCOMPLETE=0 COMPLETE=0 WITH=0 WITHOUT=0 BAD=0
size=$(stat -c %s whole-small/events.jsonl)
for ((n = 0; n < MOMENTS; n++)); do
    rm -rf dying
    "$DAS" run "${options[@]}" </dev/null >/dev/null
    length=$(random "$size")
    head -c $length dying/events.jsonl >dying/events.jsonl.part
    rm dying/events.jsonl
    if ! dead small.yaml dying whole-small; then result FAILED "torn at byte $length" "$WHY"; fi
done
if [[ $BAD == 0 ]]; then result ok "torn at $MOMENTS random bytes" "$(tally)"; fi

# fails NAME FILE INJECTION [RESUMABLE]: a failing call: 74, the file is named, nothing is claimed, and it can be resumed.
fails() {
    local name=$1 file=$2 injection=$3 code=0 said
    rm -rf dying
    strace -f -qq -e "trace=${injection%%:*}" -e "inject=$injection" -o trace \
        "$DAS" run "${options[@]}" </dev/null >/dev/null 2>said || code=$?
    said=$(tr '\n' ' ' <said)
    if [[ $code != 74 ]]; then
        result FAILED "$name" "exit $code: $said"
    elif [[ "$said" != *"$file"* ]]; then
        result FAILED "$name" "does not name $file: $said"
    elif [[ -e dying/events.jsonl ]] && ! cmp -s dying/events.jsonl whole-small/events.jsonl; then
        result FAILED "$name" "left a final log that is not whole"
    elif grep -q '"status": "completed"' dying/run.json 2>/dev/null; then
        result FAILED "$name" "run.json says completed"
    elif ! dead small.yaml dying whole-small; then
        result FAILED "$name" "$WHY"
    else
        result ok "$name" "exit 74: ${said:0:150}"
    fi
}
# number CALL PATTERN N: the when= of the N-th CALL whose trace line has PATTERN, in a run that is left alone.
number() {
    rm -rf dying
    strace -f -y -qq -e "trace=$1" -o trace "$DAS" run "${options[@]}" </dev/null >/dev/null 2>&1
    # Threads count apart; files are written by the one that began.
    local main
    main=$(head -n 1 trace | cut -d' ' -f1)
    grep -E "^$main +$1\(" trace | grep -nE "$2" | sed -n "$3p" | cut -d: -f1
}
for nth in 1 2 30; do
    fails "disk full at write $nth of the log" events.jsonl.part "write:error=ENOSPC:when=$(number write 'events.jsonl.part' $nth)"
done
fails "disk full at a checkpoint" checkpoint "write:error=ENOSPC:when=$(number write 'checkpoint.tmp' 2)"
fails "failing sync of the log" events.jsonl.part "fdatasync:error=EIO:when=$(number fdatasync 'events.jsonl.part' 2)"
fails "failing sync of a checkpoint" checkpoint "fsync:error=EIO:when=$(number fsync 'checkpoint.tmp' 2)"
fails "failing last sync of the log" events.jsonl.part "fsync:error=EIO:when=$(number fsync 'events.jsonl.part' 1)"
fails "failing rename of a checkpoint" checkpoint "rename:error=EACCES:when=$(number rename 'checkpoint.tmp' 1)"

# A disk that is really full.
mkdir -p full
if [[ $(id -u) == 0 ]] && mount -t tmpfs -o size=96k tmpfs full 2>/dev/null; then
    code=0
    "$DAS" run small.yaml --out full/dying --quiet </dev/null >/dev/null 2>said || code=$?
    there=$([[ -e full/dying/events.jsonl ]] && echo "a final log" || echo "no final log")
    named=$(grep -q 'events.jsonl.part' said && echo "named" || echo "not named: $(cat said)")
    check=0
    "$DAS" log check full/dying/events.jsonl.part >/dev/null 2>&1 || check=$?
    mount -o remount,size=8m full
    cp -r full/dying dying-full
    umount full
    resumed=$(finishes small.yaml dying-full whole-small && echo equal || echo "$WHY")
    expect "a tmpfs of 96 kB" "exit 74, named, no final log, check 23, resumed equal" \
        "exit $code, $named, $there, check $check, resumed $resumed"
else
    result SKIPPED "a tmpfs of 96 kB" "mounting is not allowed here"
fi

# Ctrl-C: 130, and resumable. A signal is not part of the run: nothing of it is in the log.
for signal in INT TERM; do
    rm -rf dying
    code=$(when_log_has $((LONG / 3)) 0 $signal "$DAS" run long.yaml --out dying --quiet)
    checkpoints=$(find dying/checkpoints -name '*.checkpoint' | wc -l)
    check=0
    "$DAS" log check dying/events.jsonl.part >/dev/null 2>&1 || check=$?
    resumed=$(finishes long.yaml dying whole-long && echo equal || echo "$WHY")
    expect "SIG$signal" "exit 130, 1 checkpoint, check 23, resumed equal" \
        "exit $code, $checkpoints checkpoint, check $check, resumed $resumed"
done

# STOP: a regular end, recorded, and verified.
rm -rf dying
code=$(when_log_has $((LONG / 3)) 0 STOP "$DAS" run long.yaml --out dying --quiet)
status=$(tail -n 1 dying/events.jsonl 2>/dev/null | grep -o '"status":"[a-z]*"' || true)
verify=0
"$DAS" replay dying/events.jsonl --verify >/dev/null 2>&1 </dev/null || verify=$?
lines=$(wc -l <dying/events.jsonl)
shorter=$([[ $lines -lt $(wc -l <whole-long/events.jsonl) ]] && echo shorter || echo "not shorter")
expect "STOP file" 'exit 0, "status":"stopped", shorter, verify 0' "exit $code, $status, $shorter, verify $verify"

finish
