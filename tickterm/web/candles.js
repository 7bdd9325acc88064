// The candles and events of one symbol, and where they stand in a drawing.

import * as numbers from "./numbers.js";
import { cleaned } from "./patterns.js";

const LIMIT = 500;
const NARROWEST = 5;
const WIDEST = 16;
/** Pixels from one candle to the next. */
const LINE_GAP = 36;
const LABEL_GAP = 84;
/** Pixels from one label of an axis to the next, at least. */
const MOST_LINES = 20;
const DAY = 86_400_000;
const MINUTE = 60_000;
const SESSION = 57_600_000;
/** ms from 04:00 to 20:00 in New York: a day's candle holds nothing of the night. */
const TIME_STEPS = [
  5_000, 10_000, 30_000, MINUTE, 120_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000,
  7_200_000, 14_400_000, DAY,
];

/** ms that a candle lasts, by timeframe. */
export const TIMEFRAMES = new Map([
  ["1s", 1_000], ["5s", 5_000], ["15s", 15_000], ["1min", MINUTE], ["5min", 300_000],
  ["15min", 900_000], ["1h", 3_600_000], ["1d", SESSION],
]);

export class Candles {
  all = [];
  /** The newest candles, oldest first. */
  events = [];
  /** The symbol's newest pattern events, oldest first; an engine may send none. */

  /** Take a message: all of both, or what is new or has changed. */
  take({ symbol, whole, candles, events = [] }) {
    const own = events.filter((event) => event.symbol === symbol).map(cleaned);
    this.all = newest([...(whole ? [] : this.all), ...candles], ({ start }) => start);
    this.events = newest([...(whole ? [] : this.events), ...own], ({ number }) => number);
  }
}

/** Return those with the largest keys in order; of two with the same key the later one. */
function newest(items, keyOf) {
  const byKey = new Map(items.map((item) => [keyOf(item), item]));
  return [...byKey.values()].toSorted((a, b) => keyOf(a) - keyOf(b)).slice(-LIMIT);
}

/** Return the newest candles that have room in `width` pixels, and how far apart they stand. */
export function fitting(candles, width) {
  const shown = candles.slice(-Math.max(1, Math.floor(width / NARROWEST)));
  return { shown, pitch: Math.min(WIDEST, Math.max(NARROWEST, width / Math.max(1, shown.length))) };
}

/** Return a function from an amount to its place: `high` is at the top, `low` at the bottom. */
export function scale(low, high, top, bottom) {
  const perUnit = (bottom - top) / (high - low);
  const isUsable = perUnit > 0 && Number.isFinite(perUnit);
  return (amount) => {
    const place = isUsable ? top + (high - amount) * perUnit : (top + bottom) / 2;
    return Math.round(10 * Math.min(bottom, Math.max(top, place))) / 10;
  };
}

/** Return the lowest and the highest price of candles, some cents apart even where there is no move. */
export function range(candles) {
  const prices = candles.flatMap(({ open, high, low, close }) => [open, high, low, close]);
  const [low, high] = [Math.min(...prices), Math.max(...prices)];
  const margin = high > low ? 0 : Math.max(0.01, Math.abs(high) * 0.001);
  return [low - margin, high + margin];
}

/** Return round prices between two, as many as have room in so many pixels. */
export function priceLines(low, high, pixels) {
  const step = roundStep((high - low) * LINE_GAP / pixels, Math.abs(high) < 1 ? 0.0001 : 0.01);
  const first = Math.ceil(low / step);
  const count = Math.min(MOST_LINES, Math.floor(high / step) - first + 1);
  if (!Number.isFinite(first) || !(count > 0)) return [];
  return Array.from({ length: count }, (_, i) => (first + i) * step);
}

/** Return 1, 2 or 5 times a power of ten, not less than `least` of either kind. */
function roundStep(size, least) {
  const power = 10 ** Math.floor(Math.log10(size));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((rounded) => rounded >= size);
  return Math.max(least, step ?? Infinity);
}

/** Return the candles that carry a label of the time axis, as `{ index, text }`; times are New York's. */
export function timeLabels(candles, timeframe, pitch) {
  const length = TIMEFRAMES.get(timeframe);
  const step = TIME_STEPS.find((ms) => ms * pitch / length >= LABEL_GAP) ?? DAY;
  const labels = [];
  let day = "";
  candles.forEach(({ start }, index) => {
    const before = candles[index - 1]?.start ?? start;
    const isBoundary = Math.floor(start / step) !== Math.floor(before / step);
    const room = (index - (labels.at(-1)?.index ?? -Infinity)) * pitch;
    if (!isBoundary || room < LABEL_GAP * 0.7) return;
    const time = numbers.exchangeTime(start);
    const date = time.slice(5, 10);
    const isDate = timeframe === "1d" || (labels.length > 0 && date !== day);
    day = date;
    labels.push({ index, text: isDate ? date : time.slice(11, length < MINUTE ? 19 : 16) });
  });
  return labels;
}

/** Return the events of each candle by its index: those of its timeframe, and of shorter ones. */
export function eventsByCandle(events, candles, timeframe) {
  const length = TIMEFRAMES.get(timeframe);
  const found = new Map();
  for (const event of events) {
    if ((TIMEFRAMES.get(event.timeframe) ?? 0) > length) continue;
    const index = candles.findLastIndex(({ start }) => start <= event.timestamp);
    if (index < 0 || event.timestamp >= candles[index].start + length) continue;
    found.set(index, [...(found.get(index) ?? []), event]);
  }
  return found;
}
