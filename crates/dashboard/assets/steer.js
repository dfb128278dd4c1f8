// A run in progress: stopped, and, where it is made beside this page, held between steps and led on one by one.

import { h, problem, say, show } from "./dom.js";

/** What a run that can be held is doing, in words. */
export const doing = (held) => ({ running: "running", stepping: "finishing a step", ended: "ended" })[held.doing] ?? `paused before step ${held.step} of epoch ${held.epoch}`;

const off = (button, yes) => (yes ? button.setAttribute("aria-disabled", "true") : button.removeAttribute("aria-disabled"));

/** The buttons, made once: they keep the focus while the page goes on. `page.steer` holds them, `changed` draws what follows. */
export function steer(page, run, changed) {
  if (!run.control || !run.live) {
    // Whoever stands on a button that goes away stands on the page.
    if (page.steer.contains(document.activeElement)) document.getElementById("main").focus({ preventScroll: true });
    show(page.steer);
    page.buttons = null;
    return;
  }
  if (!page.buttons) build(page, changed);
  const { hold, one, stop } = page.buttons, held = run.held;
  hold.hidden = one.hidden = !held;
  if (!held) return;
  const paused = held.doing === "paused";
  hold.textContent = held.doing === "running" ? "Pause this run" : "Go on";
  off(hold, held.doing === "ended");
  off(one, !paused);
  off(stop, !held.can_stop);
  stop.title = held.can_stop ? "" : "Its scenario has no kill switch; Ctrl-C in its terminal interrupts it";
  if (paused && page.told !== held.steps) say(doing(held));
  page.told = paused ? held.steps : undefined;
}

function build(page, changed) {
  const note = h("div", { class: "note", role: "status" });
  const order = async (path) => {
    try {
      const answer = await fetch(`/api/${path}?${new URLSearchParams({ id: page.id })}`, { method: "POST" });
      const body = await answer.json();
      if (!answer.ok) throw new Error(body.error);
      show(note, body.written && document.createTextNode(`Written: ${body.written}. The run ends before its next step, if its scenario has the kill switch.`));
      if (body.held) changed(body.held);
    } catch (error) {
      show(note, problem(error));
    }
  };
  const button = (words, path) => {
    const made = h("button", { type: "button", onclick: () => made.getAttribute("aria-disabled") || order(typeof path === "string" ? path : path()) }, words);
    return made;
  };
  const hold = button("Pause this run", () => (page.overview.held.doing === "running" ? "pause" : "go"));
  page.buttons = { hold, one: button("One step", "step"), stop: button("Stop this run", "stop") };
  show(page.steer, h("div", { class: "row", role: "group", "aria-label": "This run" }, Object.values(page.buttons)), note);
}

/** By a key: the button of this name, if it is there. */
export function press(page, name) {
  const button = page?.buttons?.[name];
  if (button && !button.hidden) button.click();
}
