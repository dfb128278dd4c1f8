// Which page, and the keys.

import { h, problem, show } from "./dom.js";
import { go, link, onchange } from "./state.js";
import { TABS, hold, leave, move, play, run } from "./run.js";
import { compare, runs, sweep } from "./lists.js";
import { step } from "./events.js";

const main = document.getElementById("main");
const lists = { "/": runs, "/compare": compare, "/sweep": sweep };
let aborter = new AbortController();

async function route() {
  aborter.abort();
  aborter = new AbortController();
  try {
    if (location.pathname === "/run") await run(main);
    else {
      leave();
      await lists[location.pathname](main, aborter.signal);
    }
  } catch (error) {
    if (error.name !== "AbortError") show(main, problem(error));
  }
}

const KEYS = [["/", "to the filter"], ["j  k", "next event, the one before"], ["Enter", "open the event"], ["[  ]", "one epoch back, one on"], ["p", "play through the epochs"], ["h", "hold the run, or let it go on"], ["s", "one step of a held run"], ["t", "hidden truth on or off"], ["1 … 7", "panels"], ["?", "these keys"], ["Esc", "close"]];
const help = document.getElementById("help");
show(help, h("h2", { id: "help-title" }, "Keys"), h("dl", { class: "keys" }, KEYS.map(([key, what]) => [h("dt", {}, key), h("dd", {}, what)])), h("button", { type: "button", onclick: () => help.close() }, "Close"));
document.addEventListener("click", (event) => event.target.id === "keys" && help.showModal());

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input:not([type=checkbox]):not([type=range]), select, textarea");
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const onRun = location.pathname === "/run";
  const number = Number(event.key);
  if (event.key === "/") {
    const query = document.getElementById("query");
    if (query) query.focus();
    else if (onRun) go(link({ tab: "events" }));
    else return;
  } else if (event.key === "?") help.showModal();
  else if (onRun && event.key === "j") step(true);
  else if (onRun && event.key === "k") step(false);
  else if (onRun && event.key === "[") move(-1);
  else if (onRun && event.key === "]") move(1);
  else if (onRun && event.key === "p") play();
  else if (onRun && event.key === "h") hold("hold");
  else if (onRun && event.key === "s") hold("one");
  else if (onRun && event.key === "t") document.getElementById("truth")?.click();
  else if (onRun && number >= 1 && number <= TABS.length) go(link({ tab: number === 1 ? "" : TABS[number - 1][0], agent: "" }));
  else return;
  event.preventDefault();
});

onchange((before) => {
  // Another page begins at its top; another panel or epoch stays where it is.
  if (before && before.split("?")[0] !== location.pathname) {
    window.scrollTo(0, 0);
    main.focus({ preventScroll: true });
  }
  route();
});
route();
