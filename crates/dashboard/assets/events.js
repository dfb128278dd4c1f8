// Events of a log: asked for in a line, paged by the server, opened one by one.

import { ask, h, problem, say, short, show } from "./dom.js";
import { get, go, link } from "./state.js";
import { draw } from "./views.js";

// What tells most comes first; the server gives fields by name.
const FIRST = ["agent", "author", "voter", "worker", "poster", "faction", "lever", "kind", "content", "prompt", "reason", "accepted", "p", "tau", "pi_a", "pi_b", "post", "task", "value", "amount", "detail"];

// These have columns of their own.
const APART = ["initiator", "counterparty", "agent", "author", "voter", "accepted", "p", "ground_truth"];

/** Who acts, and on whom. */
const who = ({ fields }) => (fields.initiator === undefined ? fields.agent ?? fields.author ?? fields.voter ?? fields.faction ?? fields.poster ?? "" : `${fields.initiator} → ${fields.counterparty}`);

/** What else is said of a line, in a few words. */
function gist(row) {
  const words = [];
  const rest = Object.keys(row.fields).filter((name) => !FIRST.includes(name));
  for (const name of [...FIRST, ...rest]) {
    const value = row.fields[name];
    if (value === undefined || value === null || typeof value === "object" || APART.includes(name) || value === who(row)) continue;
    words.push(typeof value === "string" ? value : `${name} ${short(value)}`);
    if (words.length >= 5) break;
  }
  return words.join(" · ");
}

const verdict = ({ fields }) => (fields.accepted === undefined ? "" : h("span", { class: fields.accepted ? "yes" : "no" }, fields.accepted ? "accepted" : "rejected"));

/** Of the truth, where it is shown. */
const turned = ({ fields }) => (fields.ground_truth === undefined || fields.ground_truth === null ? "" : h("span", { class: fields.ground_truth > 0 ? "yes" : "no" }, fields.ground_truth > 0 ? "good" : "harmful"));

/** Fields that name agents get links to them. */
function facts(row, known) {
  const items = [];
  for (const [name, value] of Object.entries(row.fields)) {
    const names = typeof value === "string" && known.has(name);
    items.push(h("dt", {}, name), h("dd", {}, names ? h("a", { href: link({ tab: "agents", agent: value }) }, value) : typeof value === "object" ? h("code", {}, JSON.stringify(value)) : String(value)));
  }
  return h("dl", { class: "facts" }, items);
}

const NAMES = new Set(["agent", "initiator", "counterparty", "author", "voter", "worker", "poster", "planner", "winner", "moderator", "by", "to", "parent_author"]);

/** Asks why an event came to be, and shows the tree in the button's place. */
async function why(button, context, event) {
  button.disabled = true;
  try {
    const { views } = await ask("why", { id: context.id, event, truth: context.truth }, context.signal);
    button.replaceWith(...views.map((view) => draw(view, { links: { event: (number) => link({ q: `event:${number}` }) } })));
  } catch (error) {
    if (error.name !== "AbortError") button.replaceWith(problem(error));
  }
}

function item(row, context) {
  const box = h("details", {}, h("summary", {},
    h("span", { class: "num" }, row.event === undefined ? `line ${row.seq}` : `#${row.event}`),
    h("span", { class: "num" }, `${row.epoch}:${row.step}`),
    h("span", { class: "kind" }, row.kind.replaceAll("_", "_\u200b")),
    h("span", { class: "who" }, who(row)),
    h("span", { class: "num right apart" }, typeof row.fields.p === "number" ? row.fields.p.toFixed(3) : ""),
    h("span", { class: "apart" }, verdict(row)),
    context.truth === "1" && h("span", { class: "apart" }, turned(row)),
    h("span", { class: "what" }, gist(row))));
  box.addEventListener("toggle", () => {
    if (!box.open || box.children.length > 1) return;
    const around = row.event === undefined ? null : h("a", { href: link({ q: `event:${Math.max(0, row.event - 20)}..${row.event + 20}` }) }, "Events around it");
    const reasons = row.event === undefined ? null : h("button", { type: "button", onclick: (pressed) => why(pressed.currentTarget, context, row.event) }, "Why?");
    box.append(h("div", { class: "panel" }, facts(row, NAMES), row.hidden && h("p", { class: "note" }, `Left out, known to the simulator alone: ${row.hidden.join(", ")}`),
      h("details", {}, h("summary", {}, "As JSON"), h("pre", {}, JSON.stringify({ seq: row.seq, type: row.kind, epoch: row.epoch, step: row.step, event: row.event, ...row.fields }, null, 1))), around, reasons));
  });
  return h("li", { "data-event": row.event }, box);
}

/** The panel of events. */
export async function events(place, context) {
  const newest = get("order") === "new";
  const input = h("input", { type: "search", id: "query", value: get("q"), maxlength: 1000, spellcheck: "false", autocomplete: "off", placeholder: "kind:interaction agent:NAME p<0.4 epoch:30..40 text:\"…\"", "aria-describedby": "query-help" });
  const submit = (event) => {
    event.preventDefault();
    go(link({ q: input.value.trim() }));
  };
  const list = h("ol", { class: "events", "aria-label": "Events", "data-testid": "events" });
  const heads = h("div", { class: "heads", "aria-hidden": "true" }, ["event", "epoch:step", "type", "who → whom", "p", "outcome", context.truth === "1" && "in truth", "more"].filter(Boolean).map((name) => h("span", { class: { p: "right apart", outcome: "apart", "in truth": "apart" }[name] }, name)));
  const shell = h("div", { class: `log${context.truth === "1" ? " with-truth" : ""}` }, heads, list);
  const state = h("p", { class: "quiet", "data-testid": "events-state" }, "Looking…");
  const more = h("button", { type: "button", hidden: true }, "More");
  const facets = h("select", { "aria-label": "Only this type of line", onchange: () => go(link({ q: [input.value.replace(/\b(kind|type):\S*/g, "").trim(), facets.value && `kind:${facets.value}`].filter(Boolean).join(" ") })) }, h("option", { value: "" }, "every type"));
  show(place,
    h("form", { class: "row", role: "search", onsubmit: submit },
      h("label", { for: "query" }, "Filter"), input, h("button", { type: "submit" }, "Show"), facets,
      h("a", { href: link({ order: newest ? "" : "new" }) }, newest ? "Oldest first" : "Newest first")),
    h("p", { class: "note", id: "query-help" }, "All words must hold: ", ["kind:", "agent:", "epoch:3..5", "event:17", "p<0.4", "accepted=true", "text:\"two words\""].map((word, at) => [at > 0 && " ", h("code", {}, word)])),
    !/\bepoch:/.test(get("q")) && h("p", { class: "scope" }, context.scope), state, shell, h("p", { class: "note" }, "p: probability that the interaction is good, as the proxy sees it. In the rest, tau: what one side pays the other; pi_a and pi_b: payoffs of who asked and of who was asked; c_a and c_b: their costs."), more);
  let after = "", found = 0, scope = get("q");
  // The shown epoch is a filter too, unless the query has its own.
  if (get("epoch") !== "" && !/\bepoch:/.test(scope)) scope = `${scope} epoch:..${get("epoch")}`.trim();
  async function load(pages) {
    more.hidden = true;
    while (!context.signal.aborted) {
      const { page, news, kinds } = await ask("events", { id: context.id, q: scope, after, order: newest ? "new" : "", truth: context.truth }, context.signal);
      if (facets.options.length === 1) for (const [kind, count] of kinds) facets.append(h("option", { value: kind, selected: new RegExp(`\\b(kind|type):${kind}(\\s|$)`).test(get("q")) }, `${kind} (${count})`));
      list.append(...page.rows.map((row) => item(row, context)));
      // Columns of interactions take no room where there are none.
      shell.classList.toggle("bare", !list.querySelector(".apart:not(:empty)"));
      found += page.rows.length;
      const reading = !news.ended && news.bytes < news.size ? ` Read so far: ${Math.round((100 * news.bytes) / news.size)} % of the log.` : "";
      const whole = page.next === undefined;
      state.textContent = (whole ? `${found} event${found === 1 ? "" : "s"}, all that pass.` : page.total !== undefined ? `${found} of ${page.total.toLocaleString("en-US")} lines.` : `${found} events so far; the filter has looked through ${Math.round(100 * (1 - page.blocks_left / Math.max(1, page.blocks)))} % of the log.`) + reading;
      after = page.next ?? "";
      if (whole) break;
      if (found >= pages * 100) {
        more.hidden = false;
        break;
      }
    }
    say(state.textContent);
  }
  let pages = 1;
  const guarded = () => load(pages).catch((error) => {
    if (error.name !== "AbortError") {
      show(state, "");
      state.after(problem(error));
    }
  });
  more.addEventListener("click", () => { pages += 1; guarded(); });
  await guarded();
}

/** j and k: to the next or the previous event. */
export function step(forward) {
  const all = [...document.querySelectorAll(".events > li > details > summary")];
  if (!all.length) return;
  const at = all.indexOf(document.activeElement);
  (all[at < 0 ? 0 : at + (forward ? 1 : -1)] ?? all[at])?.focus();
}
