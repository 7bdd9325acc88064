// The filter, the order and what the keys do.

import { DENSITIES } from "./board.js";
import { byId } from "./dom.js";
import { SORTS, arrowOf } from "./order.js";

const DIGIT = /^[1-9]$/;
/** Of a group. */
const SCROLLING = new Set(["ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End", " "]);

export class Controls {
  #filter = byId("filter");
  #sort = byId("sort");
  #density = byId("density");
  #reverse = byId("reverse");
  #board;
  #address;
  #changed;
  #groups;

  /** Steer a board and its groups; call `changed` when there is something to draw; what is chosen stays in the address. */
  constructor({ board, groups, changed, address }) {
    this.#board = board;
    this.#groups = groups;
    this.#address = address;
    this.#changed = changed;
    this.#sort.append(...SORTS.map((name) => new Option(name)));
    byId("controls").addEventListener("submit", (event) => event.preventDefault());
    this.#filter.addEventListener("input", () => this.#apply());
    this.#density.append(...DENSITIES.map((name) => new Option(name, name, false, name === "normal")));
    for (const select of [this.#sort, this.#density]) {
      select.addEventListener("change", () => this.#apply());
    }
    this.#reverse.addEventListener("click", () => this.#turn());
    document.addEventListener("keydown", (event) => this.#key(event));
    address.follow(() => this.#recall());
  }

  /** Take how the page was left, or how a link wants it, from the end of its address. */
  #recall() {
    const [sort, tiles] = [this.#address.get("sort"), this.#address.get("tiles")];
    this.#filter.value = this.#address.get("filter") ?? "";
    this.#sort.value = SORTS.includes(sort) ? sort : SORTS[0];
    this.#density.value = DENSITIES.includes(tiles) ? tiles : "normal";
    this.#reverse.ariaPressed = String(this.#address.get("reverse") !== null);
    this.#apply();
  }

  #remember() {
    const [sort, tiles] = [this.#sort.value, this.#density.value];
    this.#address.keep({
      filter: this.#filter.value || null,
      sort: sort === SORTS[0] ? null : sort,
      reverse: this.#board.reversed ? "" : null,
      tiles: tiles === "normal" ? null : tiles,
    });
  }

  #apply() {
    this.#board.filter = this.#filter.value;
    this.#board.sort = this.#sort.value;
    this.#board.reversed = this.#reverse.ariaPressed === "true";
    this.#board.density = this.#density.value;
    this.#reverse.textContent = arrowOf(this.#sort.value, this.#board.reversed);
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
    if (event.target.closest("dialog[open]")) return;
    // What a closed dialog leaves behind has the focus until the next frame, and takes no text.
    const typing = event.target.matches("input, select") && !event.target.closest("dialog");
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
      e: () => byId("events-button").click(),
      a: () => byId("alerts-button").click(),
      l: () => byId("log-button").click(),
    };
    const isDigit = DIGIT.test(key);
    if (isDigit) this.#groups.choose(key);
    else if (Object.hasOwn(actions, key)) actions[key]();
    else return false;
    return true;
  }
}
