// Which tiles stand on the board, and in which order.

import { percentOf } from "./rows.js";

const LARGEST_FIRST = new Map([
  ["% change", (row) => percentOf(row) ?? 0],
  ["volume", (row) => row.volume],
  ["age", (row) => row.updated],
]);
const RISING = new Set(["universe", "symbol", "age"]);
/** Orders in which values rise from the first symbol to the last. */

export const SORTS = ["universe", "symbol", ...LARGEST_FIRST.keys()];

/** Say whether ticks change this order. */
export const moves = (sort) => LARGEST_FIRST.has(sort);

/** Return `▲` where values rise from the first symbol to the last, else `▼`. */
export const arrowOf = (sort, reversed) => (RISING.has(sort) !== reversed ? "▲" : "▼");

/** Return a function that says if a text contains any of the words of `filter`, or if there is none. */
export function containing(filter) {
  const words = filter.toUpperCase().split(/[\s,;]+/).filter(Boolean);
  if (words.length === 0) return () => true;
  return (text) => words.some((word) => text.toUpperCase().includes(word));
}

/**
 * Return the symbols in the order they are shown: amounts from large to small, names from A to Z,
 * ages from young to old, all turned round by `reversed`. Symbols without a tick come last either way.
 */
export function arrange(symbols, market, sort, reversed) {
  if (sort === "universe") return reversed ? symbols.toReversed() : symbols;
  const sign = reversed ? -1 : 1;
  if (sort === "symbol") return symbols.toSorted((a, b) => sign * (a < b ? -1 : a > b ? 1 : 0));
  const amount = LARGEST_FIRST.get(sort);
  const keys = new Map(symbols.map((symbol) => [symbol, keyOf(market.row(symbol), amount)]));
  return symbols.toSorted((a, b) => compare(keys.get(a), keys.get(b), sign));
}

function keyOf(row, amount) {
  return row && row.price !== null ? amount(row) : null;
}

function compare(a, b, sign) {
  if (a === null || b === null) return (a === null) - (b === null);
  return sign * (b - a);
}
