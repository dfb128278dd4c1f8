// The list of runs, two runs side by side, and sweeps.

import { ask, h, meaning, meanings, say, short, show } from "./dom.js";
import { forest, verdict } from "./charts.js";
import { get, go, link } from "./state.js";
import { draw, table } from "./views.js";

const COLUMNS = ["toxicity_rate", "quality_gap", "welfare_per_agent", "participation"];

function plain() {
  show(document.getElementById("nav"), h("ul", {}, h("li", {}, h("a", { href: "/", "aria-current": location.pathname === "/" && "page" }, "Runs"))));
  show(document.getElementById("tools"), h("button", { type: "button", id: "keys" }, "Keys"));
  document.getElementById("foot").hidden = true;
}

/** Runs and sweeps of the folder. */
export async function runs(main, signal) {
  plain();
  document.title = "Runs · DAS";
  const { runs, all, sweeps } = await ask("runs", { q: get("q") }, signal);
  const about = await meanings();
  const chosen = new Set();
  const compare = h("button", { type: "button", disabled: true, onclick: () => { const [a, b] = [...chosen]; go(link({ a, b }, "/compare")); } }, "Compare: choose two runs");
  const box = (run) => {
    const input = h("input", { type: "checkbox", "aria-label": `Choose ${run.id}`, onchange: () => {
      if (input.checked) chosen.add(run.id);
      else chosen.delete(run.id);
      compare.disabled = chosen.size !== 2;
      compare.textContent = chosen.size === 2 ? "Compare these two" : `Compare: choose ${chosen.size < 2 ? 2 - chosen.size : "only two"}${chosen.size === 1 ? " more" : ""}`;
    } });
    return input;
  };
  const row = (run) => h("tr", {}, h("td", {}, box(run)), h("th", { scope: "row" }, h("a", { href: link({ id: run.id }, "/run") }, run.id)), h("td", {}, run.scenario_id), h("td", { class: "n" }, run.seed), h("td", {}, run.world),
    h("td", {}, h("span", { class: `badge ${run.status}` }, run.status === "unfinished" ? "not finished" : run.status)), h("td", { class: "n" }, run.epochs ?? "–"), h("td", { class: "n" }, short(run.events ?? null)),
    COLUMNS.map((name) => h("td", { class: "n", title: run.metrics[name] }, run.metrics[name] === undefined ? "–" : short(Number(run.metrics[name])))));
  const heads = [h("th", { scope: "col" }, h("span", { class: "sr" }, "Choose")), ...["run", "scenario"].map((x) => h("th", { scope: "col" }, x)), h("th", { scope: "col", class: "n" }, "seed"), ...["world", "status"].map((x) => h("th", { scope: "col" }, x)), ...["epochs", "events", ...COLUMNS].map((x) => h("th", { scope: "col", class: "n", title: meaning(about.get(x)) }, x.replaceAll("_", " ")))];
  const filter = h("input", { type: "search", id: "query", value: get("q"), "aria-label": "Runs whose name holds", placeholder: "name" });
  const form = h("form", { class: "row", role: "search", onsubmit: (event) => { event.preventDefault(); go(link({ q: filter.value.trim() })); } }, filter, h("button", { type: "submit" }, "Show"), compare);
  const list = runs.length
    ? h("div", { class: "panel" }, h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Runs" }, h("table", { "data-testid": "runs" }, h("thead", {}, h("tr", {}, heads)), h("tbody", {}, runs.map(row)))), h("p", { class: "note" }, COLUMNS.filter((name) => about.has(name)).map((name) => `${name.replaceAll("_", " ")}: ${about.get(name).summary}. `), "Runs of one world and one length can be set side by side; others differ in scale."), all > runs.length && h("p", { class: "note" }, `The first ${runs.length} of ${all}: filter by name.`))
    : h("p", { class: "panel" }, get("q") ? "No run has such a name." : "No runs here yet. Make one: ", !get("q") && h("code", {}, "das run scenarios/baseline.yaml"));
  show(main, h("h1", {}, "Runs"), form, list, sweeps.length > 0 && h("section", { class: "panel" }, h("h2", {}, "Sweeps"), h("ul", {}, sweeps.map((id) => h("li", {}, h("a", { href: link({ id }, "/sweep") }, id))))));
  say(`${runs.length} runs`);
}

/** Two runs. */
export async function compare(main, signal) {
  plain();
  document.title = "Two runs · DAS";
  const about = await meanings();
  const page = await ask("compare", { a: get("a"), b: get("b"), truth: get("truth") }, signal);
  const box = h("input", { type: "checkbox", checked: get("truth") === "1", onchange: () => go(link({ truth: box.checked ? "1" : "" })) });
  document.getElementById("tools").prepend(h("label", { class: "check" }, box, "Hidden truth"));
  const rows = page.metrics.map((m) => [m.name, m.a === undefined || m.a === null ? null : Number(m.a), m.b === undefined || m.b === null ? null : Number(m.b), m.difference]);
  show(main, h("h1", {}, "Two runs"), h("p", {}, h("a", { href: link({ id: page.a }, "/run") }, page.a), " and ", h("a", { href: link({ id: page.b }, "/run") }, page.b)),
    h("p", { class: "note" }, "Two runs are two draws: a difference between them is no effect. For that, run a sweep over many seeds."),
    h("div", { class: "panels", "data-testid": "compare" }, draw(page.keys, {}), page.charts.map((view) => draw({ ...view, title: about.has(view.title) ? `${view.title.replaceAll("_", " ")}: ${about.get(view.title).summary}` : view.title }, { of: view.title })), table({ title: "Figures of the runs", columns: ["metric", page.a, page.b, "difference"], rows }, {})));
  say("Two runs side by side");
}

/** A sweep. */
export async function sweep(main, signal) {
  plain();
  const id = get("id");
  document.title = `${id} · DAS`;
  const page = await ask("sweep", { id }, signal);
  const about = await meanings();
  const cells = (page.effects ?? []).map((cell) => effects(cell, about));
  show(main, h("h1", {}, `Sweep ${id}`), page.no_effects && h("p", { class: "error" }, page.no_effects),
    cells.length > 0 && h("p", { class: "note" }, "Every run of a configuration is paired with the run of the same seed of what it is compared with; a difference is configuration minus that, as a mean over pairs with its 95 % interval, which does not allow for how many are compared (Holm's p in the summary does). Better and worse say on which side of 0 the interval lies, by what the measure is good for: less harm, more welfare; unsure: it holds 0."),
    cells, page.summary && h("details", { class: "panel", open: cells.length === 0 }, h("summary", {}, "Summary: means, tests and how many seeds an effect would take"), h("pre", { tabindex: 0, "aria-label": "Summary" }, page.summary)), draw(page.table, {}), h("p", {}, h("a", { href: link({ q: `${id}/` }, "/") }, "Its runs")));
}

// Harm first, as it looks and as it is, then what it costs.
const FIRST = ["toxicity_rate", "true_harm_rate", "welfare_per_agent", "true_welfare_per_agent"];

/** One cell of a sweep's axes: what each configuration changes, drawn and as a table. */
function effects(cell, about) {
  const metrics = [...new Set(cell.effects.map((effect) => effect.metric))].sort((a, b) => (FIRST.indexOf(a) + 9) % 9 - (FIRST.indexOf(b) + 9) % 9);
  const configs = [...new Set(cell.effects.map((effect) => effect.config))];
  const of = (config, metric) => cell.effects.find((effect) => effect.config === config && effect.metric === metric);
  const shown = metrics.filter((metric) => FIRST.includes(metric));
  const sense = (metric) => cell.senses[metric];
  const level = (config, metric) => cell.levels.find((level) => level.config === config && level.metric === metric);
  const between = (effect) => (effect ? `${signed(effect.mean)}\u00a0[${signed(effect.low)},\u00a0${signed(effect.high)}] ${verdict(effect, sense(effect.metric))}` : null);
  const stands = (level) => (level ? `${unsigned(level.mean)}\u00a0[${unsigned(level.low)},\u00a0${unsigned(level.high)}]` : null);
  const named = shown.length ? shown : metrics.slice(0, 4);
  const pairs = [...new Set(cell.effects.map((effect) => effect.pairs))].join(", ");
  const against = [...new Set(cell.effects.map((effect) => effect.against))];
  const bases = against.map((name) => [`mean: ${name}`, ...named.map((metric) => stands(level(name, metric)))]);
  const rows = configs.map((config) => [config, ...named.map((metric) => between(of(config, metric)))]);
  const others = cell.effects.filter((effect) => effect.metric === named[0] && effect.against !== against[0]).map((effect) => `${effect.config}: against ${effect.against}`);
  const prices = named.includes("toxicity_rate") || named.includes("true_harm_rate") ? configs.map((config) => [config, ...priced(config, of, level, sense)]) : [];
  return h("section", { class: "stack" }, h("h2", {}, `${cell.cell || "What each configuration changes"}: against ${against[0]}, ${pairs} pairs of runs`),
    prices.length > 0 && table({ title: "What each configuration gains, and at what price", columns: ["configuration", of(configs[0], "true_harm_rate") ? "true harm" : "toxicity", "booked welfare", "true welfare", "on the whole"], rows: prices, note: "Welfare per agent and epoch. In brackets: what share that is of the mean it starts from, or that mean where it is not above 0" }, {}),
    table({ title: "What each configuration changes: mean difference [95 % interval]", columns: ["configuration", ...named], rows: [...bases, ...rows], note: ["the first rows are the means, with their 95 % intervals, of what the others are compared with", ...others].join("; ") }, { meanings: about }),
    h("div", { class: "panels pairs" }, named.map((metric) => {
      const base = level(against[0], metric);
      return forest(`Change in ${metric.replaceAll("_", " ")}`, configs.map((config) => of(config, metric)).filter(Boolean), [about.get(metric)?.summary, base && `${against[0]}: ${stands(base)}`].filter(Boolean).join(". "), sense(metric));
    })),
    cell.helps && h("details", { class: "panel" }, h("summary", {}, "Which of them help, by the rule of the sweep"), table(cell.helps, { plain: true })));
}

/** What a configuration does to harm, what it costs in welfare, and both in a sentence. */
function priced(config, of, level, sense) {
  const harm = of(config, "true_harm_rate") ?? of(config, "toxicity_rate");
  const welfare = [["booked", of(config, "welfare_per_agent")], ["true", of(config, "true_welfare_per_agent")]];
  const word = (effect) => (effect ? verdict(effect, sense(effect.metric)) : "unsure");
  const say = (effect) => {
    if (!effect) return null;
    if (word(effect) === "unsure") return "no sure change";
    const base = level(effect.against, effect.metric)?.mean;
    const share = base === undefined ? "" : base > 0 ? ` (${Math.abs((100 * effect.mean) / base).toFixed(0)} % of ${unsigned(base)})` : ` (from ${unsigned(base)})`;
    return `${signed(effect.mean)}${share} ${word(effect)}`;
  };
  const those = (wanted) => welfare.filter(([, effect]) => word(effect) === wanted).map(([name]) => name).join(" and ");
  const gain = { better: "less harm", worse: "more harm", unsure: "no sure change in harm" }[word(harm)], helps = word(harm) === "better";
  const lost = those("worse") ? `, ${helps ? "paid for with" : "and less"} ${those("worse")} welfare` : helps ? ", no sure price" : "";
  return [say(harm), ...welfare.map(([, effect]) => say(effect)), gain + lost + (those("better") ? `; more ${those("better")} welfare` : "")];
}

const signed = (x) => `${x > 0 ? "+" : ""}${Math.abs(x) < 10 ? x.toFixed(3) : x.toFixed(1)}`;

const unsigned = (x) => signed(x).replace("+", "");
