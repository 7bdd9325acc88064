// The engine's steady clock, as well as it can be known from here.

const WINDOW = 60_000;
/** Clocks drift apart: how quick messages were is asked of the last minute or two only. */

/** Return the time of day at the engine, ms UTC; NaN before its first status. */
export function wallTime(status, clock) {
  return status ? status.wall_ms + (clock.now() - status.now) * 1000 : NaN;
}

export class EngineClock {
  #quickest = [-Infinity, -Infinity];
  /** Engine time less ours, seconds, by the quickest message of this window and of the last. */
  #windowEnds = 0;
  #newest = 0;

  /** Forget the engine that was known: another has another clock. */
  reset() {
    this.#quickest = [-Infinity, -Infinity];
    this.#newest = 0;
  }

  /** Take the `now` of a message that has come at `at` (ms of this page's clock). */
  heard(now, at = performance.now()) {
    const [current, last] = this.#quickest;
    const offset = now - at / 1000;
    if (at >= this.#windowEnds) {
      this.#windowEnds = at + WINDOW;
      this.#quickest = [offset, current];
    } else if (offset > current) {
      this.#quickest = [offset, last];
    }
    this.#newest = now;
  }

  /** Return the engine's time, seconds; 0 before it has said anything. */
  now(at = performance.now()) {
    const offset = Math.max(...this.#quickest);
    return offset === -Infinity ? 0 : offset + at / 1000;
  }

  /** Return how old the newest message is, seconds, its way included; null before there is one. */
  age(at = performance.now()) {
    return this.#newest ? Math.max(0, this.now(at) - this.#newest) : null;
  }
}
