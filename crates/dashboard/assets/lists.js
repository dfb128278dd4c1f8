// The list of runs, two runs side by side, and sweeps.

import { ask, h, say, short, show } from "./dom.js";
import { get, go, link } from "./state.js";
import { draw, table } from "./views.js";

const COLUMNS = ["toxicity_rate", "quality_gap", "total_welfare", "participation"];

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
  const chosen = new Set();
  const compare = h("button", { type: "button", disabled: true, onclick: () => { const [a, b] = [...chosen]; go(link({ a, b }, "/compare")); } }, "Compare two");
  const box = (run) => {
    const input = h("input", { type: "checkbox", "aria-label": `Choose ${run.id}`, onchange: () => {
      if (input.checked) chosen.add(run.id);
      else chosen.delete(run.id);
      compare.disabled = chosen.size !== 2;
      compare.textContent = chosen.size === 2 ? "Compare these two" : "Compare two";
    } });
    return input;
  };
  const row = (run) => h("tr", {}, h("td", {}, box(run)), h("th", { scope: "row" }, h("a", { href: link({ id: run.id }, "/run") }, run.id)), h("td", {}, run.scenario_id), h("td", { class: "n" }, run.seed), h("td", {}, run.world),
    h("td", {}, h("span", { class: `badge ${run.status}` }, run.status === "unfinished" ? "not finished" : run.status)), h("td", { class: "n" }, run.epochs ?? "–"), h("td", { class: "n" }, short(run.events ?? null)),
    COLUMNS.map((name) => h("td", { class: "n", title: run.metrics[name] }, run.metrics[name] === undefined ? "–" : short(Number(run.metrics[name])))));
  const heads = [h("th", { scope: "col" }, h("span", { class: "sr" }, "Choose")), ...["run", "scenario"].map((x) => h("th", { scope: "col" }, x)), h("th", { scope: "col", class: "n" }, "seed"), ...["world", "status"].map((x) => h("th", { scope: "col" }, x)), ...["epochs", "events", ...COLUMNS].map((x) => h("th", { scope: "col", class: "n" }, x.replaceAll("_", " ")))];
  const filter = h("input", { type: "search", id: "query", value: get("q"), "aria-label": "Runs whose name holds", placeholder: "name" });
  const form = h("form", { class: "row", role: "search", onsubmit: (event) => { event.preventDefault(); go(link({ q: filter.value.trim() })); } }, filter, h("button", { type: "submit" }, "Show"), compare);
  const list = runs.length
    ? h("div", { class: "panel" }, h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Runs" }, h("table", { "data-testid": "runs" }, h("thead", {}, h("tr", {}, heads)), h("tbody", {}, runs.map(row)))), all > runs.length && h("p", { class: "note" }, `The first ${runs.length} of ${all}: filter by name.`))
    : h("p", { class: "panel" }, get("q") ? "No run has such a name." : "No runs here yet. Make one: ", !get("q") && h("code", {}, "das run scenarios/baseline.yaml"));
  show(main, h("h1", {}, "Runs"), form, list, sweeps.length > 0 && h("section", { class: "panel" }, h("h2", {}, "Sweeps"), h("ul", {}, sweeps.map((id) => h("li", {}, h("a", { href: link({ id }, "/sweep") }, id))))));
  say(`${runs.length} runs`);
}

/** Two runs. */
export async function compare(main, signal) {
  plain();
  document.title = "Two runs · DAS";
  const page = await ask("compare", { a: get("a"), b: get("b"), truth: get("truth") }, signal);
  const box = h("input", { type: "checkbox", checked: get("truth") === "1", onchange: () => go(link({ truth: box.checked ? "1" : "" })) });
  document.getElementById("tools").prepend(h("label", { class: "check" }, box, "Hidden truth"));
  const rows = page.metrics.map((m) => [m.name, m.a === undefined || m.a === null ? null : Number(m.a), m.b === undefined || m.b === null ? null : Number(m.b), m.difference]);
  show(main, h("h1", {}, "Two runs"), h("p", {}, h("a", { href: link({ id: page.a }, "/run") }, page.a), " and ", h("a", { href: link({ id: page.b }, "/run") }, page.b)),
    h("p", { class: "note" }, "Two runs are two draws: a difference between them is no effect. For that, run a sweep over many seeds."),
    h("div", { class: "panels", "data-testid": "compare" }, draw(page.keys, {}), page.charts.map((view) => draw(view, {})), table({ title: "Figures of the runs", columns: ["metric", page.a, page.b, "difference"], rows }, {})));
  say("Two runs side by side");
}

/** A sweep. */
export async function sweep(main, signal) {
  plain();
  const id = get("id");
  document.title = `${id} · DAS`;
  const page = await ask("sweep", { id }, signal);
  show(main, h("h1", {}, `Sweep ${id}`), page.summary && h("section", { class: "panel" }, h("h2", {}, "Summary"), h("pre", { tabindex: 0, "aria-label": "Summary" }, page.summary)), draw(page.table, {}), h("p", {}, h("a", { href: link({ q: `${id}/` }, "/") }, "Its runs")));
}
