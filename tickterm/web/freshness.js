// What the feed is, as the terminal says it: live, delayed, closed, or why it is not heard.

import * as numbers from "./numbers.js";
import { clean } from "./text.js";

const QUIET_AFTER = 60;
/** Seconds without a tick after which a symbol is quiet. */
const DELAYED_AFTER = 120;
/** Seconds from the end of a bar to its arrival from which on the feed is a delayed one. */
const BAR_SECONDS = 1;
const SAMPLE = 200;
/** Symbols, evenly spread, that are asked how late their ticks are. */

const ROLES = new Map(Object.entries({
  LIVE: "live", DELAYED: "delayed", SIMULATED: "simulated", REPLAY: "replay", CLOSED: "closed",
  REFUSED: "error", "NO UNIVERSE": "error",
}));

/**
 * Return `{ state, late, opening }` as of a status and the rows of that moment: `late` is by how many
 * seconds ticks come late if that is minutes, `opening` when a closed market opens; else null.
 */
export function feedOf(status, rows) {
  const { link, universe } = status;
  if (link.phase === "NO UNIVERSE") return feed(universe.error ? "NO UNIVERSE" : "STARTING");
  if (link.phase !== "UP") return feed(clean(link.phase, 20));
  return link.feed === "LIVE" ? real(status, rows) : feed(link.feed);
}

/** Say whether ticks may have been missed since a row's last one, if none was `since` an instant. */
export const isStale = (row, since) => row?.ticks > 0 && row.updated < since;

/** Say whether the server is one that sends everything late, by its name. */
export const isDelayedHost = ({ host }) => host.split(".", 1)[0].includes("delayed");

/**
 * Return the badge: `{ words, role }`; `view` is null before the engine's first status, `name` what it
 * calls its feed, `trouble` what is wrong between the page and it. What is no real market keeps its
 * name in every state.
 */
export function badgeOf(view, name, trouble) {
  const state = trouble || view?.state || "CONNECTING";
  const late = view?.late && !trouble ? ` ${numbers.minutes(view.late)}` : "";
  const role = trouble ? "error" : ROLES.get(state) ?? "bad";
  const isHeard = state === name || state === "CLOSED" || state === "DELAYED";
  const words = isHeard || !name || name === "LIVE" ? state : `${name} ${state}`;
  return { words: words + late, role };
}

const feed = (state, more) => ({ state, late: null, opening: null, ...more });

function real(status, rows) {
  const opening = status.opening ?? null;
  if (opening && !ticks(status, rows)) return feed("CLOSED", { opening });
  const late = lateness(status, rows);
  return late !== null || isDelayedHost(status.link) ? feed("DELAYED", { late }) : feed("LIVE");
}

/** Say whether anything comes: some markets trade while others sleep. */
function ticks({ counts, now }, rows) {
  return counts.rate > 0 || rows.some((row) => row.ticks && now - row.updated <= QUIET_AFTER);
}

/** Return the median of how late the newest ticks came, of symbols that ticked with the last one. */
function lateness(status, rows) {
  const step = Math.max(1, Math.floor(rows.length / SAMPLE));
  const isHeard = (row, index) => index % step === 0 && row.ticks && row.updated >= status.link.since;
  const heard = rows.filter(isHeard);
  if (heard.length === 0) return null;
  const newest = Math.max(...heard.map((row) => row.updated));
  const recent = heard.filter((row) => newest - row.updated <= QUIET_AFTER);
  const late = recent.map((row) => lateBy(row, status)).sort((a, b) => a - b);
  const median = late[Math.floor((late.length - 1) / 2)];
  return median > DELAYED_AFTER ? median : null;
}

function lateBy(row, { wall_ms: wall, now }) {
  return wall / 1000 - (now - row.updated) - row.timestamp / 1000 - BAR_SECONDS;
}
