#!/usr/bin/env bash
# How fast the page opens a large log and finds lines in it, and what it holds: figures, no pass or fail.
#
#   scripts/dashboard-speed.sh [LOG]    DAS=target/release/das to use a binary that is there
#
# Without a log, `scenarios/large_100k.yaml` is run: some five million events, 2 GB under $TMPDIR. Then fifty clients open the
# stream of news and read nothing, while a run writes into the folder that is shown.

source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
must_have python3
need_das
LOG=${1:-$SCRATCH/runs/large/events.jsonl}
[[ -n "${1:-}" ]] || "$DAS" run "$ROOT/scenarios/large_100k.yaml" -q --no-criteria --out "$SCRATCH/runs/large"
mkdir -p "$SCRATCH/live"
DAS=$DAS ROOT=$ROOT python3 - "$LOG" "$SCRATCH" <<'PY'
import http.client
import json
import os
import resource
import socket
import subprocess
import sys
import time
import urllib.parse

log, scratch = sys.argv[1:]
das, root = os.environ["DAS"], os.environ["ROOT"]


class Page:
    def __init__(self, shown):
        self.process = subprocess.Popen([das, "dashboard", shown, "--addr", "127.0.0.1:0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.began = time.monotonic()
        url = urllib.parse.urlsplit(self.process.stdout.readline().split()[1])
        self.host, token = url.netloc, urllib.parse.parse_qs(url.query)["token"][0]
        self.cookie = f"das_{url.port}={token}"

    def ask(self, path, **parameters):
        connection = http.client.HTTPConnection(self.host, timeout=120)
        connection.request("GET", f"/api/{path}?" + urllib.parse.urlencode(parameters), headers={"Cookie": self.cookie})
        answer = connection.getresponse()
        body = json.loads(answer.read())
        assert answer.status == 200, body
        connection.close()
        return body

    def memory(self, line="VmHWM"):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return next(int(row.split()[1]) for row in status if row.startswith(line)) / 1024

    def end(self):
        self.process.terminate()
        self.process.wait()


def row(what, figure):
    print(f"| {what:<68} | {figure:>12} |", flush=True)


def timed(call):
    began = time.monotonic()
    result = call()
    return result, (time.monotonic() - began) * 1000


print(f"| {'a log of ' + format(os.path.getsize(log) / 1e9, '.2f') + ' GB':<68} | {'measured':>12} |\n|---|---:|")
page = Page(log)
run = page.ask("runs")["runs"][0]["id"]
overview = page.ask("run", id=run)
row("start to overview, ms", f"{(time.monotonic() - page.began) * 1000:.0f}")
row("figures on it", len(overview["metrics"]))
texts = {}
for name, q in [("first", ""), ("text", 'text:"3999999"'), ("p<", "p<0.05")]:
    texts[name] = timed(lambda q=q: page.ask("events", id=run, q=q))
row("first page of events while the index is made, ms", f"{texts['first'][1]:.0f}")
row("first block of p<0.05, ms", f"{texts['p<'][1]:.0f}")
row("first block of a text, ms", f"{texts['text'][1]:.0f}")
while True:
    news = page.ask("events", id=run, limit=1)["news"]
    if news["bytes"] >= news["size"]:
        break
    time.sleep(0.2)
row("whole index, s", f"{time.monotonic() - page.began:.1f}")
lines = sum(count for _, count in page.ask("events", id=run, limit=1)["kinds"])
row("lines", f"{lines:,}")
epochs = overview.get("epochs") or 2
agent = next(iter(page.ask("events", id=run, q="kind:interaction", limit=1)["page"]["rows"]))["fields"]["initiator"]
for what, q in [("by number", "event:4000000..4000100"), ("by epoch", "epoch:1"), ("by kind", "kind:governance_sanction,post_flagged"), ("by a frequent kind", "kind:interaction"), ("by agent", f"agent:{agent}")]:
    took = max(timed(lambda q=q: page.ask("events", id=run, q=q))[1] for _ in range(3))
    row(f"a page {what} ({q}), slowest of three, ms", f"{took:.0f}")
row("peak memory of the server, MB", f"{page.memory():.0f}")
page.end()

# Fifty clients that read nothing, beside a run.
def run_cpu(name):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([das, "run", f"{root}/scenarios/large_1k.yaml", "-q", "--no-criteria", "--out", f"{scratch}/live/{name}"], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

alone = sorted(run_cpu(f"alone{n}") for n in range(5))[2]
page = Page(f"{scratch}/live")
run = page.ask("runs")["runs"][0]["id"]
page.ask("run", id=run)
calm, stuck = page.memory("VmRSS"), []
for _ in range(50):
    client = socket.create_connection(tuple([page.host.split(":")[0], int(page.host.split(":")[1])]))
    client.sendall(f"GET /api/live?id={run} HTTP/1.1\r\nHost: {page.host}\r\nCookie: {page.cookie}\r\n\r\n".encode())
    stuck.append(client)
watched = sorted(run_cpu(f"watched{n}") for n in range(5))[2]
row("CPU of a run beside 50 stuck clients / alone, medians of five", f"{watched / alone:.3f}")
row("memory of the server before and after, MB", f"{calm:.0f}, {page.memory('VmRSS'):.0f}")
page.end()
PY
