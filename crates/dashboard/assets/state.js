// What is shown is in the address, so every view can be linked, and back and forward work.

/** The parameters of the address. */
export const parameters = () => new URLSearchParams(location.search);

/** A parameter, or "". */
export const get = (name) => parameters().get(name) ?? "";

/** An address with some parameters changed; an empty value removes one. */
export function link(changes, path = location.pathname) {
  const next = path === location.pathname ? parameters() : new URLSearchParams();
  for (const [name, value] of Object.entries(changes)) {
    if (value === "" || value === null || value === undefined) next.delete(name);
    else next.set(name, value);
  }
  const query = next.toString();
  return query ? `${path}?${query}` : path;
}

const listeners = [];

/** Calls back when the address changes. */
export function onchange(listener) {
  listeners.push(listener);
}

function tell(address) {
  for (const listener of listeners) listener(address);
}

/** Goes to an address of this page without loading it anew. */
export function go(address, replace = false) {
  const before = location.pathname + location.search;
  if (address === before) return;
  history[replace ? "replaceState" : "pushState"](null, "", address);
  tell(before);
}

window.addEventListener("popstate", () => tell(""));

document.addEventListener("click", (event) => {
  const anchor = event.target.closest?.("a[href]");
  if (!anchor || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
  const to = new URL(anchor.href instanceof Object ? anchor.href.baseVal : anchor.href, location.href);
  if (to.origin !== location.origin || to.hash) return;
  event.preventDefault();
  go(to.pathname + to.search);
});
