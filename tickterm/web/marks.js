// The marks of events on a chart, as parts of SVG paths: none covers another.

const HEIGHT = 8;
const WIDEST = 10;
const GAP = 4;
/** Pixels from a candle to its nearest mark. */
const STEP = HEIGHT + 1;
const MOST = 3;
/** Marks that stand on one another; the text above the chart names every event. */

/** Pixels that the marks of a candle take at most, above as below it. */
export const ROOM = GAP + MOST * STEP + 3;

/**
 * Return the marks of a candle as `[direction, part]`: its events stand on one another from `high`
 * up, those that announce a rise from `low` down; `pitch` is the room that a candle has.
 */
export function marksOf(events, { x, high, low, pitch }) {
  const half = Math.min(WIDEST, pitch) / 2;
  const above = upper(events).map((direction, index) => {
    return [direction, shape(direction, x, high - GAP - index * STEP, half)];
  });
  const below = counted(events, "bullish").slice(0, MOST).map((direction, index) => {
    return [direction, shape(direction, x, low + GAP + index * STEP, half)];
  });
  return [...above, ...below];
}

const counted = (events, wanted) => {
  return events.map(({ direction }) => direction).filter((direction) => direction === wanted);
};

/** Return what stands above a candle, from below: where there is not room for all, some of each kind. */
function upper(events) {
  const [falls, neutral] = [counted(events, "bearish"), counted(events, "neutral")];
  const left = Math.max(1, MOST - falls.length);
  const last = neutral.slice(0, left);
  return [...falls.slice(0, MOST - last.length), ...last];
}

/** Return a mark whose end nearest to the candle is at `y`. */
function shape(direction, x, y, half) {
  if (direction === "bullish") return `M${x} ${y}l${half} ${HEIGHT}h${-2 * half}z`;
  if (direction === "bearish") return `M${x} ${y}l${half} ${-HEIGHT}h${-2 * half}z`;
  const rise = HEIGHT / 2;
  return `M${x} ${y}l${half} ${-rise}l${-half} ${-rise}l${-half} ${rise}z`;
}
