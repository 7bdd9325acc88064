// How the page is looked at, kept at the end of its address: a link or a reload shows the same.

import { clean } from "./text.js";

const NAMES = [
  "filter", "group", "sort", "reverse", "tiles", "open", "events", "confidence", "chart", "timeframe",
];
const LONGEST = 4_000;
/** Characters of an address that are read. */
const VALUE_LIMIT = 80;
const PAUSE = 350;
/** ms; Safari throws when an address changes more than a hundred times in half a minute. */

export class Address {
  #kept = read();
  #followers = new Set();
  #written = null;
  #timer = 0;

  constructor() {
    addEventListener("hashchange", () => {
      this.#kept = read();
      for (const recall of this.#followers) recall();
    });
  }

  /** Call `recall` now, and again whenever somebody else has changed the address. */
  follow(recall) {
    this.#followers.add(recall);
    recall();
  }

  /** Return the text that is kept under a name; null if there is none. */
  get(name) {
    return this.#kept.get(name) ?? null;
  }

  /** Keep texts by their names; null is not kept. */
  keep(texts) {
    for (const [name, text] of Object.entries(texts)) {
      if (text === null) this.#kept.delete(name);
      else this.#kept.set(name, text);
    }
    if (!this.#timer) this.#write();
  }

  #write() {
    this.#timer = 0;
    const names = NAMES.filter((name) => this.#kept.has(name));
    const kept = new URLSearchParams(names.map((name) => [name, this.#kept.get(name)]));
    const address = location.pathname + location.search + (names.length ? `#${kept}` : "");
    if (address === this.#written) return;
    this.#written = address;
    history.replaceState(null, "", address);
    this.#timer = setTimeout(() => this.#write(), PAUSE);
  }
}

function read() {
  const given = new URLSearchParams(location.hash.slice(1, LONGEST));
  const names = NAMES.filter((name) => given.has(name));
  return new Map(names.map((name) => [name, clean(given.get(name), VALUE_LIMIT)]));
}
