// The page: takes what the engine says, and draws it when the browser draws.

import { Address } from "./address.js";
import { Board } from "./board.js";
import { Chart } from "./chart.js";
import { EngineClock, wallTime } from "./clock.js";
import { Connection, addressOf } from "./connection.js";
import { Controls } from "./controls.js";
import { byId } from "./dom.js";
import { Drawers } from "./drawers.js";
import { Events } from "./events.js";
import { announce, showBanner, showHeader, showTitle } from "./header.js";
import { Log } from "./log.js";
import { Patterns } from "./patterns.js";
import { Market } from "./rows.js";
import { stateOf } from "./states.js";
import { showStatistics } from "./statistics.js";
import { TokenForm } from "./token.js";

const BEAT = 100;
/** ms; ages and flashes change without a message, too. */
const WORDS = 500;
/** ms; numbers that change ten times a second cannot be read. */

class Viewer {
  #market = new Market();
  #patterns = new Patterns();
  #clock = new EngineClock();
  #log = new Log();
  #connection = new Connection(addressOf(location.href), (message) => this.#take(message));
  #token = new TokenForm(this.#connection);
  #address = new Address();
  #chart = new Chart({
    say: (message) => this.#connection.say(message),
    changed: () => this.#schedule(),
    step: (by) => this.#look(this.#board.neighbour(this.#chart.symbol, by)),
    address: this.#address,
  });
  #board = new Board(() => this.#schedule(), (symbol) => this.#look(symbol));
  #events = new Events(
    ({ symbol, timeframe }) => this.#look(symbol, timeframe), () => this.#showEvents(), this.#address,
  );
  #feed = "";
  #status = null;
  #epoch = null;
  #frame = 0;
  #worded = "";

  start() {
    new Controls(this.#board, () => this.#schedule(), this.#address);
    this.#address.follow(() => this.#events.recall());
    new Drawers({ events: () => this.#showEvents(), log: () => this.#log.follow() }, this.#address);
    byId("try-now").addEventListener("click", () => this.#connection.hurry());
    addEventListener("online", () => this.#connection.hurry());
    document.addEventListener("visibilitychange", () => this.#beat());
    setInterval(() => this.#beat(), BEAT);
    this.#connection.dial();
    this.#schedule();
  }

  #beat() {
    this.#connection.check();
    this.#schedule();
  }

  #take(message) {
    if (message.type === "hello") this.#greet(message);
    if (message.type === "snapshot") this.#market.snapshot(message);
    if (message.type === "rows") this.#market.update(message);
    if (message.type === "watched") this.#market.keep(message);
    if (message.type === "log") this.#log.take(message);
    if (message.type === "status") this.#learn(message);
    if (message.type === "patterns") this.#patterns.take(message);
    if (message.type === "candles") this.#chart.take(message);
    if (message.type === "error") this.#chart.refuse(message);
    if (message.now !== undefined) this.#clock.heard(message.now);
    this.#schedule();
  }

  #greet(hello) {
    // The clock is measured anew with every connection: this machine may have slept in between.
    this.#clock.reset();
    // A token has been asked for by then: a chart would cover that question.
    const isFirst = this.#epoch === null;
    if (hello.epoch !== this.#epoch) {
      this.#log.reset();
      this.#patterns.reset();
    }
    this.#epoch = hello.epoch;
    this.#market.hello(hello);
    this.#feed = hello.feed;
    this.#status = null;
    this.#chart.renew();
    if (isFirst) this.#address.follow(() => this.#chart.recall());
  }

  /** Pick a symbol, and show its candles. */
  #look(symbol, timeframe) {
    if (symbol === undefined) return;
    this.#board.select(symbol);
    this.#chart.open(symbol, timeframe);
  }

  #learn(status) {
    this.#status = status;
    this.#feed = status.link.feed;
  }

  /** Draw with the browser's next frame; a hidden page has none, so nothing piles up. */
  #schedule() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  #draw() {
    const state = stateOf({ connection: this.#connection, clock: this.#clock, status: this.#status });
    document.body.classList.toggle("stale", state.stale);
    const wall = wallTime(this.#status, this.#clock);
    const now = this.#clock.now(), since = state.since;
    const scene = { market: this.#market, patterns: this.#patterns, now, wall, since };
    if (this.#board.show(scene)) this.#schedule();
    this.#chart.show(this.#market, state.title);
    const words = [state.title, state.text, state.stale, Math.floor(performance.now() / WORDS)].join();
    if (words === this.#worded) return;
    this.#worded = words;
    this.#drawWords(state);
  }

  #drawWords(state) {
    const { phase, ignored } = this.#connection;
    showHeader({
      feed: this.#feed, market: this.#market, status: this.#status, clock: this.#clock,
      connection: this.#connection,
    });
    showBanner(state, phase === "waiting");
    announce(state, this.#connection);
    showTitle(state, this.#feed);
    showStatistics(this.#status, this.#clock.now(), state.own ? state.title : "", ignored);
    this.#token.show();
    this.#showEvents();
  }

  #showEvents() {
    this.#events.show(this.#patterns, this.#status?.detection, this.#board.filter);
  }
}

new Viewer().start();
