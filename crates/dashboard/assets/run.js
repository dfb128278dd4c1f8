// The page of a run: panels as of an epoch, live while the run goes on.

import { ask, h, meaning, meanings, problem, say, short, show } from "./dom.js";
import { get, go, link } from "./state.js";
import { draw, scoped, table } from "./views.js";
import { events } from "./events.js";
import { doing, press, steer } from "./steer.js";

export const TABS = [["overview", "Overview"], ["network", "Network"], ["events", "Events"], ["agents", "Agents"], ["governance", "Governance"], ["distributions", "Distributions"], ["world", "World"]];

const tab = () => (TABS.some(([name]) => name === get("tab")) ? get("tab") : "overview");
const truth = () => (get("truth") === "1" ? "1" : "");
const agentLink = (name) => link({ tab: "agents", agent: name });
const eventLink = (number) => link({ tab: "events", q: `event:${number}`, epoch: "", agent: "" });

let current = null;

/** Leaves the page: nothing listens any more. */
export function leave() {
  current?.source?.close();
  current?.stop?.();
  clearTimeout(current?.timer);
  clearInterval(current?.player);
  current = null;
}

/** Opens the page, or shows another panel of the same run. */
export async function run(main) {
  const id = get("id");
  if (current?.id !== id) {
    leave();
    current = { id, epochs: 0 };
    const head = h("div", {}), steer = h("div", {}), notes = h("div", {}), panel = h("div", { id: "panel" });
    Object.assign(current, { head, steer, notes, panel });
    show(main, head, steer, notes, panel);
    listen(current);
  }
  await refresh(true);
}

function listen(page) {
  const source = new EventSource(`/api/live?${new URLSearchParams({ id: page.id })}`);
  page.source = source;
  const soon = () => {
    if (page.timer) return;
    page.timer = setTimeout(() => {
      page.timer = 0;
      if (current === page) refresh(false);
    }, 700);
  };
  source.addEventListener("progress", soon);
  source.addEventListener("gap", (event) => {
    page.missed = (page.missed ?? 0) + (JSON.parse(event.data).missed ?? 0);
    soon();
  });
  source.addEventListener("ended", () => {
    source.close();
    page.ended = true;
    soon();
  });
}

/** `whole`: the reader asked for something else; otherwise the log went on. */
async function refresh(whole) {
  const page = current;
  const where = location.search;
  if (whole) page.stop?.();
  const aborter = new AbortController();
  if (whole) {
    page.stop = () => aborter.abort();
    page.drawing = where;
  }
  const context = { id: page.id, truth: truth(), epoch: get("epoch"), signal: aborter.signal };
  try {
    context.meanings = await meanings();
    const overview = await ask("run", { id: page.id, truth: context.truth }, context.signal);
    if (current !== page || where !== location.search) return;
    page.overview = overview;
    header(page, overview);
    scrubber(page, overview);
    if (!whole) {
      // Somebody reads the list of events, or types: it stays as it is. A world's own views are folded from the whole log each time.
      const typing = page.panel.contains(document.activeElement) && document.activeElement.matches("input, select");
      const read = tab() === "events" && page.panel.querySelector(".events > li");
      const same = page.drawn === where && (typing || read || page.lines === overview.news.lines || (tab() === "world" && overview.live));
      if (page.drawing || same) return;
      page.stop?.();
      page.stop = () => aborter.abort();
      page.drawing = where;
    }
    const place = h("div", { class: "panels" });
    if (whole && !page.panel.firstChild) show(page.panel, h("p", { class: "quiet" }, "Loading…"));
    if (tab() === "events") {
      place.className = "stack";
      show(page.panel, place);
      await events(place, { ...context, scope: scopes(overview, context.epoch).until });
    } else {
      const parts = await panels[tab()](page, overview, context);
      if (current !== page || aborter.signal.aborted) return;
      show(place, parts);
      show(page.panel, place);
    }
    page.drawn = where;
    page.lines = overview.news.lines;
    if (whole) say(`${TABS.find(([name]) => name === tab())[1]} of ${page.id}`);
  } catch (error) {
    if (error.name !== "AbortError" && current === page) show(page.panel, problem(error));
  } finally {
    if (!aborter.signal.aborted && page.drawing === where) page.drawing = "";
  }
}

function header(page, run) {
  document.title = `${run.scenario_id ?? page.id} · DAS`;
  const planned = run.epochs_planned ? ` of ${run.epochs_planned}` : "";
  const words = [`seed ${run.seed}`, `${run.epochs}${planned} epochs`, run.steps && `${run.steps} steps each`, `${run.events ? `${run.events.toLocaleString("en-US")} events in ` : ""}${run.lines.toLocaleString("en-US")} lines`, `world ${run.world}`].filter(Boolean);
  show(page.head, h("div", { class: "head" }, h("h1", { "data-testid": "title" }, run.scenario_id ?? page.id),
    h("span", { class: `badge ${run.live ? "live" : run.status}`, "data-testid": "status" }, run.live ? (run.held ? doing(run.held) : "not finished") : run.status), h("p", { class: "quiet", title: "An event is a line that something happened in; seals, which guard the log, and the end are lines too" }, words.join(" · "))));
  steer(page, run, (held) => {
    page.overview.held = held;
    if (current === page) header(page, page.overview);
  });
  const notes = [];
  const { news } = run;
  if (run.description) notes.push(h("p", { class: "quiet" }, run.description));
  if (truth()) notes.push(h("p", { class: "truth-on", "data-testid": "truth-on" }, "Hidden truth is shown. No agent and no lever in this society can see it."));
  if (!news.ended && news.size > news.bytes) notes.push(h("p", { class: "row quiet" }, h("label", { for: "reading" }, "Reading the log "), h("progress", { id: "reading", max: news.size, value: news.bytes }), `${Math.round((100 * news.bytes) / news.size)} %`));
  if (news.error) notes.push(h("p", { class: "error" }, `The log can be read up to line ${news.lines}: ${news.error}`));
  if (page.missed) notes.push(h("p", { class: "note" }, `Gap: ${page.missed} news were missed because this page was slower than the run; the figures are those of now.`));
  show(page.notes, notes);
  tools();
}

/** By a key: holds the run, lets it go on, or makes one step. */
export const hold = (name) => press(current, name);

/** What holds for every panel. */
export function tools() {
  const box = h("input", { type: "checkbox", id: "truth", checked: truth() === "1", onchange: () => go(link({ truth: box.checked ? "1" : "" })) });
  show(document.getElementById("tools"), h("label", { class: "check" }, box, "Hidden truth"), h("button", { type: "button", id: "keys" }, "Keys"));
  const list = TABS.map(([name, title]) => h("li", {}, h("a", { href: link({ tab: name === "overview" ? "" : name, agent: "", q: "" }), "aria-current": tab() === name && "page" }, title)));
  show(document.getElementById("nav"), h("ul", {}, h("li", {}, h("a", { href: "/" }, "Runs")), list));
}

function scrubber(page, run) {
  const foot = document.getElementById("foot");
  const last = run.epochs - 1;
  foot.hidden = last < 1;
  if (last < 1) return;
  const epoch = get("epoch") === "" ? last : Math.min(last, Number(get("epoch")));
  let range = document.getElementById("epoch");
  if (!range) {
    range = h("input", { type: "range", id: "epoch", min: 0, "aria-label": "Shown up to epoch" });
    let timer = 0;
    range.addEventListener("input", () => {
      const epoch = Number(range.value);
      range.nextElementSibling.textContent = `up to ${epoch}`;
      clearTimeout(timer);
      timer = setTimeout(() => to(epoch), 120);
    });
    show(foot, h("div", { class: "row" },
      h("button", { type: "button", id: "play", onclick: play }, "Play"),
      h("button", { type: "button", "aria-label": "Epoch before", onclick: () => move(-1) }, "‹"), range, h("output", { for: "epoch", "data-testid": "epoch" }),
      h("button", { type: "button", "aria-label": "Next epoch", onclick: () => move(1) }, "›"),
      h("button", { type: "button", onclick: () => go(link({ epoch: "" })) }, "All")));
  }
  range.max = last;
  if (document.activeElement !== range) range.value = epoch;
  range.setAttribute("aria-valuetext", `epoch ${epoch} of ${last}`);
  range.nextElementSibling.textContent = get("epoch") === "" ? `all (0–${last})` : `up to ${epoch}`;
}

function to(epoch) {
  const last = (current?.overview?.epochs ?? 1) - 1;
  go(link({ epoch: epoch >= last ? "" : Math.max(0, epoch) }), true);
}

/** One epoch on or back. */
export function move(by) {
  const last = (current?.overview?.epochs ?? 1) - 1;
  to((get("epoch") === "" ? last : Number(get("epoch"))) + by);
}

/** Runs through the epochs. */
export function play() {
  if (!current?.overview) return;
  const button = document.getElementById("play");
  if (current.player) {
    clearInterval(current.player);
    current.player = 0;
    button.textContent = "Play";
    return;
  }
  button.textContent = "Pause";
  if (get("epoch") === "") to(0);
  current.player = setInterval(() => {
    if (get("epoch") === "") play();
    else move(1);
  }, 900);
}

const options = (context) => ({ meanings: context.meanings, epoch: context.epoch === "" ? undefined : Number(context.epoch), pick: to, to: agentLink,
  links: { agent: agentLink, whom: agentLink, "first event": eventLink, event: eventLink, "end event": eventLink } });

/** Of which epochs a panel is, in the same words everywhere: the whole run, up to the shown epoch, or that one alone. */
const scopes = (run, epoch) => {
  const last = run.epochs - 1, shown = epoch === "" ? last : Math.min(last, Number(epoch));
  const whole = `Epochs 0 to ${last}, the whole run`;
  return { whole: last < 0 ? "" : whole, until: last < 0 ? "" : shown >= last ? whole : `Epochs 0 to ${shown}, up to the shown one`, one: `Epoch ${shown} alone` };
};

const views = (list, context, scope) => list.map((view) => draw(view, { ...options(context), scope }));

const asked = async (panel, context, more = {}) => (await ask(panel, { id: context.id, epoch: context.epoch, truth: context.truth, ...more }, context.signal)).views;

const panels = {
  async overview(page, run, context) {
    const charts = await asked("series", context);
    const { whole, one } = scopes(run, context.epoch);
    // The digits of `summary.json` are there for whoever points at a figure, or reads the page by ear or by script.
    const card = (metric) => h("div", { "data-testid": `metric-${metric.name}` }, h("dt", { title: metric.formula || undefined }, metric.name.replaceAll("_", " "), metric.hidden && [" ", h("span", { class: "badge truth" }, "hidden truth")]), h("dd", { title: metric.text }, short(Number(metric.text))), h("dd", { class: "full sr", "data-testid": `value-${metric.name}` }, metric.text), metric.summary && h("dd", { class: "said" }, metric.summary));
    const head = run.metrics.filter((metric) => metric.headline !== null).sort((a, b) => a.headline - b.headline);
    const epoch = context.epoch === "" ? [] : [atEpoch(charts, Number(context.epoch), run, one)];
    const counts = Object.entries(run.counts).sort((a, b) => b[1] - a[1]);
    const scope = run.of === "run" ? whole : `Of the ${run.of}`;
    return [
      ...epoch,
      h("section", { class: "wide", "aria-label": "Figures" }, h("h2", {}, "Figures"), h("p", { class: "scope" }, scope), head.length ? h("dl", { class: "cards" }, head.map(card)) : h("p", { class: "quiet" }, "No epoch has ended yet.")),
      ...views(charts.slice(0, 3), context, whole),
      run.findings.length > 0 && scoped(findings(run), whole),
      run.targets.rows.length > 0 && draw(run.targets, { ...options(context), scope: whole }),
      run.incidents.rows.length > 0 && h("details", { class: "panel wide" }, h("summary", {}, `${run.incidents.title} (${run.incidents.rows.length})`), table(run.incidents, { ...options(context), plain: true })),
      ...views(charts.slice(3), context, whole),
      run.kinds && draw(run.kinds, { ...options(context), order: "mean payoff", scope: whole }),
      h("details", { class: "panel wide" }, h("summary", {}, `All figures (${run.metrics.length})`), h("dl", { class: "cards" }, run.metrics.filter((m) => m.headline === null).map(card))),
      h("details", { class: "panel wide" }, h("summary", {}, "Lines by type, and how to go on from a terminal"),
        h("ul", { class: "legend" }, counts.map(([kind, count]) => h("li", {}, h("a", { href: link({ tab: "events", q: `kind:${kind}` }) }, kind), ` ${count.toLocaleString("en-US")}`))),
        h("pre", {}, `das log overview ${run.log}\ndas replay ${run.log} --verify`)),
    ];
  },
  async network(page, run, context) {
    const suspects = new Set(run.findings.filter((finding) => finding.named).flatMap((finding) => finding.suspects));
    const words = { group: truth() ? "policy (hidden truth)" : "role", size: "its deals (accepted offers)", width: "deals of one who asks with one who is asked", value: "mean p" };
    return (await asked("network", context)).map((view) => draw(view, { ...options(context), suspects, graph: words, scope: scopes(run, context.epoch).until }));
  },
  async agents(page, run, context) {
    const { whole, until } = scopes(run, context.epoch);
    if (get("agent")) return agent(context, until);
    const filter = h("input", { type: "search", id: "query", value: get("name"), "aria-label": "Agents whose name holds", placeholder: "name" });
    const form = h("form", { class: "row wide", role: "search", onsubmit: (event) => { event.preventDefault(); go(link({ name: filter.value.trim() })); } }, filter, h("button", { type: "submit" }, "Show"));
    const all = await asked("agents", context, { q: get("name") });
    return [form, run.kinds && draw(run.kinds, { ...options(context), order: "mean payoff", scope: whole }), ...all.map((view) => draw(view, { ...options(context), order: "payoff", scope: until })), h("p", { class: "note wide" }, AGENTS)];
  },
  governance: async (page, run, context) => views(await asked("governance", context), context, scopes(run, context.epoch).until),
  distributions: async (page, run, context) => views(await asked("distributions", context), context, scopes(run, context.epoch).until),
  async world(page, run, context) {
    const { names } = await ask("views", { id: context.id }, context.signal);
    const own = names.some((view) => view.name === get("view")) ? get("view") : names[0]?.name ?? "figures";
    const shown = get("view") === "figures" ? "figures" : own;
    const choices = [...names, { name: "figures", summary: "The world's own figures, epoch by epoch" }];
    const bar = h("nav", { class: "wide", "aria-label": "Views of the world" }, h("ul", {}, choices.map((view) => h("li", {}, h("a", { href: link({ view: view.name }), "aria-current": view.name === shown && "true", title: view.summary }, view.name)))));
    const parts = shown === "figures" ? await asked("series", context, { own: 1 }) : await asked("view", context, { name: shown });
    return [bar, h("p", { class: "quiet wide" }, choices.find((view) => view.name === shown).summary), ...views(parts, context, scopes(run, context.epoch)[shown === "figures" ? "whole" : "until"])];
  },
};

const AGENTS = "Payoff: all that interactions were worth to the agent, in utility. Balance: its credits. Reputation: its standing, raised by good dealings. Believed p: mean p of its own offers, the probability that they are good as the proxy sees them; actual share good: what they were in truth. Offers: what it proposed; accepted and rejected: either side.";

/** Figures of the shown epoch, from the charts, each beside the run's. */
function atEpoch(charts, epoch, run, scope) {
  const rows = charts.flatMap((chart) => chart.lines.map((line) => [line.name, line.values[chart.x.indexOf(epoch)] ?? null]));
  const whole = new Map(run.metrics.map((metric) => [metric.name, Number(metric.text)]));
  return h("section", { class: "wide", "aria-label": `Figures of epoch ${epoch}` }, h("h2", {}, "Figures"), h("p", { class: "scope" }, scope), h("dl", { class: "cards" }, rows.filter(([, value]) => value !== null).map(([name, value]) => h("div", { "data-testid": `epoch-${name}` }, h("dt", {}, name.replaceAll("_", " ")), h("dd", {}, short(value)), whole.has(name) && h("dd", { class: "said" }, `whole run: ${short(whole.get(name))}`)))));
}

/** What was found first; what was looked for and not found in one line. */
function findings(run) {
  const called = (finding) => finding.mode.replaceAll("_", " ");
  const state = (finding) => (finding.hidden ? "judged by hidden truth, which is not shown" : finding.named ? "found" : finding.judged ? "not found" : "not judged");
  const item = (finding) => h("li", {}, h("span", { class: `badge ${finding.named ? "unfinished" : ""}` }, `${called(finding)}: ${state(finding)}`), " ", h("span", { class: "quiet" }, `${finding.summary}. `), finding.text,
    finding.suspects.length > 0 && [h("br", {}), "Suspected: ", finding.suspects.map((name, at) => [at > 0 && ", ", h("a", { href: agentLink(name) }, name)])],
    finding.events.length > 0 && [h("br", {}), "First shown by ", finding.events.slice(0, 4).map((event, at) => [at > 0 && ", ", h("a", { class: "whole", href: eventLink(event) }, `event ${event}`)])]);
  const [found, others] = [run.findings.filter((finding) => finding.named), run.findings.filter((finding) => !finding.named)];
  return h("section", { class: "panel wide" }, h("h2", {}, "Failure modes looked for in the log"),
    found.length > 0 ? h("ul", { class: "findings" }, found.map(item)) : h("p", {}, "None was found."),
    others.length > 0 && h("details", {}, h("summary", {}, others.map((finding) => `${called(finding)}: ${state(finding)}`).join(" · ")), h("ul", { class: "findings" }, others.map(item))),
    h("p", { class: "note" }, `Found: ${run.rule}.`));
}

async function agent(context, until) {
  const name = get("agent");
  const { facts, charts, partners } = await ask("agent", { id: context.id, name, epoch: context.epoch, truth: context.truth }, context.signal);
  const hidden = new Set(["policy", "actual"]);
  const names = { role: "role", policy: "policy", payoff: "payoff", reputation: "reputation", balance: "balance in credits", believed: "believed quality (mean p)", actual: "actual share good", accepted: "accepted", rejected: "rejected", faults: "faults", since: "since epoch", left: "left in epoch" };
  const rows = Object.keys(names).map((key) => [key, facts[key]]).filter(([, value]) => value !== null && value !== undefined);
  const [all] = await asked("agents", context);
  // Where it stands among all that are listed.
  const among = (key) => {
    const at = all.columns.indexOf({ believed: "believed p", actual: "actual share good" }[key] ?? key);
    const values = all.rows.map((row) => row[at]).filter((value) => typeof value === "number");
    if (at < 0 || !values.length || key === "faults" || typeof facts[key] !== "number") return null;
    const rank = 1 + values.filter((value) => value > facts[key]).length, mean = values.reduce((a, b) => a + b, 0) / values.length;
    return h("dd", { class: "said" }, `rank ${rank} of ${values.length}; mean ${short(mean)}`);
  };
  return [
    h("section", { class: "wide", "data-testid": "agent" }, h("p", {}, h("a", { href: link({ agent: "" }) }, "All agents"), " · ", h("a", { href: link({ tab: "events", agent: "", q: `agent:${name}` }) }, "Its events")), h("h2", {}, name), h("p", { class: "scope" }, until),
      h("dl", { class: "cards" }, rows.map(([key, value]) => h("div", {}, h("dt", {}, names[key], hidden.has(key) && [" ", h("span", { class: "badge truth" }, "hidden truth")]), h("dd", { class: typeof value === "string" && "word" }, short(value)), among(key))))),
    ...views(charts, context, until),
    truth() ? null : h("p", { class: "note wide" }, "What it did in truth is hidden, as it is in the society: turn on hidden truth to set it against what was believed."),
    draw(partners, { ...options(context), scope: until }),
  ];
}
