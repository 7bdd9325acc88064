// One viewer's connection: it dials, says hello, listens, and dials again when it is lost.

import { parse } from "./messages.js";
import { clean } from "./text.js";

const VERSION = 1;
const SHORTEST = 500;
const LONGEST = 30_000;
const LONGEST_ASKED = 300_000;
/** Of a goodbye's `retry_after`, ms. */
const STEADY = 10_000;
/** Only a connection that held so long, ms, earns a quick retry. */
const HEARTBEAT = 5_000;
const TOKEN_REFUSED = 4401;

const REASONS = new Map([
  [1001, "the engine has stopped"],
  [1006, "the engine is not there, or refuses this page"],
  [4008, "this page took too long to read"],
  [4400, "the engine did not understand this page: reload it"],
  [4408, "the engine did not hear this page in time"],
  [4429, "this page said too much"],
]);

/** Return the address of the engine that serves this page, also behind a proxy's path. */
export function addressOf(page) {
  const url = new URL("./", page);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

/** Return the milliseconds to wait before an attempt; `random` is between 0 and 1. */
export function backOff(attempt, random = Math.random()) {
  const most = Math.min(LONGEST, SHORTEST * 2 ** attempt);
  return SHORTEST + random * (most - SHORTEST);
}

export class Connection {
  phase = "connecting";
  /** Or `open` (after the engine's hello), `waiting` (for the next attempt), `token` (for a token). */
  reason = "";
  attempt = 0;
  /** Attempts that failed since it last held. */
  retryAt = 0;
  /** ms of this page's clock. */
  token = "";
  ignored = 0;
  /** Messages that were none. */
  #address;
  #onMessage;
  #onLoss;
  #socket = null;
  #timer = 0;
  #heartbeat = HEARTBEAT;
  #heardAt = 0;
  #openedAt = Infinity;

  /** Call `onMessage` with what the engine says, `onLoss` when the connection ends. */
  constructor(address, { onMessage, onLoss }) {
    this.#address = address;
    this.#onMessage = onMessage;
    this.#onLoss = onLoss;
  }

  dial() {
    this.#hangUp();
    this.phase = "connecting";
    this.#heardAt = performance.now();
    const socket = new WebSocket(this.#address);
    socket.onopen = () => socket.send(this.#hello());
    socket.onmessage = (event) => this.#hear(event.data);
    socket.onclose = (event) => this.#closed(event);
    this.#socket = socket;
  }

  /** Give up a connection that has been silent for two heartbeats, or an attempt that takes so long. */
  check() {
    const limit = 2 * this.#heartbeat;
    if (this.#socket && performance.now() - this.#heardAt > limit) {
      this.#lose(`nothing came for ${Math.round(limit / 1000)} s`);
    }
  }

  /** Seconds since anything came, or since it was dialled. */
  get silence() {
    return (performance.now() - this.#heardAt) / 1000;
  }

  /** Dial at once instead of waiting. */
  hurry() {
    if (this.phase === "waiting") this.dial();
  }

  /** Say something to an engine that is there, or to none. */
  say(message) {
    if (this.phase === "open") this.#socket.send(JSON.stringify(message));
  }

  #hello() {
    const hello = { type: "hello", version: VERSION, stream: "rows", name: "viewer page" };
    return JSON.stringify(this.token ? { ...hello, token: this.token } : hello);
  }

  #hear(data) {
    this.#heardAt = performance.now();
    const { message, fault } = parse(data);
    if (fault) this.#ignore(fault);
    else if (message.type === "hello") this.#greet(message);
    else if (message.type === "goodbye") this.#part(message);
    else if (this.phase === "open") this.#onMessage(message);
  }

  #ignore(fault) {
    this.ignored += 1;
    if (this.ignored === 1) console.warn(`tickterm: ignored a message that is ${fault}`);
  }

  #greet(hello) {
    if (hello.version !== VERSION) {
      this.#lose("the engine speaks another version than this page: reload it");
      return;
    }
    this.phase = "open";
    this.reason = "";
    this.#openedAt = performance.now();
    this.#heartbeat = Math.min(Math.max(hello.heartbeat, 1), 60) * 1000;
    this.#onMessage(hello);
  }

  #part({ reason, retry_after: seconds }) {
    const delay = Math.min(Math.max(seconds * 1000, 0), LONGEST_ASKED);
    this.#lose(clean(reason, 200) || REASONS.get(1001), delay);
  }

  #closed({ code, reason }) {
    if (code === TOKEN_REFUSED) {
      this.#hangUp();
      this.phase = "token";
      this.#onLoss();
      return;
    }
    this.#lose(REASONS.get(code) ?? (clean(reason, 200) || `closed with code ${code}`));
  }

  #lose(reason, delay) {
    const held = performance.now() - this.#openedAt > STEADY;
    this.#hangUp();
    this.attempt = held ? 1 : this.attempt + 1;
    this.reason = reason;
    this.phase = "waiting";
    const wait = delay ?? backOff(this.attempt);
    this.retryAt = performance.now() + wait;
    this.#timer = setTimeout(() => this.dial(), wait);
    this.#onLoss();
  }

  #hangUp() {
    clearTimeout(this.#timer);
    this.#openedAt = Infinity;
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}
