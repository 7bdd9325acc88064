// The pattern events that the engine told of, and how a person reads them.

import * as numbers from "./numbers.js";
import { clean } from "./text.js";

const LIMIT = 500;
const MARKED = 20_000;
/** Symbols whose newest event is remembered. */
const RECENT = 300_000;
/** ms for which an event marks its symbol's tile. */
const NAME_LIMIT = 64;

/** Hollow: the arrows of prices are filled. */
export const SHAPES = new Map([["bullish", "△"], ["bearish", "▽"], ["neutral", "◇"]]);

/** Return a pattern's name in words. */
export const nameOf = ({ pattern }) => pattern.replaceAll("_", " ");

/** Return how sure a pattern is, 0 to 1; no probability. */
export const confidenceOf = ({ confidence }) => numbers.confidence(confidence);

/** Return all that is known of an event, in one line. */
export function describe(event) {
  const { direction, timeframe, timestamp, source } = event;
  const bar = `${timeframe} bar of ${numbers.exchangeTime(timestamp)}`.trim();
  return [`${nameOf(event)} ${confidenceOf(event)}`, direction, bar, source].filter(Boolean).join(" · ");
}

/** Return an event whose texts can be shown. */
export function cleaned(event) {
  const { pattern, timeframe, source } = event;
  const [name, bar, from] = [pattern, timeframe, source].map((text) => clean(text, NAME_LIMIT));
  return { ...event, pattern: name, timeframe: bar, source: from };
}

export class Patterns {
  events = [];
  /** Newest first. */
  missed = 0;
  /** Events that were never heard of: their numbers were skipped. */
  #next = null;
  /** Number that the next event should have; null before the first. */
  #newest = new Map();
  /** Event by symbol; who had none for longest comes first. */

  /** Begin with another engine: what it finds has numbers of its own. */
  reset() {
    this.events = [];
    this.missed = 0;
    this.#next = null;
    this.#newest.clear();
  }

  /** Take a message. */
  take({ events }) {
    const fresh = events.filter((event) => this.#isNext(event)).slice(-LIMIT).map(cleaned);
    for (const event of fresh) this.#remember(event);
    this.events = [...fresh.toReversed(), ...this.events].slice(0, LIMIT);
  }

  /** Return the newest event of a symbol if at wall time `wall`, ms UTC, it is recent. */
  recent(symbol, wall) {
    const event = this.#newest.get(symbol);
    return event && Math.abs(wall - event.wall_ms) < RECENT ? event : undefined;
  }

  #isNext({ number }) {
    if (this.#next !== null && number < this.#next) return false;
    if (this.#next !== null) this.missed += number - this.#next;
    this.#next = number + 1;
    return true;
  }

  #remember(event) {
    this.#newest.delete(event.symbol);
    this.#newest.set(event.symbol, event);
    if (this.#newest.size > MARKED) this.#newest.delete(this.#newest.keys().next().value);
  }
}
