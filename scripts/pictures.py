"""Pictures of the page for the documentation; called by screenshots.sh with the page's address and the folder they go to."""

import os
import sys
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from browser import Browser  # noqa: E402

URL, OUT = sys.argv[1:3]
BASE = URL.split("/?")[0]
COMMONS, CITY, SWEEP = "adversarial_attack-s42", "dosadi_smuggling-s42", "governance_12"
FIGURES = "document.querySelectorAll('#panel figure').length >= {} && !document.querySelector('#panel .error')"
TABLE, EVENTS, GRAPH = "document.querySelector('main table')", "document.querySelector('.events > li')", "document.querySelector('#panel svg.graph')"
# Accepted, looked good, and harmed: where the proxy was fooled.
FOOLED = "kind:interaction accepted=true p>0.7 ground_truth=-1"


def at(run, **more):
    return "/run", {"id": run, **more}


def world(view):
    return at(CITY, tab="world", view=view)


# A picture has no bar to scroll by: tables in boxes of their own show all their rows.
EXPANDED = "(() => { for (const e of document.querySelectorAll('.scroll.tall')) e.classList.remove('tall'); for (const e of document.querySelectorAll('.scrolls')) e.remove(); })()"
# Where the last panel ends that has room, so that none is cut: of the whole page where it all has.
ROOM = """((most) => {
  document.getElementById('foot').style.position = 'static';
  document.body.style.minHeight = '0';
  window.scrollTo(0, 0);
  const whole = Math.ceil(document.body.getBoundingClientRect().height);
  if (whole <= most) return whole;
  const ends = [...document.querySelectorAll('main .panel, main section, .events > li')].map((e) => Math.ceil(e.getBoundingClientRect().bottom) + (e.matches("li") ? 1 : 8)).filter((y) => y <= most);
  return Math.max(...ends);
})(%d)"""

# Name, address, what must be there, and: dark, the width, the most of its height, the panel it is a picture of, whether the reasons of an event are asked for.
PICTURES = [
    ("runs", ("/", {}), TABLE, {}),
    ("overview", at(COMMONS, truth="1"), FIGURES.format(6), {}),
    ("overview-dark", at(COMMONS, epoch="20"), FIGURES.format(6), {"dark": True}),
    ("network", at(COMMONS, tab="network", truth="1"), GRAPH, {"width": 900}),
    ("governance", at(COMMONS, tab="governance"), FIGURES.format(1), {}),
    ("distributions", at(COMMONS, tab="distributions", truth="1"), FIGURES.format(2), {}),
    ("agents", at(COMMONS, tab="agents", truth="1"), TABLE, {}),
    ("agent", at(COMMONS, tab="agents", agent="deceptive.1", truth="1"), FIGURES.format(3), {}),
    ("events", at(COMMONS, tab="events", q=FOOLED, truth="1"), EVENTS, {"most": 1300}),
    ("why-freeze", at(COMMONS, tab="events", q="kind:governance_freeze", truth="1"), EVENTS, {"why": True, "most": 4000}),
    ("sweep", ("/sweep", {"id": SWEEP}), TABLE, {"most": 2980}),
    ("compare", ("/compare", {"a": "baseline-s42", "b": "audited-s42", "truth": "1"}), TABLE, {}),
    ("city", world("wards"), FIGURES.format(6), {}),
    ("routes", world("smuggling"), GRAPH, {"most": 1250}),
    ("choices", world("smuggling"), GRAPH, {"part": "Last choices, and why"}),
    ("why-route", at(CITY, tab="events", q="kind:smuggling_shipment_created", truth="1"), EVENTS, {"why": True}),
    ("borders", world("borders"), TABLE, {}),
    ("ledger", world("ledger"), TABLE, {}),
    ("phone", at(COMMONS), FIGURES.format(6), {"width": 375}),
]

browser = Browser()
try:
    browser.size(1280, 900)
    browser.open(URL)
    wanted = sys.argv[3:]
    for name, (path, query), there, how in PICTURES:
        if wanted and name not in wanted:
            continue
        width = how.get("width", 1280)
        browser.size(width, 812 if width < 600 else 900, how.get("dark", False))
        if "id" in query and path == "/run":
            # The whole log first: what is drawn before is of the epochs read so far.
            browser.wait("fetch('/api/run?id=%s').then((r) => r.json()).then((r) => r.news.ended || r.news.size > 0 && r.news.bytes === r.news.size)" % query["id"])
        browser.open(BASE + path + ("?" + urllib.parse.urlencode(query) if query else ""))
        browser.wait(there)
        browser.wait("!document.querySelector('#reading')?.checkVisibility()")
        if how.get("why"):
            browser.wait("/all that pass|so far|lines/.test(document.querySelector('[data-testid=events-state]').textContent)")
            # Reasons of the last one in sight: the most has happened before it.
            browser.js("(() => { const all = document.querySelectorAll('.events > li'), one = all[all.length - 1]; for (const e of [...all].slice(8)) if (e !== one) e.remove(); one.querySelector('details').open = true; })()")
            browser.wait("[...document.querySelectorAll('.events button')].find((b) => b.textContent === 'Why?')")
            browser.js("[...document.querySelectorAll('.events button')].find((b) => b.textContent === 'Why?').click()")
            browser.wait("document.querySelector('.events .panel .panel li li')")
        if how.get("part"):
            browser.js(EXPANDED)
            box = browser.js("(() => { const b = [...document.querySelectorAll('#panel .panel')].find((e) => e.textContent.startsWith(%r)).getBoundingClientRect(); return { x: 0, y: b.top + scrollY - 8, width: 1280, height: Math.min(b.height + 16, 3000) }; })()" % how["part"])
            browser.picture(f"{OUT}/dashboard-{name}.png", box, beyond=True)
            continue
        browser.js(EXPANDED)
        browser.whole(f"{OUT}/dashboard-{name}.png", browser.js(ROOM % how.get("most", 3600)))
finally:
    browser.close()
