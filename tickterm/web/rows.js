// The rows of the screen, as the messages `snapshot` and `rows` build them up.

export const SPARKLINE_SECONDS = 60;

const UNKNOWN = { high: null, low: null, vwap: null, name: "" };

/** Return the row that `wire` describes to a viewer that has `old` (or nothing). */
export function applied(old, wire) {
  const { high, low, vwap, name } = old ?? UNKNOWN;
  return { high, low, vwap, name, ...wire, sparkline: sparklineOf(old, wire) };
}

function sparklineOf(old, { sparkline, sparkline_tail: tail }) {
  const points = old?.sparkline ?? [];
  const whole = sparkline ?? (tail ? [...points.slice(0, -1), ...tail] : points);
  return whole.slice(-SPARKLINE_SECONDS);
}

/** Return dollars since the reference, or null before the first tick. */
export function changeOf(row) {
  return row.price === null || row.reference === null ? null : row.price - row.reference;
}

/** Return per cent since the reference, or null before the first tick. */
export function percentOf(row) {
  return row.price === null || !row.reference ? null : (row.price / row.reference - 1) * 100;
}

/** Return the row of a symbol that nothing is known of. */
function unknown(symbol) {
  return {
    symbol, price: null, reference: null, reference_is_open: false, volume: 0, direction: 0,
    timestamp: 0, updated: 0, ticks: 0, sparkline: [], ...UNKNOWN,
  };
}

/** The newest row of every symbol. */
export class Market {
  symbols = [];
  /** All that are watched, in the universe's order. */
  #watched = new Set();
  revision = 0;
  /** Rises when `symbols` changes. */
  hasNames = false;
  /** Whether it is known what a symbol stands for. */
  newest = 0;
  /** Start of the newest bar of all, ms UTC. */
  #rows = new Map();
  #epoch = "";

  /** All rows that are known, in the universe's order. */
  get rows() {
    return [...this.#rows.values()];
  }

  row(symbol) {
    return this.#rows.get(symbol);
  }

  /** Return those of a list of symbols that are watched, in its order. */
  watched(symbols) {
    return symbols.filter((symbol) => this.#watched.has(symbol));
  }

  /** Begin with an engine: what another one told does not hold. */
  hello({ epoch, symbols }) {
    if (epoch !== this.#epoch) this.#forget();
    this.#epoch = epoch;
    this.#watch(new Set(symbols));
  }

  snapshot({ part, parts, rows }) {
    if (part === 1) this.#forget();
    for (const wire of rows) this.#take(applied(undefined, wire));
    if (part === parts) this.#watch(this.#rows.keys());
  }

  update({ rows }) {
    const size = this.#rows.size;
    for (const wire of rows) this.#take(applied(this.#rows.get(wire.symbol), wire));
    if (this.#rows.size > Math.max(size, this.symbols.length)) this.#watch(this.#rows.keys());
  }

  /** Keep what is watched from now on, in its order; the rows of new symbols come. */
  keep({ symbols }) {
    const rows = new Map();
    for (const symbol of symbols) rows.set(symbol, this.#rows.get(symbol) ?? unknown(symbol));
    this.#rows = rows;
    this.#watch(symbols);
  }

  #take(row) {
    this.#rows.set(row.symbol, row);
    if (row.timestamp > this.newest) this.newest = row.timestamp;
    if (row.name && !this.hasNames) this.#name();
  }

  #watch(symbols) {
    this.symbols = [...symbols];
    this.#watched = new Set(this.symbols);
    this.revision += 1;
  }

  /** From now on there are names, which want room. */
  #name() {
    this.hasNames = true;
    this.revision += 1;
  }

  #forget() {
    this.#rows = new Map();
    this.hasNames = false;
    this.newest = 0;
  }
}
