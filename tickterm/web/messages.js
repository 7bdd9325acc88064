// What an engine may say to this page. Whatever is not of this shape never reaches the page.

const isText = (value) => typeof value === "string";
const isFlag = (value) => typeof value === "boolean";
const isNumber = Number.isFinite;
const isInstant = (value) => isNumber(value) && !isNaN(new Date(value));
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const oneOf = (...values) => (value) => values.includes(value);
const nullable = (check) => (value) => value === null || check(value);
const optional = (check) => (value) => value === undefined || check(value);
const listOf = (check) => (value) => Array.isArray(value) && value.every(check);
const mapOf = (check) => (value) => isObject(value) && Object.values(value).every(check);

function record(fields) {
  const checks = Object.entries(fields);
  return (value) => isObject(value) && checks.every(([name, check]) => check(value[name]));
}

const isFeed = oneOf("LIVE", "SIMULATED", "REPLAY");

const isRow = record({
  symbol: isText,
  price: nullable(isNumber),
  reference: nullable(isNumber),
  reference_is_open: isFlag,
  volume: isNumber,
  direction: oneOf(-1, 0, 1),
  timestamp: isNumber,
  updated: isNumber,
  ticks: isNumber,
  sparkline: optional(listOf(isNumber)),
  sparkline_tail: optional(listOf(isNumber)),
  high: optional(nullable(isNumber)),
  low: optional(nullable(isNumber)),
  vwap: optional(nullable(isNumber)),
  name: optional(isText),
});

const isLink = record({
  phase: isText, since: isNumber, feed: isFeed, host: isText, reason: isText, attempt: isNumber,
  retry_at: nullable(isNumber), losses: isNumber, refused: isNumber,
  known_since: optional(nullable(isNumber)),
});

const isCounts = record({
  ticks: isNumber, rejected: isNumber, rate: isNumber, unpublished: isNumber,
  loop_lag_p99: nullable(isNumber),
});

const isChannel = record({ buffered: isNumber, ambiguous: isNumber, dropped: mapOf(isNumber) });

const isRedis = record({
  up: isFlag, embedded: isFlag, reason: isText, p99: nullable(isNumber), channels: mapOf(isChannel),
});

const isViewers = record({
  listening: isFlag, reason: isText, viewers: isNumber, cut_by: mapOf(isNumber),
});

const isUniverse = record({ name: isText, size: isNumber, error: isText });

const isPattern = record({
  number: isNumber, wall_ms: isNumber, symbol: isText, pattern: isText, confidence: isNumber,
  direction: oneOf("bullish", "bearish", "neutral"), timestamp: isNumber, timeframe: isText,
  source: isText, price: nullable(isNumber),
});

const isDetection = record({
  listening: isFlag, reason: isText, fallback: isFlag, fallback_since: isNumber,
  heartbeat_at: nullable(isNumber), health: isText, health_at: nullable(isNumber), gaps: isNumber,
});

const isOpening = record({ pre: isInstant, regular: isInstant, holiday: optional(isText) });

const isFired = record({ number: isNumber, wall_ms: isNumber, symbol: isText, text: isText });

const isGroup = record({ key: isNumber, name: isText, symbols: listOf(isText) });

const isCandle = record({
  start: isNumber, open: isNumber, high: isNumber, low: isNumber, close: isNumber, volume: isNumber,
});

const CHECKS = new Map(Object.entries({
  hello: record({
    version: isNumber, epoch: isText, feed: isFeed, symbols: listOf(isText), heartbeat: isNumber,
    now: isNumber,
  }),
  snapshot: record({ part: isNumber, parts: isNumber, now: isNumber, rows: listOf(isRow) }),
  rows: record({ now: isNumber, rows: listOf(isRow) }),
  status: record({
    now: isNumber, wall_ms: isNumber, started: isNumber, link: isLink, counts: isCounts,
    redis: isRedis, viewers: isViewers, universe: isUniverse, detection: isDetection,
    opening: optional(nullable(isOpening)),
  }),
  log: record({
    lines: listOf(record({ number: isNumber, time: isNumber, level: isNumber, text: isText })),
  }),
  patterns: record({ events: listOf(isPattern) }),
  candles: record({
    symbol: isText, timeframe: isText, whole: isFlag, candles: listOf(isCandle),
    events: optional(listOf(isPattern)),
  }),
  goodbye: record({ reason: isText, retry_after: isNumber }),
  error: record({ code: isText, text: isText }),
  event: isObject,
  heartbeat: isObject,
  filter: isObject,
  watched: record({ symbols: listOf(isText) }),
  groups: record({ groups: listOf(isGroup) }),
  alerts: record({ rules: optional(nullable(listOf(isObject))), fired: optional(listOf(isFired)) }),
  answer: isObject,
}));

/** Return the message in a frame, or the reason why there is none, as `{ message, fault }`. */
export function parse(data) {
  let message;
  try {
    message = JSON.parse(data);
  } catch {
    return { fault: "no JSON" };
  }
  const check = CHECKS.get(message?.type);
  if (!check) return { fault: "of an unknown type" };
  return check(message) ? { message } : { fault: "malformed" };
}
