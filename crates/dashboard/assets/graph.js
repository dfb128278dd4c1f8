// Nodes at the places the server worked out, directed edges, and maps of areas.

import { h, s, short } from "./dom.js";
import { table } from "./views.js";

const SIZE = 640;

/** Places without one stand on a circle. */
function places(nodes) {
  return nodes.map((node, at) => {
    const turn = (2 * Math.PI * at) / nodes.length;
    const [x, y] = node.place ?? [0.5 + 0.45 * Math.cos(turn), 0.5 + 0.45 * Math.sin(turn)];
    return [34 + x * (SIZE - 68), 24 + y * (SIZE - 48)];
  });
}

/** A directed, weighted graph; `options.to` gives the address of a node. */
export function graph(view, options = {}) {
  const at = places(view.nodes);
  const groups = [...new Set(view.nodes.map((node) => node.group))].sort();
  const most = Math.max(1e-9, ...view.edges.map((edge) => edge.weight)), heaviest = Math.max(1e-9, ...view.nodes.map((node) => node.weight));
  const edges = view.edges.map((edge) => {
    const [a, b] = [at[edge.from], at[edge.to]];
    // Bent to one side, so that both directions of a pair can be told apart.
    const dx = b[0] - a[0], dy = b[1] - a[1];
    const bend = `${((a[0] + b[0]) / 2 - dy * 0.12).toFixed(1)} ${((a[1] + b[1]) / 2 + dx * 0.12).toFixed(1)}`;
    const tone = edge.value === undefined ? "s6" : edge.value < 0.5 ? "s1" : "s0";
    return s("path", { d: `M${a[0].toFixed(1)} ${a[1].toFixed(1)}Q${bend} ${b[0].toFixed(1)} ${b[1].toFixed(1)}`, class: `edge ${tone}`, "stroke-width": (0.6 + 4.4 * (edge.weight / most)).toFixed(2) }, s("title", {}, `${view.nodes[edge.from].name} → ${view.nodes[edge.to].name}: ${short(edge.weight)}${edge.value === undefined ? "" : `, mean ${short(edge.value)}`}`));
  });
  const named = view.nodes.length <= 40 ? 0 : [...view.nodes].map((n) => n.weight).sort((a, b) => b - a)[24];
  const nodes = view.nodes.map((node, n) => {
    const r = 5 + 11 * Math.sqrt(node.weight / heaviest);
    const parts = [s("circle", { cx: at[n][0].toFixed(1), cy: at[n][1].toFixed(1), r: r.toFixed(1), class: `dot f${groups.indexOf(node.group) % 8}` }, s("title", {}, `${node.name} (${node.group}): ${short(node.weight)}`))];
    if (node.weight >= named) parts.push(s("text", { x: at[n][0].toFixed(1), y: (at[n][1] - r - 4).toFixed(1), "text-anchor": "middle" }, node.name));
    return options.to ? s("a", { href: options.to(node.name), "aria-label": node.name }, parts) : s("g", {}, parts);
  });
  const legend = h("ul", { class: "legend" }, groups.map((group, n) => h("li", {}, s("svg", { viewBox: "0 0 22 10", "aria-hidden": "true" }, s("circle", { cx: 11, cy: 5, r: 5, class: `f${n % 8}` })), group)));
  const rows = [...view.edges].sort((a, b) => b.weight - a.weight).map((edge) => [view.nodes[edge.from].name, view.nodes[edge.to].name, edge.weight, edge.value ?? null]);
  const list = h("details", {}, h("summary", {}, `Edges as a table (${rows.length})`));
  list.addEventListener("toggle", () => list.open && list.children.length === 1 && list.append(table({ title: view.title, columns: ["from", "to", "weight", "mean"], rows }, {})));
  return h("figure", { class: "panel wide" }, h("h2", {}, view.title),
    view.nodes.length ? s("svg", { viewBox: `0 0 ${SIZE} ${SIZE}`, class: "graph", role: "group", "aria-label": `${view.title}: ${view.nodes.length} nodes, ${view.edges.length} edges` }, edges, nodes) : h("p", { class: "quiet" }, "Nothing yet."),
    legend, h("figcaption", {}, view.note ?? "", " Thick: many. Blue: mean 0.5 or more; orange: below."), list);
}

/** Areas with fills to switch between. */
export function map(view) {
  const drawing = s("svg", { viewBox: `0 0 ${SIZE} ${SIZE}`, class: "graph", role: "img", "aria-label": view.title });
  const point = ([x, y]) => [x * SIZE, y * SIZE];
  const middle = (area) => area.outline.map(point).reduce((sum, [x, y]) => [sum[0] + x / area.outline.length, sum[1] + y / area.outline.length], [0, 0]);
  const draw = (fill) => {
    const known = (fill?.values ?? []).filter((x) => x !== null);
    const low = Math.min(...known), span = Math.max(...known) - low || 1;
    const areas = view.areas.map((area, n) => {
      const value = fill?.values[n] ?? null;
      return s("polygon", { points: area.outline.map((p) => point(p).join(",")).join(" "), class: "f0 dot", "fill-opacity": value === null ? 0.03 : 0.1 + (0.9 * (value - low)) / span }, s("title", {}, `${area.name}: ${fill?.name ?? ""} ${short(value)}`));
    });
    const most = Math.max(1e-9, ...(view.routes ?? []).map((route) => route.weight));
    const routes = (view.routes ?? []).map((route) => {
      const tone = route.value === undefined ? "s4" : route.value < 0.5 ? "s1" : "s0";
      const share = route.value === undefined ? "" : `, ${short(route.value)} got through`;
      return s("polyline", { points: route.areas.map((a) => middle(view.areas[a]).join(",")).join(" "), class: `edge ${tone}`, "stroke-width": (1 + 7 * (route.weight / most)).toFixed(1) }, s("title", {}, `${route.name}: ${short(route.weight)}${share}`));
    });
    const names = view.areas.length > 48 ? [] : view.areas.map((area) => s("text", { x: middle(area)[0], y: middle(area)[1] + 4, "text-anchor": "middle" }, area.name));
    drawing.replaceChildren(...areas, ...routes, ...names);
  };
  draw(view.fills[0]);
  const choice = h("select", { onchange: (event) => draw(view.fills[event.target.value]) }, view.fills.map((fill, n) => h("option", { value: n }, fill.name)));
  return h("figure", { class: "panel wide" }, h("h2", {}, view.title), view.fills.length > 1 && h("label", {}, "Fill ", choice), drawing);
}
