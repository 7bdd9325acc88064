// The filter, the order and the panes, by mouse and by key.

import { DENSITIES } from "./board.js";
import { byId } from "./dom.js";
import { SORTS } from "./order.js";

const SCROLLING = new Set(["ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End", " "]);

export class Controls {
  #filter = byId("filter");
  #sort = byId("sort");
  #density = byId("density");
  #reverse = byId("reverse");
  #board;
  #changed;

  /** Steer a board and a log; call `changed` when there is something to draw. */
  constructor(board, log, changed) {
    this.#board = board;
    this.#changed = changed;
    this.#sort.append(...SORTS.map((name) => new Option(name)));
    byId("controls").addEventListener("submit", (event) => event.preventDefault());
    this.#filter.addEventListener("input", () => this.#apply());
    this.#density.append(...DENSITIES.map((name) => new Option(name, name, false, name === "normal")));
    for (const select of [this.#sort, this.#density]) {
      select.addEventListener("change", () => this.#apply());
    }
    this.#reverse.addEventListener("click", () => this.#turn());
    byId("log-button").addEventListener("click", () => log.toggle());
    document.addEventListener("keydown", (event) => this.#key(event));
    addEventListener("hashchange", () => this.#recall());
    this.#recall();
  }

  /** Take how the page was left, or how a link wants it, from the end of its address. */
  #recall() {
    const kept = new URLSearchParams(location.hash.slice(1));
    this.#filter.value = (kept.get("filter") ?? "").slice(0, 80);
    this.#sort.value = SORTS.includes(kept.get("sort")) ? kept.get("sort") : SORTS[0];
    this.#density.value = DENSITIES.includes(kept.get("tiles")) ? kept.get("tiles") : "normal";
    this.#reverse.ariaPressed = String(kept.has("reverse"));
    this.#apply();
  }

  #remember() {
    const kept = new URLSearchParams();
    if (this.#filter.value) kept.set("filter", this.#filter.value);
    if (this.#sort.value !== SORTS[0]) kept.set("sort", this.#sort.value);
    if (this.#board.reversed) kept.set("reverse", "");
    if (this.#density.value !== "normal") kept.set("tiles", this.#density.value);
    const address = location.pathname + location.search;
    history.replaceState(null, "", kept.size ? `${address}#${kept}` : address);
  }

  #apply() {
    this.#board.filter = this.#filter.value;
    this.#board.sort = this.#sort.value;
    this.#board.reversed = this.#reverse.ariaPressed === "true";
    this.#board.density = this.#density.value;
    this.#reverse.textContent = this.#board.reversed ? "↑" : "↓";
    this.#board.rearrange();
    this.#remember();
    this.#changed();
  }

  #turn() {
    this.#reverse.ariaPressed = String(!this.#board.reversed);
    this.#apply();
  }

  #next(select) {
    select.selectedIndex = (select.selectedIndex + 1) % select.length;
    this.#apply();
  }

  #key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    const typing = event.target.matches("input, select");
    if (event.key === "Escape" && event.target === this.#filter) this.#clear();
    else if (!typing && this.#shortcut(event.key)) event.preventDefault();
    else if (SCROLLING.has(event.key) && event.target === document.body) this.#board.focus();
  }

  #clear() {
    this.#filter.value = "";
    this.#apply();
    this.#board.focus();
  }

  #shortcut(key) {
    const actions = {
      "/": () => this.#filter.select(),
      s: () => this.#next(this.#sort),
      r: () => this.#turn(),
      d: () => this.#next(this.#density),
      l: () => byId("log-button").click(),
    };
    if (!Object.hasOwn(actions, key)) return false;
    actions[key]();
    return true;
  }
}
