// Draws any view the server sends: one function a shape, none knows what it is about.

import { h, meaning, s, short } from "./dom.js";
import { series, histogram, heatmap } from "./charts.js";
import { alluvial, ladder } from "./flows.js";
import { graph, map } from "./graph.js";

const ROWS = 250;

/** Letters of a cell that is not broken over lines. */
const WHOLE = 14;

/** A table; columns sort by a click. `options.links` gives addresses by column name. */
export function table(view, options = {}) {
  const links = options.links ?? {};
  const numeric = view.columns.map((_, at) => view.rows.some((row) => typeof row[at] === "number") && view.rows.every((row) => row[at] === null || typeof row[at] === "number"));
  const body = h("tbody", {});
  let order = { at: view.columns.indexOf(options.order), down: true }, shown = ROWS;
  const more = h("button", { type: "button", onclick: () => { shown += 1000; fill(); } });
  const cell = (value, at, row) => {
    const text = short(value);
    const to = value !== null && Object.hasOwn(links, view.columns[at]) && links[view.columns[at]](value, row);
    const full = typeof value === "number" && text !== String(value) ? String(value) : undefined;
    const inner = to ? h("a", { href: to }, text) : text;
    return at === 0 && !numeric[0] ? h("th", { scope: "row" }, inner) : h("td", { class: numeric[at] ? "n" : text.length <= WHOLE && "whole", title: full }, inner);
  };
  function fill() {
    const rows = [...view.rows];
    if (order.at >= 0) {
      const sign = order.down ? -1 : 1, at = order.at;
      rows.sort((a, b) => (a[at] === null ? 1 : b[at] === null ? -1 : sign * (numeric[at] ? a[at] - b[at] : String(a[at]).localeCompare(String(b[at]), "en", { numeric: true }))));
    }
    body.replaceChildren(...rows.slice(0, shown).map((row) => h("tr", {}, row.map((value, at) => cell(value, at, row)))));
    more.hidden = rows.length <= shown;
    more.textContent = `Show more (${rows.length - shown} left)`;
  }
  const heads = view.columns.map((name, at) => {
    const sort = () => {
      order = { at, down: order.at === at ? !order.down : numeric[at] };
      heads.forEach((head, n) => (n === at ? head.setAttribute("aria-sort", order.down ? "descending" : "ascending") : head.removeAttribute("aria-sort")));
      fill();
    };
    return h("th", { scope: "col", class: numeric[at] && "n", title: meaning(options.meanings?.get(name)), "aria-sort": at === order.at && "descending" }, view.rows.length > 1 && name ? h("button", { type: "button", onclick: sort }, name) : name);
  });
  fill();
  const grid = h("div", { class: `scroll${view.rows.length > 24 ? " tall" : ""}`, tabindex: 0, role: "region", "aria-label": view.title },
    h("table", {}, !options.plain && h("caption", {}, view.title), h("thead", {}, h("tr", {}, heads)), body));
  if (options.plain) return h("div", {}, grid, more);
  return h("div", { class: "panel wide" }, view.rows.length ? grid : h("h2", {}, view.title), more, (view.note || view.rows.length > 24) && h("p", { class: "note" }, view.note, view.rows.length > 24 && h("span", { class: "scrolls" }, `${view.note ? "; " : ""}${view.rows.length} rows: the table scrolls`)));
}

function timeline(view) {
  const from = Math.min(...view.stretches.map((x) => x.from)), to = Math.max(...view.stretches.map((x) => x.to));
  const kinds = [...new Set(view.stretches.map((x) => x.status))].sort(), span = to - from || 1;
  const parts = view.rows.map((name, r) => s("text", { x: 116, y: r * 18 + 12, "text-anchor": "end" }, name)).concat(
    view.stretches.map((x) => s("rect", { x: 120 + (520 * (x.from - from)) / span, width: Math.max(1, (520 * (x.to - x.from)) / span), y: x.row * 18, height: 15, class: `f${kinds.indexOf(x.status) % 8}` }, s("title", {}, `${view.rows[x.row]}: ${x.status}, ${view.axis} ${x.from} to ${x.to}`))));
  const low = view.rows.length * 18 + 14;
  for (const [x, anchor] of [[from, "start"], [(from + to) / 2, "middle"], [to, "end"]]) parts.push(s("text", { x: 120 + (520 * (x - from)) / span, y: low, "text-anchor": anchor }, `${view.axis} ${short(x)}`));
  const rows = view.stretches.map((x) => [view.rows[x.row], x.from, x.to, x.status, x.event ?? null]);
  return h("figure", { class: "panel wide" }, h("h2", {}, view.title), s("svg", { viewBox: `0 0 640 ${view.rows.length * 18 + 20}`, role: "img", "aria-label": view.title }, parts),
    h("ul", { class: "legend" }, kinds.map((kind, n) => h("li", {}, s("svg", { viewBox: "0 0 22 10", "aria-hidden": "true" }, s("rect", { width: 22, height: 10, class: `f${n % 8}` })), kind))),
    h("details", {}, h("summary", {}, "Figures"), table({ title: view.title, columns: ["row", "from", "to", "status", "event"], rows }, { plain: true })));
}

const because = (reason, links) => h("li", {}, reason.text, reason.value !== undefined && [" ", h("strong", {}, short(reason.value))], reason.event !== undefined && h("span", { class: "quiet" }, " ", links.event ? h("a", { class: "whole", href: links.event(reason.event) }, `event ${reason.event}`) : `event ${reason.event}`), reason.because?.length > 0 && h("ul", {}, reason.because.map((below) => because(below, links))));

const explanation = (view, options = {}) => h("div", { class: "panel wide" }, h("h2", {}, view.title), h("ul", {}, because(view.reason, options.links ?? {})));

const shapes = { table, series, histogram, heatmap, graph, map, timeline, ladder, alluvial, explanation };

/** Says below its heading of which epochs a panel is. */
export function scoped(panel, scope) {
  const head = scope && panel.querySelector("h2, caption");
  if (head?.matches("caption")) head.append(h("span", { class: "scope" }, scope));
  else head?.after(h("p", { class: "scope" }, scope));
  return panel;
}

/** Any view as an element. */
export function draw(view, options = {}) {
  const shape = Object.hasOwn(shapes, view.view) ? shapes[view.view] : null;
  return shape ? scoped(shape(view, options), options.scope) : h("p", { class: "error" }, `A view this page cannot draw: ${view.view}`);
}
