#!/usr/bin/env bash
# Pictures of the page for the documentation, from runs made on the spot: docs/src/images/dashboard-*.png.
#
#   scripts/screenshots.sh              DAS=target/release/das for a binary that is there

source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
must_have python3
need_das
OUT=${OUT:-$ROOT/docs/src/images}
mkdir -p "$OUT"
cd "$SCRATCH"
"$DAS" run "$ROOT/scenarios/adversarial_attack.yaml" -q --no-criteria --out runs/adversarial_attack-s42
"$DAS" run "$ROOT/scenarios/baseline.yaml" -q --out runs/baseline-s42
"$DAS" run "$ROOT/scenarios/dosadi_smuggling.yaml" -q --no-criteria --epochs 26 --out runs/dosadi_smuggling-s42
"$DAS" dashboard runs --addr 127.0.0.1:0 >page.out &
PAGE=$!
trap 'kill $PAGE 2>/dev/null; wait 2>/dev/null; rm -rf "$SCRATCH"' EXIT
for _ in $(seq 200); do
    URL=$(sed -n 's/^page *//p' page.out)
    [[ -n "$URL" ]] && break
    sleep 0.05
done
PYTHONDONTWRITEBYTECODE=1 python3 - "$URL" "$OUT" "$ROOT/scripts" <<'PY'
import sys

url, out, scripts = sys.argv[1:]
sys.path.insert(0, scripts)
from browser import Browser

base = url.split("/?")[0]
browser = Browser()
try:
    browser.size(1120, 720)
    browser.open(url)
    run = "/run?id=adversarial_attack-s42"
    drawn = "document.querySelector('#panel .panels > *, #panel .events > li')"
    sizes = {"network": (640, 620), "city": (1120, 980), "routes": (1120, 980)}
    for name, path, dark, until in [
        ("runs", "/", False, "document.querySelector('[data-testid=runs] tbody tr')"),
        ("overview", run, False, "document.querySelectorAll('#panel figure').length >= 6 && document.querySelector('.findings')"),
        ("overview-dark", run + "&epoch=20", True, "document.querySelectorAll('#panel figure').length >= 6 && document.querySelector('.findings')"),
        ("network", run + "&tab=network", False, "document.querySelector('#panel svg.graph')"),
        ("events", run + "&tab=events&q=kind%3Ainteraction+p%3C0.4", False, "document.querySelector('.events > li')"),
        ("agent", run + "&tab=agents&agent=worker.1&truth=1", False, "document.querySelector('[data-testid=agent]')"),
        ("city", "/run?id=dosadi_smuggling-s42&tab=world&view=wards", False, "document.querySelectorAll('#panel figure').length >= 6"),
        ("routes", "/run?id=dosadi_smuggling-s42&tab=world&view=smuggling", True, "document.querySelector('#panel svg.graph')"),
    ]:
        browser.size(*sizes.get(name, (1120, 720)), dark)
        browser.open(base + path)
        browser.wait(until)
        browser.wait("!document.querySelector('#reading')?.checkVisibility()")
        browser.picture(f"{out}/dashboard-{name}.png")
    browser.size(375, 812)
    browser.open(base + run)
    browser.wait("document.querySelectorAll('#panel figure').length >= 6")
    browser.picture(f"{out}/dashboard-phone.png")
finally:
    browser.close()
PY
for picture in "$OUT"/dashboard-*.png; do
    size=$(stat -c %s "$picture")
    echo "$(basename "$picture")  $size bytes"
    [[ $size -lt 200000 ]] || { echo "too large: $picture"; exit 1; }
done
