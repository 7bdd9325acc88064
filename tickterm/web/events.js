// The newest pattern events, in a drawer.

import { choosable } from "./choices.js";
import { byId, create, put } from "./dom.js";
import * as numbers from "./numbers.js";
import { parse, passes } from "./event_filter.js";
import { containing } from "./order.js";
import { SHAPES, confidenceOf, describe, nameOf } from "./patterns.js";
import { clean } from "./text.js";

const CONFIDENCES = ["0", "0.5", "0.7", "0.9"];
const SYMBOL_LIMIT = 32;

export class Events {
  #pane = byId("events");
  #list = byId("events-list");
  #words = byId("events-words");
  #confidence = byId("events-confidence");
  #address;
  #changed;
  #wanted = parse("");
  /** The last filter that was none wrong. */
  #events = [];
  /** Those that the list was made of. */
  #shown = [];
  /** Those that stand in it, line by line. */
  #filters = "";

  /** Call `choose` with an event that is clicked, `changed` when a filter is; it stays in the address. */
  constructor(choose, changed, address) {
    this.#changed = changed;
    this.#address = address;
    this.#confidence.append(...CONFIDENCES.map((least) => new Option(wordsOf(least), least)));
    byId("events-filter").addEventListener("submit", (event) => event.preventDefault());
    byId("events-filter").addEventListener("input", () => this.#apply());
    choosable(this.#list, (index) => choose(this.#shown[index]));
  }

  /** Filter as the address wants it. */
  recall() {
    const least = this.#address.get("confidence");
    this.#words.value = this.#address.get("events") ?? "";
    this.#confidence.value = CONFIDENCES.includes(least) ? least : CONFIDENCES[0];
    this.#apply();
  }

  #apply() {
    const [words, least] = [this.#words.value, this.#confidence.value];
    const wanted = parse(words);
    if (!wanted.fault) this.#wanted = wanted;
    put(byId("events-fault"), wanted.fault);
    this.#words.ariaInvalid = String(wanted.fault !== "");
    this.#address.keep({ events: words || null, confidence: least === CONFIDENCES[0] ? null : least });
    this.#changed();
  }

  /** Show the events of symbols that pass the board's filter, if anybody sees them. */
  show(patterns, detection, symbols) {
    if (this.#pane.hidden) return;
    const filters = JSON.stringify([symbols, this.#wanted, this.#confidence.value]);
    if (filters !== this.#filters) this.#clear();
    this.#filters = filters;
    if (patterns.events !== this.#events) this.#renew(patterns.events, this.#filter(symbols));
    put(byId("events-count"), this.#counted(patterns.missed, detection?.gaps ?? 0));
  }

  #clear() {
    this.#events = [];
    this.#shown = [];
    this.#list.replaceChildren();
  }

  #filter(symbols) {
    const isWatched = containing(symbols);
    const least = Number(this.#confidence.value);
    const wanted = this.#wanted;
    return (event) => event.confidence >= least && isWatched(event.symbol) && passes(wanted, event);
  }

  /** Put what is new on top; whoever has scrolled down goes on reading where he was. */
  #renew(events, isWanted) {
    const known = events.indexOf(this.#events[0]);
    if (known < 0) this.#clear();
    this.#events = events;
    const fresh = events.slice(0, known < 0 ? undefined : known).filter(isWanted);
    this.#shown.unshift(...fresh);
    const { scrollTop } = this.#list;
    this.#list.prepend(...fresh.map(entry));
    this.#trim(events.at(-1));
    if (scrollTop > 0) this.#list.scrollTop = scrollTop + fresh.length * this.#pitch;
  }

  get #pitch() {
    return this.#list.firstElementChild?.getBoundingClientRect().height ?? 0;
  }

  #trim(oldest) {
    while (this.#shown.length > 0 && this.#shown.at(-1).number < oldest.number) {
      this.#shown.pop();
      this.#list.lastElementChild.remove();
    }
  }

  #counted(missed, gaps) {
    const parts = [`${numbers.count(this.#shown.length)} of ${numbers.count(this.#events.length)}`];
    if (missed) parts.push(`${numbers.count(missed)} not shown`);
    if (gaps) parts.push(`${numbers.count(gaps)} gap${gaps === 1 ? "" : "s"}`);
    return parts.join(" · ");
  }
}

const wordsOf = (least) => (least === CONFIDENCES[0] ? "any" : numbers.confidence(Number(least)));

function entry(event) {
  const line = create("li", event.direction);
  line.role = "option";
  line.tabIndex = -1;
  line.title = describe(event);
  line.append(...Object.entries(columnsOf(event)).map(([name, text]) => {
    const part = create("span", name);
    part.textContent = text;
    return part;
  }));
  return line;
}

function columnsOf(event) {
  return {
    time: numbers.clock(event.wall_ms),
    shape: SHAPES.get(event.direction),
    symbol: clean(event.symbol, SYMBOL_LIMIT),
    pattern: nameOf(event),
    confidence: confidenceOf(event),
    timeframe: event.timeframe,
    dollars: event.price === null ? "" : numbers.price(event.price, 10),
    source: event.source,
  };
}
