// Alerts that fired: the newest in a line that stays until it is dismissed, all of them in a drawer.

import { choosable } from "./choices.js";
import { byId, create, put } from "./dom.js";
import * as numbers from "./numbers.js";
import { clean } from "./text.js";

const LIMIT = 100;
const TEXT_LIMIT = 200;

export class Alerts {
  #list = byId("alerts-list");
  #fired = [];
  /** Newest first. */
  #rules = 0;
  #unseen = 0;
  /** How many nobody has dismissed. */
  #last = { number: 0, wall_ms: 0 };
  /** The newest that is known. */
  #since = Infinity;
  /** Wall time of the engine's first status, ms UTC: what fired before is no news. */

  /** Call `choose` with the symbol of an alert that somebody wants to see closer. */
  constructor(choose) {
    choosable(this.#list, (index) => choose(this.#fired[index].symbol));
    byId("alert-dismiss").addEventListener("click", () => this.#dismiss());
    this.#count();
  }

  /** How many nobody has dismissed. */
  get unseen() {
    return this.#unseen;
  }

  /** Begin with an engine that says hello: it tells what it knows, again. */
  reset() {
    this.#rules = 0;
    this.#fired = [];
    this.#list.replaceChildren();
    this.#count();
  }

  /** Learn the time of day at the engine, ms UTC. */
  learn(wall) {
    this.#since = Math.min(this.#since, wall);
  }

  take({ rules, fired = [] }) {
    if (rules) this.#rules = rules.length;
    const fresh = fired.toReversed();
    this.#add(fresh.slice(0, LIMIT));
    this.#tell(fresh.filter((alert) => this.#isNews(alert)));
    this.#last = fresh[0] ?? this.#last;
  }

  /** An engine tells its newest again to whoever comes back; another one may count from 1. */
  #isNews({ number, wall_ms: wall }) {
    return wall >= this.#since && (number > this.#last.number || wall > this.#last.wall_ms);
  }

  #add(fresh) {
    this.#fired = [...fresh, ...this.#fired].slice(0, LIMIT);
    this.#prepend(fresh.map(entry));
    while (this.#list.children.length > LIMIT) this.#list.lastElementChild.remove();
    this.#count();
  }

  /** Whoever has scrolled down goes on reading where he was. */
  #prepend(entries) {
    const { scrollTop, scrollHeight } = this.#list;
    this.#list.prepend(...entries);
    if (scrollTop > 0) this.#list.scrollTop = scrollTop + this.#list.scrollHeight - scrollHeight;
  }

  #count() {
    const { length } = this.#fired;
    const more = length < LIMIT ? "" : "+";
    put(byId("alerts-count"), `${numbers.count(length)}${more} fired · ${numbers.count(this.#rules)} set`);
  }

  #tell(fresh) {
    if (fresh.length === 0) return;
    this.#unseen += fresh.length;
    byId("alert").hidden = false;
    put(byId("alert-time"), numbers.clock(fresh[0].wall_ms));
    put(byId("alert-text"), clean(fresh[0].text, TEXT_LIMIT));
    put(byId("alert-more"), this.#unseen > 1 ? `and ${numbers.count(this.#unseen - 1)} more` : "");
  }

  #dismiss() {
    this.#unseen = 0;
    byId("alert").hidden = true;
    put(byId("alert-text"), ""); // else the same alert again would not be read out
    byId("board").focus(); // else the focus would go with the button
  }
}

function entry(alert) {
  const line = create("li");
  line.role = "option";
  line.tabIndex = -1;
  const parts = [["time", numbers.dayAndTime(alert.wall_ms)], ["text", clean(alert.text, TEXT_LIMIT)]];
  line.append(...parts.map(([name, text]) => {
    const part = create("span", name);
    part.textContent = text;
    return part;
  }));
  return line;
}
