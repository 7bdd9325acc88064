// The chart of one symbol, in a dialog.

import { Candles, TIMEFRAMES } from "./candles.js";
import { byId, create, mark, put } from "./dom.js";
import { Drawing } from "./drawing.js";
import { isStale } from "./freshness.js";
import * as numbers from "./numbers.js";
import { SHAPES, confidenceOf, nameOf } from "./patterns.js";
import { changeOf, percentOf } from "./rows.js";
import { clean } from "./text.js";
import { Wish } from "./wish.js";

const SYMBOL_LIMIT = 32;
/** An engine cuts whoever asks for a longer one. */
const NAME_LIMIT = 60;
const NAMED = 3;
/** Events of a candle that are named, the newest. */
const FIRST_TIMEFRAME = "1min";
const CLOCK = / \d\d:\d\d:\d\d/;
const SYMBOL_STEPS = new Map([["]", 1], ["[", -1]]);
const TIMEFRAME_STEPS = new Map([["t", 1], ["T", -1]]);

export class Chart {
  #dialog = byId("chart");
  #drawing;
  #wish;
  #changed;
  #address;
  #choices = new Map();
  /** Radio button by timeframe. */
  #symbol = null;
  #timeframe = FIRST_TIMEFRAME;
  #candles = null;
  /** Those that came for this symbol and timeframe; null before any did. */
  #refusal = "";
  #isDrawn = false;

  /**
   * Use `say` to speak to the engine; call `changed` when there is something to draw, `step` with how
   * many symbols further on somebody wants to look; what is open stays in the address.
   */
  constructor({ say, changed, step, address }) {
    this.#wish = new Wish(say);
    this.#address = address;
    this.#changed = () => { this.#isDrawn = false; changed(); };
    this.#drawing = new Drawing(this.#changed);
    byId("timeframes").append(...[...TIMEFRAMES.keys()].map((name) => this.#choice(name)));
    byId("chart-close").addEventListener("click", () => this.#dialog.close());
    this.#dialog.addEventListener("click", ({ target }) => {
      if (target === this.#dialog) this.#dialog.close(); // the backdrop: all else lies in a child
    });
    this.#dialog.addEventListener("keydown", (event) => this.#key(event, step));
    this.#dialog.addEventListener("close", () => this.#want(null));
  }

  /** Symbol that is shown; null: none is. */
  get symbol() {
    return this.#symbol;
  }

  /** Show the candles of a symbol, in a timeframe if it is one. */
  open(symbol, timeframe = this.#timeframe) {
    if (symbol.length > SYMBOL_LIMIT) return;
    this.#choose(TIMEFRAMES.has(timeframe) ? timeframe : FIRST_TIMEFRAME);
    this.#want(symbol);
    put(byId("chart-symbol"), clean(symbol, SYMBOL_LIMIT));
    if (this.#dialog.open) return;
    this.#dialog.showModal();
    byId("timeframes").querySelector(":checked").focus();
  }

  /** Show what the address wants. */
  recall() {
    const symbol = this.#address.get("chart");
    if (symbol) this.open(symbol, this.#address.get("timeframe") ?? FIRST_TIMEFRAME);
    else this.#dialog.close();
  }

  /** Ask an engine that has just said hello for what another one told. */
  renew() {
    this.#wish.renew();
  }

  take(message) {
    if (message.symbol !== this.#symbol || message.timeframe !== this.#timeframe) return;
    this.#candles ??= new Candles();
    this.#candles.take(message);
    this.#refusal = "";
    this.#changed();
  }

  /** Take what the engine cannot do; it may be about this chart. */
  refuse({ symbol, text }) {
    if (this.#symbol === null || symbol !== this.#symbol) return;
    this.#candles = null;
    this.#refusal = clean(text, 200);
    this.#changed();
  }

  /**
   * Show the symbol's row, if there is one; stale if its newest tick came before `since`. `trouble` is
   * what keeps all from being fresh.
   */
  show(market, since, trouble) {
    if (this.#symbol === null) return;
    const row = market.row(this.#symbol);
    this.#showPrice(row);
    const stale = isStale(row, since);
    put(byId("chart-trouble"), trouble || (stale ? "STALE" : ""));
    mark(this.#dialog, "quiet", stale ? "stale" : "");
    if (this.#isDrawn) return;
    this.#isDrawn = true;
    const { all: candles, events } = this.#candles ?? new Candles();
    const pointed = this.#drawing.show(candles, this.#timeframe, events);
    put(byId("chart-bar"), pointed.candle ? reading(pointed.candle, this.#timeframe) : "");
    put(byId("chart-events"), listed(pointed.events));
    put(byId("chart-empty"), this.#emptiness(candles));
  }

  #want(symbol) {
    this.#symbol = symbol;
    this.#ask();
  }

  #ask() {
    this.#candles = null;
    this.#refusal = "";
    const isUsual = this.#symbol === null || this.#timeframe === FIRST_TIMEFRAME;
    this.#address.keep({ chart: this.#symbol, timeframe: isUsual ? null : this.#timeframe });
    this.#wish.want(this.#symbol, this.#timeframe);
    this.#changed();
  }

  #key(event, step) {
    const { key, ctrlKey, altKey, metaKey } = event;
    // Brackets are typed with the Alt keys on many keyboards.
    if (metaKey || (ctrlKey && !altKey)) return;
    if (SYMBOL_STEPS.has(key)) step(SYMBOL_STEPS.get(key));
    else if (TIMEFRAME_STEPS.has(key)) this.#stepTimeframe(TIMEFRAME_STEPS.get(key));
    else return;
    event.preventDefault();
  }

  #stepTimeframe(by) {
    const names = [...TIMEFRAMES.keys()];
    const name = names[names.indexOf(this.#timeframe) + by];
    if (name === undefined) return;
    this.#choose(name);
    this.#choices.get(name).focus();
    this.#ask();
  }

  #choose(name) {
    this.#timeframe = name;
    this.#choices.get(name).checked = true;
  }

  #choice(name) {
    const label = create("label");
    const input = create("input");
    const checked = name === this.#timeframe;
    Object.assign(input, { type: "radio", name: "timeframe", value: name, checked });
    this.#choices.set(name, input);
    input.addEventListener("change", () => {
      this.#timeframe = name;
      this.#ask();
    });
    label.append(input, name);
    return label;
  }

  #showPrice(row) {
    const change = row ? changeOf(row) : null;
    put(byId("chart-price"), numbers.price(row?.price, 11));
    put(byId("chart-change"), change === null
      ? "" : `${numbers.change(change, row.price)} ${numbers.percent(percentOf(row))}`);
    mark(byId("chart-change"), "change", change > 0 ? "up" : change < 0 ? "down" : "flat");
    put(byId("chart-name"), clean(row?.name ?? "", NAME_LIMIT));
  }

  #emptiness(candles) {
    if (candles.length > 0) return "";
    if (this.#refusal) return this.#refusal;
    return this.#candles ? "no candles of it yet" : "waiting for candles";
  }
}

function reading({ start, open, high, low, close, volume }, timeframe) {
  const dollars = [["O", open], ["H", high], ["L", low], ["C", close]];
  const prices = dollars.map(([letter, amount]) => `${letter}\u00a0${numbers.price(amount, 10)}`);
  const time = numbers.exchangeTime(start);
  const begin = timeframe === "1d" ? time.replace(CLOCK, "") : time;
  return [begin, ...prices, `V\u00a0${numbers.compact(volume)}`].join("  ");
}

function listed(events) {
  const left = events.length - NAMED;
  return [...events.slice(-NAMED).map(named), ...(left > 0 ? [`+${left}`] : [])].join(" ");
}

const named = (event) => `${SHAPES.get(event.direction)} ${nameOf(event)} ${confidenceOf(event)}`;
