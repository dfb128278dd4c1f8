// Flows between columns of groups, and steps of rank: the shapes a report draws, made from the same figures.

import { h, s, short } from "./dom.js";
import { figures } from "./charts.js";

const WIDE = 780, RIGHT = 210, HIGH = 320, BAR = 10, GAP = 12, TOP = 22;

/** Groups of each column by name: weight, place from the top, and how much of both sides is taken. */
function columnsOf(view) {
  const columns = view.columns.map(() => new Map());
  const group = (column, name) => columns[column].get(name) ?? columns[column].set(name, { weight: 0, top: 0, arrived: 0, left: 0 }).get(name);
  for (const flow of view.flows.filter((flow) => flow.weight > 0)) {
    group(flow.column, flow.from).left += flow.weight;
    group(flow.column + 1, flow.to).arrived += flow.weight;
  }
  // Many groups need more room.
  const high = Math.max(HIGH, TOP + 2 * GAP * Math.max(0, ...columns.map((column) => column.size)));
  let scale = Infinity;
  for (const column of columns) {
    let all = 0;
    for (const group of column.values()) {
      group.weight = Math.max(group.left, group.arrived);
      group.left = group.arrived = 0;
      all += group.weight;
    }
    if (all > 0) scale = Math.min(scale, (high - TOP - GAP * column.size) / all);
  }
  for (const column of columns) {
    let top = TOP;
    const heaviest = [...column].sort(([a, x], [b, y]) => y.weight - x.weight || (a < b ? -1 : 1));
    for (const [, group] of heaviest) {
      group.top = top;
      top += group.weight * scale + GAP;
    }
  }
  return { columns, scale, high };
}

/** A band keeps the colour of the group it begins with: further on, of the heaviest that came into its group. */
function tonesOf(view, columns) {
  const tones = columns.map(() => new Map());
  [...columns[0].keys()].sort().forEach((name, tone) => tones[0].set(name, { weight: 0, tone }));
  for (let at = 0; at + 1 < columns.length; at++) {
    for (const flow of view.flows.filter((flow) => flow.column === at && flow.weight > 0)) {
      const tone = tones[at].get(flow.from)?.tone ?? 6, known = tones[at + 1].get(flow.to);
      if (!known || flow.weight > known.weight) tones[at + 1].set(flow.to, { weight: Math.max(flow.weight, known?.weight ?? 0), tone });
    }
  }
  return tones;
}

/** Bands between columns of groups, as wide as they are heavy. */
export function alluvial(view) {
  const rows = view.flows.map((flow) => [view.columns[flow.column], flow.from, view.columns[flow.column + 1], flow.to, flow.weight]);
  const whole = (drawing, note) => h("figure", { class: "panel wide" }, h("h2", {}, view.title), drawing, h("figcaption", {}, note), figures(view.title, ["from time", "group", "to time", "joins", "weight"], rows));
  const { columns, scale, high: height } = columnsOf(view);
  if (!(scale < Infinity)) return whole(null, "Nothing flowed.");
  const tones = tonesOf(view, columns), last = columns.length - 1;
  const x = (at) => (at / Math.max(1, last)) * (WIDE - BAR - RIGHT);
  const bands = view.flows.filter((flow) => flow.weight > 0).sort((a, b) => a.column - b.column).map((flow) => {
    const high = flow.weight * scale, from = columns[flow.column].get(flow.from), to = columns[flow.column + 1].get(flow.to);
    const a = from.top + from.left, b = to.top + to.arrived;
    from.left += high;
    to.arrived += high;
    const left = x(flow.column) + BAR, right = x(flow.column + 1), bend = (left + right) / 2;
    const p = (x, y) => `${x.toFixed(1)} ${y.toFixed(1)}`;
    const path = `M${p(left, a)}C${p(bend, a)} ${p(bend, b)} ${p(right, b)}L${p(right, b + high)}C${p(bend, b + high)} ${p(bend, a + high)} ${p(left, a + high)}Z`;
    return s("path", { d: path, class: `band f${(tones[flow.column].get(flow.from)?.tone ?? 6) % 8}` }, s("title", {}, `${flow.from} → ${flow.to}: ${short(flow.weight)}`));
  });
  const bars = columns.flatMap((column, at) => [
    s("text", { x: x(at).toFixed(1), y: 11, class: "head" }, view.columns[at]),
    ...[...column].flatMap(([name, group]) => [
      s("rect", { x: x(at).toFixed(1), width: BAR, y: group.top.toFixed(1), height: Math.max(1, group.weight * scale).toFixed(1), class: "bar" }),
      s("text", { x: (x(at) + BAR + 5).toFixed(1), y: (group.top + (group.weight * scale) / 2 + 4).toFixed(1) }, `${name} ${short(group.weight)}`),
    ]),
  ]);
  const drawing = s("svg", { viewBox: `0 0 ${WIDE} ${height}`, class: "broad", role: "img", "aria-label": `${view.title}: ${bands.length} flows between ${columns.length} columns` }, bands, bars);
  return whole(h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": `${view.title}, drawn` }, drawing), "The wider a band, the more.");
}

const STEP = 34;

/** Steps of rank, the highest on top and furthest to the right. */
export function ladder(view) {
  const rungs = [...view.rungs].reverse(), high = rungs.length * STEP + 6;
  const who = (rung) => rung.who.join(", ") || "nobody";
  const steps = rungs.map((rung, at) => {
    const left = ((rungs.length - 1 - at) * 180) / Math.max(1, rungs.length - 1), y = at * STEP + 18;
    const few = rung.who.slice(0, 6).join(", ") + (rung.who.length > 6 ? ` and ${rung.who.length - 6} more` : "");
    return [
      s("rect", { x: left, width: WIDE - left, y: y + 6, height: 3, class: `f${rung.who.length ? 0 : 6}` }),
      s("text", { x: left, y, class: "head" }, rung.name, s("title", {}, `${rung.name}: ${who(rung)}`)),
      s("text", { x: left + 170, y }, few || "nobody"),
    ];
  });
  const said = rungs.map((rung) => `${rung.name}: ${rung.who.length}`).join("; ");
  const drawing = s("svg", { viewBox: `0 0 ${WIDE} ${high}`, class: "broad", role: "img", "aria-label": `${view.title}: ${said}` }, steps);
  return h("figure", { class: "panel wide" }, h("h2", {}, view.title), h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": `${view.title}, drawn` }, drawing),
    figures(view.title, ["rung", "who"], rungs.map((rung) => [rung.name, who(rung)])));
}
