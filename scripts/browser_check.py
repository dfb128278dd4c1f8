"""Checks the page in a real browser; called by browser-check.sh with the addresses that das dashboard and das run --dashboard printed."""

import csv
import json
import os
import sys
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from browser import Browser  # noqa: E402
from hostile_log import PAYLOADS  # noqa: E402

URL, HELD = sys.argv[1:3]
BASE = URL.split("/?")[0]
RUNS = os.environ["RUNS"]
AXE = os.environ.get("AXE")
PIXELS = ((375, 812), (1920, 1080))

# What axe-core would say first, for where it is not there: names of controls, alternatives, language, headings, contrast.
OWN_CHECKS = r"""(() => {
  const wrong = [];
  const seen = (e) => e.getClientRects().length > 0;
  const name = (e) => (e.getAttribute('aria-label') || (e.labels && [...e.labels].map((l) => l.innerText).join(' ')) || e.innerText || e.textContent || e.title || '').trim();
  for (const e of document.querySelectorAll('a[href], button, input, select, textarea, summary')) if (seen(e) && !name(e)) wrong.push('no name: ' + e.outerHTML.slice(0, 120));
  for (const e of document.querySelectorAll('svg')) if (seen(e) && !e.closest('[aria-hidden=true]') && !e.getAttribute('aria-label')) wrong.push('svg without a name');
  for (const e of document.querySelectorAll('img')) if (!e.hasAttribute('alt')) wrong.push('img without alt');
  if (!document.documentElement.lang) wrong.push('no lang');
  if (!document.title) wrong.push('no title');
  if (document.querySelectorAll('main').length !== 1 || document.querySelectorAll('h1').length !== 1) wrong.push('not one main and one h1');
  const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) wrong.push('id twice: ' + id);
  const light = (c) => { const [r, g, b] = c.match(/[\d.]+/g).map(Number).map((x) => { x /= 255; return x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const ground = (e) => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (!/, 0\)$/.test(c) && c !== 'transparent') return c; } return 'rgb(255,255,255)'; };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || !seen(e) || e.closest('svg, noscript, script, .sr, .skip') || e.disabled) continue;
    const [a, b] = [light(getComputedStyle(e).color), light(ground(e))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) wrong.push(`contrast ${ratio.toFixed(2)}: ${walk.currentNode.data.trim().slice(0, 40)}`);
  }
  return [...new Set(wrong)];
})()"""

WIDER = """(() => {
  const w = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= w) return null;
  const e = [...document.querySelectorAll('body *')].find((e) => e.getBoundingClientRect().right > w + 1 && !e.closest('.scroll, pre'));
  return e ? e.outerHTML.slice(0, 200) : 'wider than the window';
})()"""

browser = Browser()
done = []


def check(what, holds, more=""):
    """Something that must hold."""
    if not holds:
        raise AssertionError(f"{what}: {more}")
    done.append(what)


def address(path, **parameters):
    return BASE + path + ("?" + urllib.parse.urlencode(parameters) if parameters else "")


def ready(run):
    """Waits until the whole log was read."""
    quoted = urllib.parse.quote(run, safe="")
    browser.wait(f"fetch('/api/run?id={quoted}').then(r => r.json()).then(r => r.news.ended || r.news.bytes === r.news.size && r.news.size > 0)")


def text(test_id):
    return browser.js(f"document.querySelector('[data-testid=\"{test_id}\"]')?.textContent")


def shown(condition):
    return browser.wait(condition)


def accessible(where):
    """Our own checks, and axe-core's where it is there."""
    wrong = browser.js(OWN_CHECKS)
    check(f"accessible: {where}", not wrong, wrong)
    if AXE:
        with open(AXE, encoding="utf-8") as file:
            browser.js(file.read() + ";0")
        found = browser.js("axe.run(document).then(r => r.violations.map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.html.slice(0, 160) + ' ' + n.failureSummary.slice(0, 160)).join(' | ')))")
        check(f"axe-core: {where}", not found, "\n".join(found))


def fits(where):
    """No scrolling sideways, narrow or wide."""
    for width, height in PIXELS:
        browser.size(width, height)
        wider = browser.js(WIDER)
        check(f"{width} px: {where}", wider is None, wider)
    browser.size(1280, 900)


def finished():
    with open(os.path.join(RUNS, "baseline-s42", "summary.json"), encoding="utf-8") as file:
        raw = file.read()
    # The text of each figure, digit for digit.
    summary = json.loads(raw, parse_float=str, parse_int=str)
    browser.open(address("/run", id="baseline-s42"))
    ready("baseline-s42")
    shown("document.querySelector('[data-testid=value-toxicity_rate]')")
    check("title", text("title") == "baseline")
    check("status", text("status") == summary["status"])
    hidden = [name for name in summary["metrics"] if name.startswith("true_")]
    check("hidden truth is off", hidden and all(text(f"value-{name}") is None for name in hidden))
    for name, value in summary["metrics"].items():
        found = text(f"value-{name}")
        check(f"figure {name}", found in (value, None), f"{found} is not {value}")
    browser.open(address("/run", id="baseline-s42", truth="1"))
    shown("document.querySelector('[data-testid=value-true_harm_rate]')")
    for name, value in summary["metrics"].items():
        check(f"figure {name} of truth", text(f"value-{name}") == value, f"{text('value-' + name)} is not {value}")
    check("truth is badged", "hidden truth" in text("metric-true_harm_rate") and text("truth-on"))


def panels(run, epochs):
    for tab in ("", "network", "events", "agents", "governance", "distributions", "world"):
        for dark in (False, True):
            browser.size(1280, 900, dark)
            browser.open(address("/run", id=run, tab=tab, truth="1" if dark else ""))
            shown("document.querySelector('#panel .panels > *, #panel .events > li')")
            check(f"{run} {tab or 'overview'} shows no mistake", not browser.js("document.querySelector('#panel .error')?.textContent"))
            accessible(f"{run} {tab or 'overview'} {'dark, with truth' if dark else 'light'}")
        fits(f"{run} {tab or 'overview'}")
    # Time: the scrubber changes figures and the address, and reload keeps it.
    browser.open(address("/run", id=run))
    shown("document.getElementById('epoch')")
    browser.js("(() => { const e = document.getElementById('epoch'); e.value = 1; e.dispatchEvent(new Event('input', {bubbles: true})); })()")
    shown("location.search.includes('epoch=1') && document.querySelector('[data-testid=epoch]').textContent === 'up to 1'")
    shown("document.querySelector('[data-testid=epoch-toxicity_rate]')")
    told = browser.js("[...new Set([...document.querySelectorAll('#panel .scope')].map(e => e.textContent))].sort()")
    check(f"{run}: headings say their epochs", told == ["Epoch 1 alone", f"Epochs 0 to {epochs - 1}, the whole run"], told)
    browser.js("document.body.focus()")
    browser.key("]")
    shown("location.search.includes('epoch=2')")
    browser.open(browser.js("location.href"))
    shown("document.querySelector('[data-testid=epoch]')?.textContent === 'up to 2'")
    check(f"{run}: epochs", int(browser.js("document.getElementById('epoch').max")) == epochs - 1)


def events():
    """Filter, open, page, and by keyboard alone."""
    browser.open(address("/run", id="baseline-s42"))
    shown("document.querySelector('[data-testid=value-toxicity_rate]')")
    browser.js("document.activeElement.blur()")
    browser.key("3")
    shown("document.querySelector('.events > li')")
    browser.key("/")
    shown("document.activeElement.id === 'query'")
    browser.type("kind:interaction p<0.4 epoch:2..4")
    browser.key("Enter", text="\r")
    shown("location.search.includes('epoch%3A2..4') && document.querySelector('[data-testid=events-state]')?.textContent.includes('all that pass')")
    with open(os.path.join(RUNS, "baseline-s42", "events.jsonl"), encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    wanted = [line["event"] for line in lines if line["type"] == "interaction" and line["p"] < 0.4 and 2 <= line["epoch"] <= 4]
    found = browser.js("[...document.querySelectorAll('.events > li')].map(e => Number(e.dataset.event))")
    check("the filter finds what is in the log", wanted and found == wanted, f"{found} {wanted}")
    browser.js("document.activeElement.blur()")
    browser.key("j")
    browser.key("j")
    browser.key("k")
    check("j and k move", browser.js("[...document.querySelectorAll('.events summary')].indexOf(document.activeElement)") == 0)
    browser.key("Enter", text="\r")
    shown("document.querySelector('.events details[open] dl.facts')")
    check("truth is left out", "ground_truth" in browser.js("document.querySelector('.events .note').textContent") and not browser.js("[...document.querySelectorAll('.events dt')].some(e => e.textContent === 'ground_truth')"))
    open_first = "document.querySelector('.events > li > details').open = true"
    why = "[...document.querySelectorAll('.events button')].find(b => b.textContent === 'Why?')"
    for truth, expected in (("", "'.events .error')?.textContent.includes('Hidden truth')"), ("1", "'.events .panel .panel li li')")):
        browser.open(address("/run", id="baseline-s42", tab="events", q="kind:interaction p<0.4", truth=truth))
        shown("document.querySelector('.events > li')")
        browser.js(open_first)
        shown(why)
        browser.js(why + ".click()")
        shown(f"document.querySelector({expected}")
    accessible("why an event came to be")
    fits("why an event came to be")
    browser.open(address("/run", id="baseline-s42", tab="events", q="colour:red"))
    shown("document.querySelector('#panel .error')?.textContent.includes('colour')")
    browser.open(address("/run", id="baseline-s42", tab="events", q="text:\"no such words anywhere\""))
    shown("document.querySelector('[data-testid=events-state]')?.textContent.startsWith('0 events')")


def agents():
    browser.open(address("/run", id="baseline-s42", tab="agents"))
    shown("document.querySelector('#panel tbody a')")
    browser.js("document.querySelector('#panel tbody a').click()")
    shown("document.querySelector('[data-testid=agent] h2')")
    check("believed quality is drawn", browser.js("document.querySelector('#panel figure h2').textContent") == "Believed against actual quality")
    check("and actual quality is not", "actual" not in browser.js("document.querySelector('#panel figure .legend').textContent"))
    browser.js("document.getElementById('truth').click()")
    shown("document.querySelector('#panel figure .legend')?.textContent.includes('actual')")
    accessible("an agent")
    fits("an agent")


def compare():
    browser.open(BASE + "/")
    shown("document.querySelectorAll('[data-testid=runs] tbody tr').length >= 4")
    accessible("runs")
    fits("runs")
    browser.js("for (const id of ['baseline-s42', 'audited-s7']) document.querySelector(`input[aria-label=\"Choose ${id}\"]`).click()")
    browser.js("[...document.querySelectorAll('button')].find(b => b.textContent.startsWith('Compare')).click()")
    shown("document.querySelector('[data-testid=compare] table')")
    check("keys that differ", "governance.audit_probability" in browser.js("document.querySelector('[data-testid=compare]').textContent"))
    check("two lines a chart", browser.js("document.querySelector('[data-testid=compare] figure').querySelectorAll('path.line').length") == 2)
    accessible("two runs")
    fits("two runs")
    browser.open(address("/sweep", id="a-sweep"))
    shown("document.querySelector('main table')")
    accessible("a sweep")
    fits("a sweep")
    browser.open(address("/sweep", id="levers"))
    shown("document.querySelector('main figure svg')")
    effects = browser.js("fetch('/api/sweep?id=levers').then(r => r.json()).then(p => p.effects[0].effects)")
    with open(os.path.join(RUNS, "levers", "results.csv"), encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for effect in effects:
        of = lambda config: {row["seed"]: float(row[effect["metric"]]) for row in rows if row["config"] == config}
        treated, control = of(effect["config"]), of(effect["against"])
        mean = sum(treated[seed] - control[seed] for seed in treated) / len(treated)
        check(f"the effect on {effect['metric']} is that of the table", abs(mean - effect["mean"]) < 1e-9 and effect["low"] <= mean <= effect["high"], f"{mean} {effect}")
    cell = browser.js("fetch('/api/sweep?id=levers').then(r => r.json()).then(p => p.effects[0])")
    for level in cell["levels"]:
        values = [float(row[level["metric"]]) for row in rows if row["config"] == level["config"]]
        mean = sum(values) / len(values)
        check(f"the mean of {level['metric']} is that of the table", abs(mean - level["mean"]) < 1e-9 and level["low"] <= mean <= level["high"], f"{mean} {level}")
    check("the baseline's means stand in the table", browser.js("[...document.querySelectorAll('main tbody th')].some(e => e.textContent.startsWith('mean: '))"))
    # A word for each effect, by the direction in which its measure is good.
    words = browser.js("Object.fromEntries([...document.querySelectorAll('main figure')].map(f => [f.querySelector('h2').textContent, f.querySelector('svg g text:last-of-type').textContent]))")
    for effect in effects:
        title, sense = "Change in " + effect["metric"].replace("_", " "), cell["senses"].get(effect["metric"])
        if title in words and sense:
            side = 0 if effect["low"] <= 0 <= effect["high"] else 1 if (effect["low"] > 0) == (sense == "more") else -1
            check(f"the word for {effect['metric']}", words[title] == {0: "unsure", 1: "better", -1: "worse"}[side], f"{words[title]} {effect}")
    drawn = browser.js("[...document.querySelectorAll('main figure')].map(f => [f.querySelector('h2').textContent, f.querySelectorAll('svg circle').length])")
    wanted = {"Change in " + effect["metric"].replace("_", " ") for effect in effects}
    check("effects are drawn", drawn and all(title in wanted and count == 1 for title, count in drawn), drawn)
    accessible("effects of a sweep")
    fits("effects of a sweep")


def city():
    for view in ("smuggling", "borders", "wards", "ledger", "figures"):
        browser.open(address("/run", id="city-s42", tab="world", view=view))
        shown("document.querySelector('#panel table, #panel figure')")
        check(f"the city's {view}", not browser.js("document.querySelector('#panel .error')"))
        fits(f"the city's {view}")
    browser.open(address("/run", id="city-s42", tab="world", view="wards"))
    shown("document.querySelector('#panel figure svg')")
    accessible("the city's wards")


def live():
    """A run in progress: it grows on the page, and is stopped from it."""
    browser.open(address("/run", id="live"))
    shown("document.querySelector('[data-testid=status]')?.textContent === 'not finished'")
    epochs = "Number((document.querySelector('.head .quiet')?.textContent.match(/([0-9]+) of 50000/) ?? [0, 0])[1])"
    first = shown(f"{epochs} > 0 && {epochs}")
    shown(f"{epochs} > {first}")
    browser.js("[...document.querySelectorAll('button')].find(b => b.textContent === 'Stop this run').click()")
    shown("document.querySelector('[data-testid=status]')?.textContent === 'stopped'")
    accessible("a stopped run")


def held():
    """A run that is held: led on, let go, caught and stopped, by keys alone."""
    status = "document.querySelector('[data-testid=status]')?.textContent"
    focused = "document.activeElement.textContent"
    browser.open(HELD)
    check("the token leaves the address of a run", "token" not in browser.js("location.href"))
    shown(f"{status} === 'paused before step 0 of epoch 0'")
    accessible("a held run")
    fits("a held run")
    before = browser.js("fetch('/api/run?id=run').then(r => r.json()).then(r => r.news.lines)")
    browser.key("s")
    shown(f"{status} === 'paused before step 1 of epoch 0'")
    check("a step is heard", browser.wait("document.getElementById('say').textContent") == "paused before step 1 of epoch 0")
    browser.wait(f"fetch('/api/run?id=run').then(r => r.json()).then(r => r.news.lines > {before})")
    # To the button by Tab, and once more by Enter: the focus stays on it.
    browser.js("document.querySelector('.skip').focus()")
    for _ in range(30):
        browser.key("Tab")
        if browser.js(focused) == "One step":
            break
    check("Tab comes to the button", browser.js(focused) == "One step")
    for step in (2, 3):
        browser.key("Enter", text="\r")
        shown(f"{status} === 'paused before step {step} of epoch 0'")
        check("the focus stays", browser.js(focused) == "One step")
    browser.key("h")
    shown(f"{status} === 'running'")
    browser.key("h")
    caught = shown(f"{status}?.startsWith('paused before') && {status}")
    check("it was caught later", caught != "paused before step 3 of epoch 0")
    check("and stays", browser.js("fetch('/api/held?id=run').then(r => r.json()).then(r => r.held.doing)") == "paused")
    browser.key("Tab")
    check("Tab comes to the next button", browser.js(focused) == "Stop this run")
    browser.key("Enter", text="\r")
    shown(f"{status} === 'stopped'")
    check("no button is left", browser.js("[...document.querySelectorAll('button')].every(b => !['Pause this run', 'Go on', 'One step', 'Stop this run'].includes(b.textContent))"))
    check("the focus is on the page", browser.js("document.activeElement.id") == "main")
    accessible("a run that was held and stopped")


def shapes():
    """Shapes that no world sends yet are drawn as the report draws them, hostile names among them."""
    browser.open(BASE + "/")
    name = json.dumps(PAYLOADS[0])
    drawn = """import('/assets/views.js').then(({ draw }) => {
      const flow = (column, from, to, weight) => ({ column, from, to, weight });
      const views = [
        { view: 'alluvial', title: 'Groups', columns: ['one', 'two', 'three'], flows: [flow(0, 'a', 'a', 3), flow(0, 'a', %s, 1), flow(0, 'b', 'a', 2), flow(1, 'a', 'c', 5), flow(1, %s, 'c', 0)] },
        { view: 'alluvial', title: 'Nothing', columns: ['one', 'two'], flows: [] },
        { view: 'alluvial', title: 'Many', columns: ['one', 'two'], flows: Array.from({ length: 60 }, (_, n) => flow(0, 'g' + n, 'h' + n, 1)) },
        { view: 'ladder', title: 'Ranks', rungs: [{ name: 'low', who: ['x', %s] }, { name: 'middle', who: [] }, { name: 'high', who: Array.from({ length: 9 }, (_, n) => 'y' + n) }] },
      ];
      const box = document.createElement('div');
      box.id = 'shapes';
      box.append(...views.map((view) => draw(view, {})));
      document.querySelector('main').append(box);
      const [groups, nothing, many] = document.querySelectorAll('#shapes figure');
      return { bands: groups.querySelectorAll('path.band').length, bars: groups.querySelectorAll('rect.bar').length, nothing: nothing.textContent,
        upright: [...many.querySelectorAll('rect.bar')].filter((bar) => Number(bar.getAttribute('height')) > 0 && Number(bar.getAttribute('y')) >= 22).length,
        rungs: [...document.querySelectorAll('#shapes figure:last-of-type text.head')].map((text) => text.firstChild.data) };
    })""" % (name, name, name)
    found = browser.js(drawn)
    check("bands of weight above nothing", found["bands"] == 4, found)
    check("a bar for each group", found["bars"] == 5, found)
    check("nothing flowed", "Nothing flowed" in found["nothing"], found)
    check("many groups stand upright", found["upright"] == 120, found)
    check("rungs from the top", found["rungs"] == ["high", "middle", "low"], found)
    browser.js("document.querySelectorAll('#shapes details').forEach((e) => { e.open = true; })")
    browser.wait("document.querySelectorAll('#shapes table').length === 4")
    accessible("flows and ladders")
    fits("flows and ladders")


def hostile():
    """Texts of a log are text, whatever they look like."""
    name = next(name for name in os.listdir(RUNS) if "__hostile" in name)
    browser.open(BASE + "/")
    shown("document.querySelectorAll('[data-testid=runs] tbody tr').length >= 4")
    check("the file's name is text", name in browser.js("document.querySelector('[data-testid=runs]').textContent"))
    ready(name)
    for tab in ("", "network", "events", "agents", "governance", "distributions", "world"):
        view = {"view": "figures"} if tab == "world" else {}
        browser.open(address("/run", id=name, tab=tab, truth="1", q="kind:post_created" if tab == "events" else "", **view))
        shown("document.querySelector('#panel .panels > *, #panel .events > li')")
        browser.js("document.querySelectorAll('details').forEach(e => { e.open = true; })")
        if tab == "events":
            browser.wait("(() => { const more = [...document.querySelectorAll('#panel button')].find(b => b.textContent === 'More' && !b.hidden); more?.click(); return document.querySelectorAll('.events > li').length === %d; })()" % len(PAYLOADS))
            browser.js("document.querySelectorAll('details').forEach(e => { e.open = true; })")
            browser.wait("document.querySelectorAll('.events dl.facts').length === %d" % len(PAYLOADS))
        if tab in ("events", "agents"):
            all_text = browser.js("document.getElementById('panel').textContent")
            missing = [payload for payload in PAYLOADS if payload not in all_text]
            check(f"hostile {tab}: all {len(PAYLOADS)} are shown as text", not missing, missing[:3])
    for payload in PAYLOADS[::5]:
        browser.open(address("/run", id=name, tab="agents", agent=payload), "document.querySelector('[data-testid=agent], #panel .error')")
        check("an agent of a hostile name is found", text("agent") is not None, payload)
        browser.open(address("/run", id=name, tab="events", q=payload), "document.querySelector('[data-testid=events-state]')")
        browser.open(address("/run", id=payload), "document.querySelector('main .error')")
        check("nothing ran", browser.js("window.__hostile") is None, payload)
    browser.open(address("/compare", a=name, b="baseline-s42"))
    check("nothing ran", browser.js("window.__hostile") is None)
    check("no element came from a text", browser.js("document.querySelectorAll('main img, main iframe, main script, main object, main embed, main base, main style').length") == 0)
    # The browser reports the 404 of a run that is not there; that is what was asked for.
    browser.errors = [error for error in browser.errors if "status of 404" not in error and "status of 400" not in error]


def main():
    browser.size(1280, 900)
    browser.open(URL)
    check("the token leaves the address", "token" not in browser.js("location.href"))
    # First, while it runs.
    live()
    held()
    finished()
    panels("baseline-s42", 10)
    panels("city-s42", 8)
    events()
    # The mistake that was asked for is on record as a failed request.
    browser.errors = [error for error in browser.errors if "status of 400" not in error]
    agents()
    compare()
    city()
    shapes()
    hostile()
    check("no error in the console", not browser.errors, "\n".join(browser.errors[:5]))
    check("no dialog", not browser.dialogs, browser.dialogs)
    away = [url for url in browser.requests if not url.startswith((BASE + "/", HELD.split("/run?")[0] + "/", "data:", "about:", "chrome:"))]
    check("no request leaves the machine", not away, away[:5])
    print(f"browser: {len(done)} checks hold, {len(PAYLOADS)} hostile texts, {len(browser.requests)} requests, {'with' if AXE else 'without'} axe-core")


try:
    main()
except AssertionError as error:
    print(f"browser: FAILED after {len(done)} checks, the last: {done[-1:]}\n{error}", file=sys.stderr)
    if os.environ.get("PICTURE"):
        browser.picture(os.environ["PICTURE"])
    sys.exit(1)
finally:
    browser.close()
