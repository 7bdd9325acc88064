// The group of symbols that the board shows: all that are watched, or one of the lists and universes.

import { byId } from "./dom.js";
import { clean } from "./text.js";

const EVERYTHING = "1";
/** The digit of all that is watched. */
const DIGIT = /^[2-9]$/;
/** Of another group. */
const NAME_LIMIT = 40;

export class Groups {
  #select = byId("group");
  #groups = new Map();
  /** Group by digit, 2 to 9. */
  #all = "";
  /** What the engine calls all that is watched. */
  #key = EVERYTHING;
  /** The digit that was chosen, whether there is a group on it or not. */
  #shown = EVERYTHING;
  /** The digit of the group that is shown. */
  #changed;
  #address;

  /**
   * Call `changed` with the symbols to show, in order, whenever they may be others, and whether they
   * are of another group; null: all that are watched, also while the group is gone. The choice stays in
   * the address.
   */
  constructor(changed, address) {
    this.#changed = changed;
    this.#address = address;
    this.#select.addEventListener("change", () => this.choose(this.#select.value));
    this.#offer();
    address.follow(() => this.#take(address.get("group")));
  }

  /** Begin with another engine. */
  reset() {
    this.take({ groups: [] });
  }

  /** Take the groups that the engine tells of. */
  take({ groups }) {
    const known = groups.map((group) => [String(group.key), group]).filter(([key]) => DIGIT.test(key));
    this.#groups = new Map(known);
    this.#offer();
    this.#show();
  }

  /** Take what the engine calls all that is watched. */
  name(all) {
    if (all === this.#all) return;
    this.#all = all;
    this.#offer();
  }

  /** Show the group on a digit, if there is one. */
  choose(key) {
    if (key !== EVERYTHING && !this.#groups.has(key)) return;
    this.#address.keep({ group: key === EVERYTHING ? null : key });
    this.#take(key);
  }

  #take(key) {
    this.#key = key ?? EVERYTHING;
    this.#show();
  }

  #show() {
    const before = this.#shown;
    this.#shown = this.#groups.has(this.#key) ? this.#key : EVERYTHING;
    this.#select.value = this.#shown;
    const { symbols } = this.#groups.get(this.#shown) ?? {};
    this.#changed(symbols ? [...new Set(symbols)] : null, this.#shown !== before);
  }

  #offer() {
    const own = [...this.#groups].map(([key, { name }]) => option(key, name));
    this.#select.replaceChildren(option(EVERYTHING, this.#all || "all"), ...own);
    this.#select.value = this.#shown;
    this.#select.hidden = own.length === 0;
    byId("universe").classList.toggle("grouped", own.length > 0);
  }
}

const option = (key, name) => new Option(`${key} ${clean(name, NAME_LIMIT)}`, key);
