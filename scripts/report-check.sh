#!/usr/bin/env bash
# Reports in a real browser, from the disk: a commons, a city, a sweep and a log of hostile texts; narrow and wide, light and dark. Nothing
# scrolls sideways but tables and broad drawings in their own frames, nothing is run, fetched or complained about, and the figures
# that are seen are those of summary.json. Needs Chromium (Debian's `chromium`).
#
#   scripts/report-check.sh             DAS=target/release/das to check a binary that is there

source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
must_have python3
must_have chromium
need_das
trap 'rm -rf "$SCRATCH"' EXIT
cd "$SCRATCH"
"$DAS" run "$ROOT/scenarios/adversarial_attack.yaml" -q --no-criteria --out runs/attack
"$DAS" run "$ROOT/scenarios/dosadi_smuggling.yaml" -q --no-criteria --epochs 12 --out runs/city
"$DAS" sweep "$ROOT/scenarios/sweeps/tax_test.yaml" -q --seeds 3 --epochs 4 --out sweep
python3 "$ROOT/scripts/hostile_log.py" runs
for run in runs/*; do
    "$DAS" report "$run" -q -o "$(basename "$run").html" || [[ $? == 23 ]]
done
"$DAS" report sweep -q -o sweep.html
PYTHONDONTWRITEBYTECODE=1 python3 - "$ROOT/scripts" <<'PY'
import json
import pathlib
import sys

sys.path.insert(0, sys.argv[1])
from browser import Browser

TOO_WIDE = """[...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1
    && !e.closest('.scroll') && !e.closest('svg')).map((e) => e.tagName + ' ' + e.textContent.slice(0, 60))"""
SHOWN = "Object.fromEntries([...document.querySelectorAll('[data-testid^=value-]')].map((e) => [e.dataset.testid.slice(6), e.textContent]))"
browser, pages = Browser(), sorted(pathlib.Path().glob("*.html"))
assert len(pages) >= 4, pages
try:
    for page in pages:
        for width, dark in ((375, False), (375, True), (1920, False), (1920, True)):
            browser.size(width, 900, dark)
            browser.errors.clear()
            browser.requests.clear()
            browser.open(page.absolute().as_uri(), "document.querySelector('h1')")
            browser.js("document.querySelectorAll('details').forEach((e) => { e.open = true })")
            assert browser.js("document.documentElement.scrollWidth") <= width, (page, width)
            assert not (wide := browser.js(TOO_WIDE)), (page, width, wide[:3])
            assert not browser.errors and not browser.dialogs, (page, browser.errors, browser.dialogs)
            assert len(browser.requests) == 1, (page, browser.requests)
            assert browser.js("document.querySelectorAll('script, img, iframe, object, link, form, base').length") == 0, page
        summary = pathlib.Path("runs", page.stem, "summary.json")
        if summary.exists():
            want, text = json.loads(summary.read_text())["metrics"], summary.read_text()
            shown = browser.js(SHOWN)
            assert shown.keys() == want.keys(), shown.keys() ^ want.keys()
            for name, value in shown.items():
                assert f'"{name}": {value}' in text, (name, value)
        print(f"ok: {page.name}, {page.stat().st_size} bytes")
finally:
    browser.close()
PY
