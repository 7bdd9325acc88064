// When a closed market opens, in words.

import { clean } from "./text.js";

const EXCHANGE = "America/New_York";
const PARTS = {
  weekday: "short", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
};
const FORMATS = new Map();

/**
 * Return when a market opens that is closed at `wall` (ms UTC), and why if for a holiday: in New York
 * time, and in that of the time zone `zone` (undefined: this machine's) where it differs.
 */
export function openingWords({ pre, regular, holiday }, wall, zone) {
  const [there, early] = [timeIn(EXCHANGE, regular), timeIn(EXCHANGE, pre)];
  const day = early.date === there.date ? "" : `${early.day} `;
  const first = `${opens(there)}${aside(there, timeIn(zone, regular))}`;
  const words = `${first}, in ${until((regular - wall) / 1000)}; pre-market ${day}${early.clock} ET`;
  return [clean(holiday ?? "", 60), words].filter(Boolean).join(" · ");
}

/** Return only when it opens, which stays the same while one waits. */
export const openingTime = ({ regular }) => opens(timeIn(EXCHANGE, regular));

/** Return a wait in its two largest units: `2 d 3 h`, `3 h 5 min`, `12 min`. */
export function until(seconds) {
  const minutes = Math.max(1, Math.ceil(Math.trunc(seconds) / 60));
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24];
  if (days) return `${days} d ${hours} h`;
  return hours ? `${hours} h ${minutes % 60} min` : `${minutes} min`;
}

const opens = ({ day, clock }) => `opens ${day} ${clock} ET`;

function aside(there, here) {
  if (here.day !== there.day) return ` (${here.day} ${here.clock} here)`;
  return here.clock === there.clock ? "" : ` (${here.clock} here)`;
}

function timeIn(timeZone, ms) {
  const parts = Object.fromEntries(inZone(timeZone).formatToParts(ms).map(({ type, value }) => [type, value]));
  return { day: parts.weekday, clock: `${parts.hour}:${parts.minute}`, date: `${parts.month}-${parts.day}` };
}

/** Return a time zone's format: making one takes as long as a hundred uses. */
function inZone(timeZone) {
  if (!FORMATS.has(timeZone)) FORMATS.set(timeZone, new Intl.DateTimeFormat("en-GB", { timeZone, ...PARTS }));
  return FORMATS.get(timeZone);
}
