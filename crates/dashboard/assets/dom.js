// Elements from data. Text goes in as text nodes alone: nothing here or elsewhere makes markup from a string.

const SVG = "http://www.w3.org/2000/svg";

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat(3)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return node;
}

/** An HTML element with attributes, listeners (onclick …) and children; strings become text. */
export const h = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);

/** An SVG element. */
export const s = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

/** Tells screen readers what happened. */
export function say(text) {
  document.getElementById("say").textContent = text;
}

/** Replaces what a node holds. */
export function show(node, ...children) {
  node.replaceChildren(...children.flat(3).filter((child) => child));
}

/** A number for people: four significant digits or so. */
export function short(value) {
  if (value === null || value === undefined || value === "") return "–";
  if (typeof value !== "number") return String(value);
  if (Number.isInteger(value)) return Math.abs(value) < 1e9 ? value.toLocaleString("en-US") : value.toExponential(2);
  const size = Math.abs(value);
  if (size < 0.0005) return value.toExponential(1);
  if (size < 1e4) return size < 100 ? value.toFixed(3) : value.toFixed(1);
  return size < 1e12 ? Math.round(value).toLocaleString("en-US") : value.toExponential(2);
}

/** Asks the server; a mistake comes as an Error with the server's sentence. */
export async function ask(panel, parameters = {}, signal = undefined) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== null && value !== "") query.set(name, value);
  }
  const answer = await fetch(`/api/${panel}?${query}`, { signal, credentials: "same-origin" });
  const body = await answer.json().catch((error) => {
    if (error.name === "AbortError") throw error;
    return { error: `the server answered ${answer.status}` };
  });
  if (!answer.ok) throw new Error(body.error ?? `the server answered ${answer.status}`);
  return body;
}

/** A mistake, shown. */
export const problem = (error) => h("p", { class: "error", role: "alert" }, error.message ?? String(error));

let known = null;

/** What each figure says, by name, as the program describes it; asked for once. */
export async function meanings() {
  known ??= ask("meanings").then(({ metrics }) => new Map(metrics.map((metric) => [metric.name, metric])));
  return known.catch(() => {
    known = null;
    return new Map();
  });
}

/** A figure's description and formula, as the text of a tooltip. */
export const meaning = (about) => (about ? [about.summary, about.formula].filter(Boolean).join(": ") : undefined);
