// Numbers as a person reads them, to the digit as in the terminal; bounded in width.

const UNITS = [[1e12, "T"], [1e9, "B"], [1e6, "M"], [1e3, "K"]];
const MISSING = "—";

const finite = Number.isFinite;
const decimalsOf = (value) => (Math.abs(value) < 1 ? 4 : 2);
const signed = (value, text) => (value >= 0 ? `+${text}` : text);
const isZero = (text) => /^[-+0.,%]*$/.test(text);

/** Return a number with so many decimals; a tie goes to the even digit, where toFixed goes up. */
function fixed(value, decimals) {
  const text = value.toFixed(decimals);
  const isTie = Math.abs(value * 2 ** (decimals + 1)) % 2 === 1;
  if (!isTie || Number(text.at(-1)) % 2 === 0) return text;
  return (value - Math.sign(value) * 0.25 * 10 ** -decimals).toFixed(decimals);
}

function grouped(text) {
  const [whole, ...rest] = text.split(".");
  return [whole.replace(/\B(?=(\d{3})+$)/g, ","), ...rest].join(".");
}

/** Return dollars; what is wider than `width` characters loses its decimals, then its digits. */
export function price(value, width = 12) {
  if (!finite(value)) return MISSING;
  const group = Math.abs(value) >= 10_000 ? grouped : (text) => text;
  const texts = [value ? decimalsOf(value) : 2, 0].map((decimals) => group(fixed(value, decimals)));
  return texts.find((text) => text.length <= width) ?? compact(value);
}

/** Return a signed change in dollars, with as many decimals as the price `of` has. */
export function change(value, of, width = 10) {
  if (!finite(value) || !finite(of)) return MISSING;
  const decimals = decimalsOf(of);
  const text = signed(value, grouped(fixed(value, decimals)));
  if (isZero(text)) return fixed(0, decimals);
  return text.length <= width ? text : `${value > 0 ? "+" : ""}${compact(value)}`;
}

/** Return a signed percentage in at most seven characters. */
export function percent(value) {
  if (!finite(value)) return MISSING;
  const size = Math.abs(value);
  if (size >= 99_999) return value > 0 ? ">99999%" : "<-9999%";
  const text = `${signed(value, fixed(value, size < 99.995 ? 2 : size < 999.95 ? 1 : 0))}%`;
  return isZero(text) ? "0.00%" : text;
}

/** Return a confidence, 0 to 1: `0.82`. */
export const confidence = (value) => fixed(Math.min(1, Math.max(0, value)), 2);

/** Return a magnitude in about five characters: `950`, `12.5K`, `3.40M`, `1.25B`. */
export function compact(value) {
  if (!finite(value)) return MISSING;
  for (const [unit, letter] of UNITS) {
    const scaled = Math.abs(value) / unit;
    if (scaled < 0.9995) continue;
    const text = fixed(scaled, scaled < 9.995 ? 2 : scaled < 99.95 ? 1 : 0);
    return `${value < 0 ? "-" : ""}${text}${letter}`;
  }
  return fixed(value, 0);
}

/** Return an exact count: `12,345,678`. */
export const count = (value) => grouped(fixed(value, 0));

/** Return a delay given in seconds, as whole minutes: `15 min`. */
export const minutes = (seconds) => `${fixed(seconds / 60, 0)} min`;

/** Return an age in at most three characters: `1s`, `45s`, `3m`, `2h`, `9d`; begun seconds count. */
export function age(seconds) {
  if (!finite(seconds)) return MISSING;
  const whole = Math.max(1, Math.ceil(seconds));
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)}h`;
  return `${Math.min(Math.floor(whole / 86_400), 99)}d`;
}

/** Return elapsed time as `00:12:31`, with days in front when there are any. */
export function duration(seconds) {
  const whole = finite(seconds) ? Math.max(0, Math.trunc(seconds)) : 0;
  const days = Math.floor(whole / 86_400);
  const parts = [whole / 3600 % 24, whole / 60 % 60, whole % 60];
  const text = parts.map((part) => String(Math.floor(part)).padStart(2, "0")).join(":");
  return days ? `${days}d ${text}` : text;
}

/** Return a latency given in seconds: `0.42 ms`, `12.3 ms`, `1.2 s`. */
export function milliseconds(seconds) {
  if (!finite(seconds)) return MISSING;
  const value = seconds * 1e3;
  if (value >= 999.5) return `${fixed(seconds, 1)} s`;
  return `${fixed(value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0)} ms`;
}

/** Return the local time of day, `HH:MM:SS`, of an instant in ms UTC. */
export function clock(ms) {
  const date = new Date(ms);
  return isNaN(date) ? "--:--:--" : date.toTimeString().slice(0, 8);
}

/** Return the local day and time, `11-23 12:03:11`, of an instant in ms UTC. */
export function dayAndTime(ms) {
  const date = new Date(ms);
  const two = (number) => String(number).padStart(2, "0");
  return isNaN(date) ? "--:--:--" : `${two(date.getMonth() + 1)}-${two(date.getDate())} ${clock(ms)}`;
}

const NEW_YORK = new Intl.DateTimeFormat("sv-SE", {
  timeZone: "America/New_York", dateStyle: "short", timeStyle: "medium",
});

/** Return date and time in New York, `2013-10-07 09:31:02 ET`, of an instant in ms UTC. */
export function exchangeTime(ms) {
  const date = new Date(ms);
  return isNaN(date) ? "--:--:-- ET" : `${NEW_YORK.format(date)} ET`;
}
