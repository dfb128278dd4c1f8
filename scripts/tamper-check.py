"""Tampers with a log in every way below and asks `das replay --verify` each time. Called by tamper-check.sh.

usage: tamper-check.py DAS LOG one|all
"""

import hashlib
import json
import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor

DAS, LOG, BITS = sys.argv[1:]
WHOLE = open(LOG, "rb").read()
LINES = WHOLE.splitlines(keepends=True)
CAUGHT = (20, 21, 22, 23)
WORDS = {0: "VERIFIED", 20: "diverged", 21: "damaged", 22: "foreign", 23: "incomplete"}


def report(good, name, detail):
    print(f"{'ok' if good else 'FAILED':8} {name:34} {detail}", flush=True)


def das(*arguments):
    done = subprocess.run([DAS, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
    return done.returncode, done.stdout + done.stderr


def verify(job):
    """Exit code of `replay --verify` for these bytes."""
    number, data = job
    path = f"tampered-{number}.jsonl"
    with open(path, "wb") as file:
        file.write(data)
    try:
        return das("replay", path, "--verify")[0]
    finally:
        os.remove(path)


def verify_all(copies):
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        return list(pool.map(verify, enumerate(copies)))


def region(at):
    """What stands at a byte: kind of line, and head or fields; line 0 and the last line in more detail."""
    number = WHOLE[:at].count(b"\n")
    begin = sum(map(len, LINES[:number]))
    line = LINES[number]
    kind = json.loads(line)["type"]
    within = at - begin
    if within == len(line) - 1:
        return f"{kind}: line feed"
    head = re.match(rb'\{"seq":\d+,"type":"[a-z_]+","epoch":\d+,"step":\d+(,"event":\d+)?', line).end()
    if within < head:
        return f"{kind}: head"
    if number == 0:
        if within < line.index(b'"seed":'):
            return f"{kind}: schema and engine"
        return f"{kind}: {'seed' if within < line.index(b'scenario') - 1 else 'scenario'}"
    if kind == "seal":
        return "seal: fields"
    return f"{kind}: fields"


def every_byte():
    masks = [1 << b for b in range(8)] if BITS == "all" else None
    places = [(at, mask) for at in range(len(WHOLE)) for mask in (masks or [1 << (at % 8)])]
    flipped = (WHOLE[:at] + bytes([WHOLE[at] ^ mask]) + WHOLE[at + 1 :] for at, mask in places)
    table = defaultdict(Counter)
    unnoticed = []
    for (at, mask), code in zip(places, verify_all(flipped)):
        table[region(at)][code] += 1
        if code not in CAUGHT:
            unnoticed.append((at, mask, code))
    print(f"{'region of the log':42} {'flips':>6}  " + " ".join(f"{WORDS[c]:>12}" for c in CAUGHT) + "   other")
    for name, codes in table.items():
        other = sum(n for code, n in codes.items() if code not in CAUGHT)
        print(f"  {name:40} {sum(codes.values()):6}  " + " ".join(f"{codes[c]:12}" for c in CAUGHT) + f"  {other:6}")
    for at, mask, code in unnoticed[:10]:
        print(f"  byte {at} ^ {mask:#04x}: exit code {code}: {WHOLE[max(0, at - 20) : at + 20]!r}")
    report(not unnoticed, "every byte", f"{len(places)} flips in {len(WHOLE)} bytes, {len(unnoticed)} not caught")


def group(name, copies):
    copies = list(copies)
    codes = Counter(verify_all(copies))
    missed = sum(n for code, n in codes.items() if code not in CAUGHT)
    found = ", ".join(f"{n} {WORDS.get(code, code)}" for code, n in sorted(codes.items()))
    report(missed == 0 and len(copies) > 0, name, f"{len(copies)} copies: {found}")


def lines_moved():
    n = len(LINES)
    group("a line deleted", (b"".join(LINES[:i] + LINES[i + 1 :]) for i in range(n)))
    group("a line doubled", (b"".join(LINES[: i + 1] + LINES[i:]) for i in range(n)))
    group("two lines swapped", (b"".join(LINES[:i] + [LINES[i + 1], LINES[i]] + LINES[i + 2 :]) for i in range(n - 1)))

    def numbered(lines):
        return [re.sub(rb'^\{"seq":\d+', b'{"seq":%d' % at, line) for at, line in enumerate(lines)]

    extra = b'{"seq":0,"type":"post_hidden","epoch":0,"step":0,"event":1,"agent":"honest.1"}\n'
    group("a line inserted", (b"".join(LINES[:i] + [extra] + LINES[i:]) for i in range(n + 1)))
    group("inserted, seq counted anew", (b"".join(numbered(LINES[:i] + [extra] + LINES[i:])) for i in range(n + 1)))
    group("deleted, seq counted anew", (b"".join(numbered(LINES[:i] + LINES[i + 1 :])) for i in range(n)))
    group("cut at each end of a line", (b"".join(LINES[:i]) for i in range(n)))
    group("cut within lines", (WHOLE[:at] for at in range(1, len(WHOLE), 7)))
    group("bytes behind the last line", [WHOLE + b"\n", WHOLE + b" ", WHOLE + b"\0", WHOLE + LINES[-1], WHOLE + WHOLE])
    group("other line ends, marks", [WHOLE.replace(b"\n", b"\r\n"), b"\xef\xbb\xbf" + WHOLE, WHOLE[:-1]])


def resealed(lines):
    """The same lines with every seal, and everything of the last line that hangs on bytes, computed anew."""
    whole, previous, last_seal, since = b"", 0, 0, 0
    for line in lines:
        kind = re.match(rb'\{"seq":\d+,"type":"([a-z_]+)"', line).group(1)
        if kind == b"seal":
            line = re.sub(rb'"prefix_sha256":"[0-9a-f]*"', b'"prefix_sha256":"%s"' % sha(whole), line)
            line = re.sub(rb'"prev_at":\d+', b'"prev_at":%d' % previous, line)
            previous = len(whole)
        elif kind == b"simulation_ended":
            line = re.sub(rb'"bytes":\d+', b'"bytes":%d' % len(whole), line)
            line = re.sub(rb'"body_sha256":"[0-9a-f]*"', b'"body_sha256":"%s"' % sha(whole), line)
        whole += line
    return whole


def sha(data):
    return hashlib.sha256(data).hexdigest().encode()


def changed(number):
    """Another number of the same kind and length, where that is possible."""
    text = number.decode()
    at = max(i for i, c in enumerate(text) if c.isdigit())
    return (text[:at] + str((int(text[at]) + 1) % 10) + text[at + 1 :]).encode()


def forged():
    """Somebody who edits one number and recomputes all seals: each number of each kind of line, line 0 apart."""
    assert resealed(LINES) == WHOLE, "an unedited log must come out as it was"
    head = re.compile(rb'^\{"seq":\d+,"type":"[a-z_]+","epoch":\d+,"step":\d+(,"event":\d+)?')
    number = re.compile(rb'"([a-z_0-9]+)":(-?\d+(?:\.\d+)?(?:e[-+]?\d+)?)(?=[,}])')
    seen, tally, bad = set(), defaultdict(lambda: [0, 0]), []
    example = None
    jobs = []
    for at, line in enumerate(LINES[:-1]):
        kind = json.loads(line)["type"]
        if kind in ("simulation_started", "seal"):
            continue
        for found in number.finditer(line, head.match(line).end()):
            field = found.group(1).decode()
            # Each field of each kind of line once, wherever it lies.
            if (kind, found.start(), field) in seen or sum(1 for k, _, f in seen if (k, f) == (kind, field)) >= 3:
                continue
            seen.add((kind, found.start(), field))
            old, new = found.group(2), changed(found.group(2))
            edited = line[: found.start(2)] + new + line[found.end(2) :]
            lines = LINES[:at] + [edited] + LINES[at + 1 :]
            if kind == "run_completed":
                # The last line repeats it.
                body = head.match(edited).end()
                fields = edited[body:].split(b",", 2)[2].rstrip(b"}\n")
                kept = line[head.match(line).end() :].split(b",", 2)[2].rstrip(b"}\n")
                lines[-1] = lines[-1].replace(kept, fields)
            jobs.append((kind, at, field, old.decode(), new.decode(), resealed(lines)))

    def judge(job):
        index, (kind, at, field, old, new, data) = job
        path = f"forged-{index}.jsonl"
        with open(path, "wb") as file:
            file.write(data)
        check = das("log", "check", path)[0]
        code, text = das("replay", path, "--verify")
        os.remove(path)
        said = code == 20 and f"line {at} " in text and field in text
        # Both values, in whatever spelling.
        numbers = {float(n) for n in re.findall(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?", text.split("before:")[0])}
        said = said and float(old) in numbers and float(new) in numbers
        return kind, check, code, said, text

    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        for job, (kind, check, code, said, text) in zip(jobs, pool.map(judge, enumerate(jobs))):
            tally[kind][0] += 1
            if check == 0 and code == 20 and said:
                tally[kind][1] += 1
                if kind == "interaction" and job[2] == "tau" or example is None:
                    example = text
            else:
                bad.append((job[:5], check, code, said, text))
    for kind, (tried, good) in tally.items():
        report(tried == good, f"resealed edit: {kind}", f"{good} of {tried} pass `log check` and diverge at line, field and both values")
    for found in bad[:10]:
        print("        ", *found[:4], found[4].strip()[:600])
    print("".join(f"         | {line[:150]}\n" for line in (example or "").splitlines()), end="")

    for name, old, new in (
        ("seed", b'"seed":"3"', b'"seed":"4"'),
        ("tax", b'"transaction_tax_rate":0.05', b'"transaction_tax_rate":0.06'),
        ("steps", b'"steps_per_epoch":3', b'"steps_per_epoch":4'),
    ):
        edited = LINES[0].replace(old, new)
        if edited == LINES[0]:
            report(False, f"resealed edit of line 0: {name}", "nothing to edit was found")
            continue
        group(f"resealed edit of line 0: {name}", [resealed([edited] + LINES[1:])])
    states = [i for i, line in enumerate(LINES) if b'"state_sha256":"' in line]
    group(
        "resealed edit: state hash",
        (
            resealed(LINES[:i] + [re.sub(rb'("state_sha256":".)(.)', lambda m: m[1] + (b"0" if m[2] != b"0" else b"1"), LINES[i])] + LINES[i + 1 :])
            for i in states
        ),
    )


every_byte()
lines_moved()
forged()
