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

/** Lines a dot keeps in a drawing of many. */
const STRONGEST = 4;

/** The heaviest lines of each dot, there and back counted alike; all of them where that is few. */
function strongest(view) {
  if (view.edges.length <= STRONGEST * view.nodes.length) return view.edges;
  const heaviest = [...view.edges].sort((a, b) => b.weight - a.weight || a.from - b.from || a.to - b.to);
  const kept = new Map(), held = new Set();
  for (const edge of heaviest) {
    for (const node of [edge.from, edge.to]) {
      const count = kept.get(node) ?? 0;
      if (count < STRONGEST) {
        kept.set(node, count + 1);
        held.add(edge);
      }
    }
  }
  return view.edges.filter((edge) => held.has(edge));
}

/** A directed, weighted graph; `options.to` gives the address of a node. */
export function graph(view, options = {}) {
  const at = places(view.nodes);
  const groups = [...new Set(view.nodes.map((node) => node.group))].sort();
  const most = Math.max(1e-9, ...view.edges.map((edge) => edge.weight)), heaviest = Math.max(1e-9, ...view.nodes.map((node) => node.weight));
  const drawn = strongest(view), left = view.edges.length - drawn.length;
  const edges = drawn.map((edge) => {
    const [a, b] = [at[edge.from], at[edge.to]];
    // Bent to one side, so that both directions of a pair can be told apart.
    const dx = b[0] - a[0], dy = b[1] - a[1];
    const bend = `${((a[0] + b[0]) / 2 - dy * 0.12).toFixed(1)} ${((a[1] + b[1]) / 2 + dx * 0.12).toFixed(1)}`;
    const tone = edge.value !== undefined && edge.value < 0.5 ? "s1" : "s6";
    return s("path", { d: `M${a[0].toFixed(1)} ${a[1].toFixed(1)}Q${bend} ${b[0].toFixed(1)} ${b[1].toFixed(1)}`, class: `edge ${tone}`, "stroke-width": (0.6 + 4.4 * (edge.weight / most)).toFixed(2) }, s("title", {}, `${view.nodes[edge.from].name} → ${view.nodes[edge.to].name}: ${short(edge.weight)}${edge.value === undefined ? "" : `, mean ${short(edge.value)}`}`));
  });
  const named = view.nodes.length <= 40 ? 0 : [...view.nodes].map((n) => n.weight).sort((a, b) => b - a)[24];
  const nodes = view.nodes.map((node, n) => {
    const r = 5 + 11 * Math.sqrt(node.weight / heaviest);
    const parts = [options.suspects?.has(node.name) && s("circle", { cx: at[n][0].toFixed(1), cy: at[n][1].toFixed(1), r: (r + 4).toFixed(1), class: "suspect" }), s("circle", { cx: at[n][0].toFixed(1), cy: at[n][1].toFixed(1), r: r.toFixed(1), class: `dot f${groups.indexOf(node.group) % 8}` }, s("title", {}, `${node.name} (${node.group}): ${short(node.weight)}`))];
    if (node.weight >= named) parts.push(s("text", { x: at[n][0].toFixed(1), y: (at[n][1] - r - 4).toFixed(1), "text-anchor": "middle" }, node.name));
    return options.to ? s("a", { href: options.to(node.name), "aria-label": node.name }, parts) : s("g", {}, parts);
  });
  const words = { group: "group", size: "weight of its lines", width: "weight", value: "value", ...options.graph };
  const legend = h("ul", { class: "legend" }, groups.map((group, n) => h("li", {}, s("svg", { viewBox: "0 0 22 10", "aria-hidden": "true" }, s("circle", { cx: 11, cy: 5, r: 5, class: `f${n % 8}` })), group)),
    options.suspects?.size > 0 && h("li", {}, s("svg", { viewBox: "0 0 22 10", "aria-hidden": "true" }, s("circle", { cx: 11, cy: 5, r: 4, class: "suspect" })), "suspected of collusion by the detector"),
    h("li", {}, s("svg", { viewBox: "0 0 22 10", "aria-hidden": "true" }, s("line", { x1: 1, x2: 21, y1: 5, y2: 5, class: "line s6" })), `${words.value} 0.5 or more`), h("li", {}, s("svg", { viewBox: "0 0 22 10", "aria-hidden": "true" }, s("line", { x1: 1, x2: 21, y1: 5, y2: 5, class: "line s1" })), "below 0.5"));
  const rows = [...view.edges].sort((a, b) => b.weight - a.weight).map((edge) => [view.nodes[edge.from].name, view.nodes[edge.to].name, edge.weight, edge.value ?? null]);
  const list = h("details", {}, h("summary", {}, `Edges as a table (${rows.length})`));
  list.addEventListener("toggle", () => list.open && list.children.length === 1 && list.append(table({ title: view.title, columns: ["from", "to", "weight", "mean"], rows }, {})));
  return h("figure", { class: "panel wide" }, h("h2", {}, view.title), legend,
    h("figcaption", {}, `Colour of a dot: ${words.group}; its size: ${words.size}. Width of a line: ${words.width}; a line bends to the right of its way, so that there and back lie apart. `, left > 0 && `Drawn are the ${STRONGEST} strongest lines of each dot, ${drawn.length} of ${view.edges.length}; the ${left} weaker ones are left out and stand in the table. `, view.note ?? ""),
    view.nodes.length ? s("svg", { viewBox: `0 0 ${SIZE} ${SIZE}`, class: "graph", role: "group", "aria-label": `${view.title}: ${view.nodes.length} nodes, ${drawn.length} of ${view.edges.length} edges` }, edges, nodes) : h("p", { class: "quiet" }, "Nothing yet."),
    list);
}

// A route that is called "A to B" has a direction; a border has none.
const directed = (route) => route.name.includes(" to ");

/** Areas with fills to switch between. */
export function map(view) {
  const drawing = s("svg", { viewBox: `0 0 ${SIZE} ${SIZE}`, class: "graph", role: "img", "aria-label": view.title });
  const point = ([x, y]) => [x * SIZE, y * SIZE];
  const middle = (area) => area.outline.map(point).reduce((sum, [x, y]) => [sum[0] + x / area.outline.length, sum[1] + y / area.outline.length], [0, 0]);
  const legend = h("ul", { class: "legend" });
  const draw = (fill) => {
    const known = (fill?.values ?? []).filter((x) => x !== null);
    const low = Math.min(...known), span = Math.max(...known) - low || 1;
    const areas = view.areas.map((area, n) => {
      const value = fill?.values[n] ?? null;
      return s("polygon", { points: area.outline.map((p) => point(p).join(",")).join(" "), class: "f0 dot", "fill-opacity": value === null ? 0.03 : 0.1 + (0.9 * (value - low)) / span }, s("title", {}, `${area.name}: ${fill?.name ?? ""} ${short(value)}`));
    });
    const most = Math.max(1e-9, ...(view.routes ?? []).map((route) => route.weight));
    const routes = (view.routes ?? []).map((route) => {
      const tone = route.value !== undefined && route.value < 0.5 ? "s1" : "s7";
      const share = route.value === undefined ? "" : `, ${short(route.value)} got through`;
      const points = route.areas.map((a) => middle(view.areas[a])), width = 1 + 5 * (route.weight / most), last = points.length - 1;
      if (last < 1) return null;
      // The head ends short of the middle, where the name stands.
      const [dx, dy] = [points[last][0] - points[last - 1][0], points[last][1] - points[last - 1][1]], long = Math.hypot(dx, dy) || 1, [ux, uy] = [dx / long, dy / long];
      const [ex, ey] = points[last], head = 5 + width;
      const corners = [[ex, ey], [ex - head * ux - head * 0.6 * uy, ey - head * uy + head * 0.6 * ux], [ex - head * ux + head * 0.6 * uy, ey - head * uy - head * 0.6 * ux]];
      const way = points.map((p) => p.map((x) => x.toFixed(1)).join(",")).join(" ");
      const headed = directed(route);
      return s("g", {}, s("polyline", { points: way, class: "casing", "stroke-width": (width + 3).toFixed(1) }), s("polyline", { points: way, class: `edge route ${tone}`, "stroke-width": width.toFixed(1) }), headed && s("polygon", { points: corners.map((p) => p.map((x) => x.toFixed(1)).join(",")).join(" "), class: tone === "s1" ? "f1" : "f7" }), s("title", {}, `${route.name}: ${short(route.weight)}${share}`));
    });
    const names = view.areas.length > 48 ? [] : view.areas.map((area) => s("text", { x: middle(area)[0], y: middle(area)[1] + (routes.length ? 17 : 4), "text-anchor": "middle" }, area.name));
    drawing.replaceChildren(...areas, ...routes.filter((route) => route), ...names);
    const steps = [0, 0.25, 0.5, 0.75, 1].map((part) => s("rect", { x: 88 * part, width: 22, height: 10, class: "f0", "fill-opacity": 0.1 + 0.9 * part }));
    legend.replaceChildren(h("li", {}, `${fill?.name ?? ""}: ${known.length ? short(low) : "–"} `, s("svg", { viewBox: "0 0 110 10", class: "scale", "aria-hidden": "true" }, steps), ` ${known.length ? short(Math.max(...known)) : "–"}`),
      ...(routes.length ? [h("li", {}, s("svg", { viewBox: "0 0 22 10", "aria-hidden": "true" }, s("line", { x1: 1, x2: 21, y1: 5, y2: 5, class: "line s7" })), `${view.routes.some(directed) ? "a way, with its head where it ends" : "a border, with no direction"}; width: how much, at most ${short(most)}`),
        ...((view.routes ?? []).some((route) => route.value < 0.5) ? [h("li", {}, s("svg", { viewBox: "0 0 22 10", "aria-hidden": "true" }, s("line", { x1: 1, x2: 21, y1: 5, y2: 5, class: "line s1" })), "less than half got through")] : [])] : []));
  };
  draw(view.fills[0]);
  const choice = h("select", { onchange: (event) => draw(view.fills[event.target.value]) }, view.fills.map((fill, n) => h("option", { value: n }, fill.name)));
  return h("figure", { class: "panel wide" }, h("h2", {}, view.title), view.fills.length > 1 && h("label", {}, "Fill ", choice), legend, drawing);
}
