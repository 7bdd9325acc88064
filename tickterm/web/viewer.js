// The page: takes what the engine says, and draws it when the browser draws.

import { Address } from "./address.js";
import { Alerts } from "./alerts.js";
import { Board } from "./board.js";
import { Chart } from "./chart.js";
import { EngineClock, wallTime } from "./clock.js";
import { Connection, addressOf } from "./connection.js";
import { Controls } from "./controls.js";
import { byId } from "./dom.js";
import { Drawers } from "./drawers.js";
import { emptiness } from "./emptiness.js";
import { Events } from "./events.js";
import { badgeOf, feedOf } from "./freshness.js";
import { Groups } from "./groups.js";
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
  #connection = new Connection(addressOf(location.href), {
    onMessage: (message) => this.#take(message),
    onLoss: () => this.#schedule(),
  });
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
  #alerts = new Alerts((symbol) => this.#look(symbol));
  #name = "";
  /** What the engine calls its feed. */
  #feed = null;
  /** What it is, as of the newest status; null before the first. */
  #status = null;
  #epoch = null;
  #frame = 0;
  #worded = "";
  #groups = new Groups((symbols, isOther) => this.#regroup(symbols, isOther), this.#address);

  start() {
    const changed = () => this.#schedule();
    new Controls({ board: this.#board, groups: this.#groups, changed, address: this.#address });
    this.#address.follow(() => this.#events.recall());
    const opened = { events: () => this.#showEvents(), alerts: () => {}, log: () => this.#log.follow() };
    new Drawers(opened, this.#address);
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
    if (message.type === "alerts") this.#alerts.take(message);
    if (message.type === "groups") this.#groups.take(message);
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
      this.#groups.reset();
    }
    this.#epoch = hello.epoch;
    this.#market.hello(hello);
    this.#name = hello.feed;
    this.#feed = this.#status = null;
    this.#alerts.reset();
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
    this.#name = status.link.feed;
    this.#feed = feedOf(status, this.#market.rows);
    this.#groups.name(status.universe.name);
    this.#alerts.learn(status.wall_ms);
  }

  #regroup(symbols, isOther) {
    this.#board.regroup(symbols, isOther);
    this.#schedule();
  }

  /** Draw with the browser's next frame; a hidden page has none, so nothing piles up. */
  #schedule() {
    // But its title is in sight, and must not say what no longer holds.
    if (document.hidden) this.#say(this.#state());
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  #state() {
    const [connection, clock, status, feed] = [this.#connection, this.#clock, this.#status, this.#feed];
    return stateOf({ connection, clock, status, feed });
  }

  #draw() {
    const [market, clock, status, state] = [this.#market, this.#clock, this.#status, this.#state()];
    document.body.classList.toggle("stale", state.stale);
    const wall = wallTime(status, clock);
    const now = clock.now(), since = state.since;
    const nothing = emptiness(status, this.#board.group);
    const scene = { market, patterns: this.#patterns, now, wall, since, nothing };
    if (this.#board.show(scene)) this.#schedule();
    this.#chart.show(market, since, state.stale ? state.title : "");
    this.#say(state);
  }

  /** Say in words what has changed, if they can be read by now. */
  #say(state) {
    const words = [state.title, state.text, state.stale, this.#alerts.unseen, Math.floor(performance.now() / WORDS)].join();
    if (words === this.#worded) return;
    this.#worded = words;
    this.#drawWords(state);
  }

  #drawWords(state) {
    const [connection, clock, status, feed] = [this.#connection, this.#clock, this.#status, this.#feed];
    const { phase, ignored } = connection;
    const trouble = state.own ? state.title : "";
    const badge = badgeOf(feed, this.#name, trouble);
    const { group } = this.#board;
    showHeader({ feed: this.#name, badge, market: this.#market, group, status, clock, connection });
    showBanner(state, phase === "waiting");
    announce(state, connection);
    showTitle(state.title || badge.words, this.#alerts.unseen);
    showStatistics({ status, feed, now: clock.now(), trouble, ignored });
    this.#token.show();
    this.#showEvents();
  }

  #showEvents() {
    this.#events.show(this.#patterns, this.#status?.detection, this.#board.filter);
  }
}

new Viewer().start();
