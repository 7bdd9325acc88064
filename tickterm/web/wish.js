// What the page wants a chart of; said to the engine, but never too often.

const PAUSE = 250;
/** ms; an engine cuts viewers that say more than ten messages a second. */

export class Wish {
  #say;
  #wanted = null;
  #said = null;
  #timer = 0;

  constructor(say) {
    this.#say = say;
  }

  /** Want the candles of a symbol (null: of none); of quick changes only the last is said. */
  want(symbol, timeframe) {
    this.#wanted = { type: "chart", symbol, timeframe };
    if (!this.#timer) this.#tell();
  }

  /** Say it again, to an engine that has just said hello. */
  renew() {
    this.#said = null;
    if (this.#wanted?.symbol && !this.#timer) this.#tell();
  }

  #tell() {
    this.#timer = 0;
    if (this.#wanted === this.#said) return;
    this.#said = this.#wanted;
    this.#say(this.#wanted);
    this.#timer = setTimeout(() => this.#tell(), PAUSE);
  }
}
