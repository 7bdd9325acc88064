// The newest lines of the engine's log, in a drawer.

import { byId, create } from "./dom.js";
import * as numbers from "./numbers.js";
import { clean } from "./text.js";

const LIMIT = 500;
const LEVELS = [[40, "E", "error"], [30, "W", "warning"], [20, "I", "info"], [-Infinity, "D", "debug"]];
const NEAR = 4;
/** Pixels from the end within which the drawer follows the newest line. */

export class Log {
  #pane = byId("log");
  #next = null;
  /** Number that the next line should have; null before the first. */

  /** Begin with another engine: it numbers its lines anew. */
  reset() {
    this.#next = null;
  }

  take({ lines }) {
    const follows = this.#pane.scrollTop + this.#pane.clientHeight >= this.#pane.scrollHeight - NEAR;
    const fresh = lines.filter(({ number }) => this.#next === null || number >= this.#next);
    this.#pane.append(...fresh.slice(-LIMIT).flatMap((line) => this.#entries(line)));
    while (this.#pane.children.length > LIMIT) this.#pane.firstElementChild.remove();
    if (follows) this.follow();
  }

  /** Go to the newest line. */
  follow() {
    this.#pane.scrollTop = this.#pane.scrollHeight;
  }

  #entries(line) {
    const missed = this.#next === null ? 0 : line.number - this.#next;
    this.#next = line.number + 1;
    const [, letter, role] = LEVELS.find(([level]) => line.level >= level);
    const drawn = entry(role, numbers.clock(line.time), letter, clean(line.text));
    if (missed <= 0) return [drawn];
    const plural = missed === 1 ? "" : "s";
    return [entry("debug", "", "", `… ${numbers.count(missed)} line${plural} not shown`), drawn];
  }
}

function entry(role, ...texts) {
  const line = create("p", role);
  const parts = ["time", "level", "text"].map((name) => create("span", name));
  parts.forEach((part, index) => { part.textContent = texts[index]; });
  line.append(...parts);
  return line;
}
