// Lines, bars and heat as SVG, from plain data. Every chart has a table of the same figures below it.

import { h, meaning, s, short } from "./dom.js";
import { table } from "./views.js";

const W = 460, H = 190, L = 46, R = 10, T = 8, B = 22;

/** Round values between low and high. */
function ticks(low, high, wanted = 4) {
  const span = high - low || 1;
  const raw = span / wanted, power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((m) => m * power).find((m) => m >= raw) ?? raw;
  const marks = [];
  for (let x = Math.ceil(low / step - 1e-9) * step; x <= high + step * 1e-6; x += step) marks.push(Math.abs(x) < step * 1e-9 ? 0 : x);
  return marks;
}

function extent(values, zero) {
  let low = Infinity, high = -Infinity;
  for (const x of values) {
    if (x === null || x === undefined) continue;
    low = Math.min(low, x);
    high = Math.max(high, x);
  }
  if (low > high) return [0, 1];
  if (zero || (low > 0 && low < (high - low))) low = Math.min(0, low);
  if (low === high) return low === 0 ? [0, 1] : [Math.min(0, low * 1.1), Math.max(0, high * 1.1)];
  return [low, high];
}

const isRate = (name) => /_(rate|fraction|gini)$/.test(name ?? "");

/** Rates stand on an axis from 0; on a chart of a run, if they are above a quarter, on the whole of it: with hidden truth and without it is the same. */
function axis(view, of) {
  const [low, high] = extent(view.lines.flatMap((line) => line.values));
  const rates = isRate(of) || view.lines.some((line) => isRate(line.name));
  return rates && low >= 0 && high <= 1 ? [0, !of && high > 0.25 ? 1 : high] : [low, high];
}

const label = (x) => (Math.abs(x) >= 10000 ? x.toExponential(0) : String(+x.toPrecision(4)));

function frame(x0, x1, y0, y1, whole) {
  const X = (x) => L + ((x - x0) / (x1 - x0 || 1)) * (W - L - R);
  const Y = (y) => H - B - ((y - y0) / (y1 - y0 || 1)) * (H - T - B);
  const parts = [];
  for (const y of ticks(y0, y1)) parts.push(s("line", { x1: L, x2: W - R, y1: Y(y), y2: Y(y), class: "gridline" }), s("text", { x: L - 6, y: Y(y) + 4, "text-anchor": "end" }, label(y)));
  for (const x of ticks(x0, x1, 6).filter((x) => !whole || Number.isInteger(x))) parts.push(s("text", { x: X(x), y: H - 6, "text-anchor": "middle" }, label(x)));
  parts.push(s("line", { x1: L, x2: W - R, y1: H - B, y2: H - B, class: "axis" }));
  return { X, Y, parts };
}

const swatch = (at, dashed) => s("svg", { viewBox: "0 0 22 10", "aria-hidden": "true" }, s("line", { x1: 1, x2: 21, y1: 5, y2: 5, class: `line s${at % 8}${dashed ? " hidden-truth" : ""}` }));

/** Lines over an axis, with governance as marks and the shown epoch as a cursor. */
export function series(view, options = {}) {
  const [x0, x1] = view.x.length ? [view.x[0], view.x[view.x.length - 1]] : [0, 1];
  const [y0, y1] = axis(view, options.of);
  const { X, Y, parts } = frame(x0, x1, y0, y1, view.axis === "epoch");
  // Many marks are ticks at the top, so that lines stay in sight.
  const foot = (view.marks ?? []).length > 12 ? T + 7 : H - B;
  for (const mark of view.marks ?? []) {
    if (mark.x >= x0 && mark.x <= x1) parts.push(s("line", { x1: X(mark.x), x2: X(mark.x), y1: T - 6, y2: foot, class: "event-mark" }, s("title", {}, `${view.axis} ${mark.x}: ${mark.label}`)));
  }
  view.lines.forEach((line, at) => {
    let path = "", on = false;
    line.values.forEach((y, i) => {
      if (y === null) on = false;
      else {
        path += `${on ? "L" : "M"}${X(view.x[i]).toFixed(1)} ${Y(y).toFixed(1)}`;
        on = true;
      }
    });
    parts.push(s("path", { d: path, class: `line s${at % 8}${line.hidden ? " hidden-truth" : ""}` }));
    if (line.values.filter((y) => y !== null).length <= 40) {
      line.values.forEach((y, i) => y !== null && parts.push(s("circle", { cx: X(view.x[i]), cy: Y(y), r: 2.6, class: `f${at % 8}` })));
    }
  });
  const cursor = s("line", { y1: T, y2: H - B, class: "cursor" });
  parts.push(cursor);
  const readout = h("p", { class: "readout" });
  const read = (x) => {
    if (!view.x.length) return;
    let at = 0;
    view.x.forEach((place, i) => Math.abs(place - x) < Math.abs(view.x[at] - x) && (at = i));
    cursor.setAttribute("x1", X(view.x[at]));
    cursor.setAttribute("x2", X(view.x[at]));
    const mark = (view.marks ?? []).find((m) => m.x === view.x[at]);
    readout.textContent = `${view.axis} ${label(view.x[at])}: ` + view.lines.map((line) => `${line.name} ${short(line.values[at])}`).join(", ") + (mark ? `; ${mark.label}` : "");
  };
  const rest = () => read(options.epoch !== undefined && view.axis === "epoch" ? options.epoch : x1);
  rest();
  const drawing = s("svg", { viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": `${view.title}: ${view.lines.map((line) => `${line.name}, last ${short(line.values.findLast((y) => y !== null))}`).join("; ")}` }, parts);
  drawing.addEventListener("pointermove", (event) => {
    const box = drawing.getBoundingClientRect();
    read(x0 + ((((event.clientX - box.left) / box.width) * W - L) / (W - L - R)) * (x1 - x0));
  });
  drawing.addEventListener("pointerleave", rest);
  if (options.pick && view.axis === "epoch") {
    drawing.addEventListener("click", (event) => {
      const box = drawing.getBoundingClientRect();
      options.pick(Math.round(x0 + ((((event.clientX - box.left) / box.width) * W - L) / (W - L - R)) * (x1 - x0)));
    });
  }
  const about = (line) => options.meanings?.get(line.name);
  const legend = h("ul", { class: "legend" }, view.lines.map((line, at) => h("li", { title: meaning(about(line)) }, swatch(at, line.hidden), line.name.replaceAll("_", " "), line.hidden && [" ", h("span", { class: "badge truth" }, "hidden truth")])),
    (view.marks ?? []).length > 0 && h("li", {}, s("svg", { viewBox: "0 0 22 10", "aria-hidden": "true" }, s("line", { x1: 11, x2: 11, y1: 0, y2: 10, class: "event-mark" })), "levers acted"));
  const defined = view.lines.filter((line) => about(line)?.summary);
  const said = defined.length > 0 && h("figcaption", {}, defined.map((line, n) => [n > 0 && " ", h("strong", {}, line.name.replaceAll("_", " ")), `: ${about(line).summary}.`]));
  const rows = view.x.map((x, i) => [x, ...view.lines.map((line) => line.values[i])]);
  return h("figure", { class: "panel" }, h("h2", {}, view.title), legend, drawing, h("p", { class: "axis-name" }, view.axis), readout, said, figures(view.title, [view.axis, ...view.lines.map((line) => line.name)], rows));
}

/** The same figures as a table, made when it is opened. */
export function figures(title, columns, rows) {
  const box = h("details", {}, h("summary", {}, "Figures"));
  box.addEventListener("toggle", () => {
    if (box.open && box.children.length === 1) box.append(table({ title, columns, rows }, { plain: true }));
  });
  return box;
}

/** Stacked bars between edges. */
export function histogram(view) {
  const bins = view.edges.length - 1;
  const sums = Array.from({ length: bins }, (_, at) => view.groups.reduce((sum, group) => sum + group.counts[at], 0));
  const { X, Y, parts } = frame(view.edges[0], view.edges[bins], 0, Math.max(1, ...sums));
  for (let at = 0; at < bins; at++) {
    let below = 0;
    view.groups.forEach((group, n) => {
      const count = group.counts[at];
      if (count) parts.push(s("rect", { x: X(view.edges[at]) + 0.5, width: Math.max(0.5, X(view.edges[at + 1]) - X(view.edges[at]) - 1), y: Y(below + count), height: Y(below) - Y(below + count), class: `f${n % 8}` }, s("title", {}, `${label(view.edges[at])} to ${label(view.edges[at + 1])}: ${group.name} ${count}`)));
      below += count;
    });
  }
  const drawing = s("svg", { viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": `${view.title}: ${sums.reduce((a, b) => a + b, 0)} in ${bins} bins` }, parts);
  const box = (n) => s("svg", { viewBox: "0 0 22 10", "aria-hidden": "true" }, s("rect", { width: 22, height: 10, class: `f${n % 8}` }));
  const rows = sums.map((_, at) => [view.edges[at], view.edges[at + 1], ...view.groups.map((group) => group.counts[at])]);
  return h("figure", { class: "panel" }, h("h2", {}, view.title), h("ul", { class: "legend" }, view.groups.map((group, n) => h("li", {}, box(n), group.name))), drawing, h("figcaption", {}, `across: ${view.axis}; up: how many, stacked`), figures(view.title, ["from", "to", ...view.groups.map((g) => g.name)], rows));
}

/** A value for each pair, as depth of colour. */
export function heatmap(view) {
  const [low, high] = extent(view.values.flat());
  const w = (W - 100) / Math.max(1, view.columns.length), t = 16, height = t * view.rows.length + 20;
  const parts = view.rows.map((name, r) => [
    s("text", { x: 96, y: r * t + 12, "text-anchor": "end" }, name),
    view.values[r].map((value, c) => value !== null && s("rect", { x: 100 + c * w, y: r * t, width: w - 0.5, height: t - 0.5, class: "f0", "fill-opacity": 0.08 + (0.92 * (value - low)) / (high - low || 1) }, s("title", {}, `${name}, ${view.columns[c]}: ${short(value)}`))),
  ]);
  return h("figure", { class: "panel" }, h("h2", {}, view.title), s("svg", { viewBox: `0 0 ${W} ${height}`, role: "img", "aria-label": view.title }, parts), h("figcaption", {}, `faint: ${short(low)}; full: ${short(high)}`), figures(view.title, ["", ...view.columns], view.rows.map((name, r) => [name, ...view.values[r]])));
}

const AT = 190, NEXT = 460, WORD = 52;

/** What an interval of a difference says: on one side of 0 it is better or worse where a direction is good, else more or less. */
export function verdict(effect, sense) {
  if (effect.low <= 0 && effect.high >= 0) return "unsure";
  const up = effect.low > 0;
  if (!sense) return up ? "more" : "less";
  return up === (sense === "more") ? "better" : "worse";
}

/** Better and worse are blue and orange, which all common colour vision tells apart; the word stands beside them. */
const TONES = { better: 0, worse: 1, more: 7, less: 7, unsure: 6 };

/** Mean differences with their intervals, a row a configuration; 0 is no change, `sense` which direction is good. */
export function forest(title, rows, said, sense) {
  const [low, high] = extent(rows.flatMap((row) => [row.low, row.high, 0]));
  const X = (x) => AT + ((x - low) / (high - low || 1)) * (NEXT - AT - WORD - 6);
  const tall = rows.length * 20 + 26;
  const parts = ticks(low, high, 4).flatMap((x) => [s("line", { x1: X(x), x2: X(x), y1: 4, y2: tall - 20, class: "gridline" }), s("text", { x: X(x), y: tall - 6, "text-anchor": "middle" }, label(x))]);
  parts.push(s("line", { x1: X(0), x2: X(0), y1: 2, y2: tall - 20, class: "cursor" }));
  rows.forEach((row, n) => {
    const y = n * 20 + 14, word = verdict(row, sense), tone = TONES[word];
    parts.push(s("g", {}, s("title", {}, `${row.config} against ${row.against}: ${short(row.mean)} [${short(row.low)}, ${short(row.high)}], ${row.pairs} pairs: ${word}`),
      s("text", { x: AT - 8, y: y + 4, "text-anchor": "end" }, row.config), s("line", { x1: X(row.low), x2: X(row.high), y1: y, y2: y, class: `line s${tone}` }), s("circle", { cx: X(row.mean), cy: y, r: 3.6, class: `f${tone}` }),
      s("text", { x: NEXT - 2, y: y + 4, "text-anchor": "end", class: word === "unsure" ? "" : "head" }, word)));
  });
  const words = sense ? [["better", `better: ${sense} of it`], ["worse", "worse"], ["unsure", "unsure: the interval holds 0"]] : [["more", "not 0 (no direction is good by itself)"], ["unsure", "unsure: the interval holds 0"]];
  return h("figure", { class: "panel" }, h("h2", {}, title), h("ul", { class: "legend" }, words.map(([word, text]) => h("li", {}, swatch(TONES[word]), text))),
    s("svg", { viewBox: `0 0 ${NEXT} ${tall}`, role: "img", "aria-label": `${title}: ${rows.map((row) => `${row.config} ${short(row.mean)} ${verdict(row, sense)}`).join("; ")}` }, parts), said && h("figcaption", {}, said));
}
