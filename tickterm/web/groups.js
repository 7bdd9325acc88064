// The group of symbols that the board shows: all that are watched, or one of the lists and universes.

import { byId } from "./dom.js";
import { clean } from "./text.js";

const EVERYTHING = "1";
/** The digit of all that is watched. */
const NAME_LIMIT = 40;

export class Groups {
  #select = byId("group");
  #groups = new Map();
  /** Group by digit, 2 to 9. */
  #key = EVERYTHING;
  /** The digit that was chosen, whether there is a group on it or not. */
  #changed;
  #address;

  /**
   * Call `changed` with the symbols to show, in order, whenever they may be others; null: all that are
   * watched, also while the group is gone. The choice stays in the address.
   */
  constructor(changed, address) {
    this.#changed = changed;
    this.#address = address;
    this.#select.addEventListener("change", () => this.choose(this.#select.value));
    this.#offer();
    address.follow(() => this.#take(address.get("group")));
  }

  /** Take the groups that the engine tells of. */
  take({ groups }) {
    const known = groups.filter(({ key }) => key >= 2 && key <= 9);
    this.#groups = new Map(known.map((group) => [String(group.key), group]));
    this.#offer();
    this.#tell();
  }

  /** Show the group on a digit, if there is one. */
  choose(key) {
    if (key !== EVERYTHING && !this.#groups.has(key)) return;
    this.#address.keep({ group: key === EVERYTHING ? null : key });
    this.#take(key);
  }

  #take(key) {
    this.#key = key ?? EVERYTHING;
    this.#mark();
    this.#tell();
  }

  #tell() {
    this.#changed(this.#groups.get(this.#key)?.symbols ?? null);
  }

  #offer() {
    const own = [...this.#groups].map(([key, { name }]) => new Option(`${key} ${clean(name, NAME_LIMIT)}`, key));
    this.#select.replaceChildren(new Option("1 all", EVERYTHING), ...own);
    this.#select.hidden = own.length === 0;
    byId("universe").classList.toggle("grouped", own.length > 0);
    this.#mark();
  }

  #mark() {
    this.#select.value = this.#groups.has(this.#key) ? this.#key : EVERYTHING;
  }
}
