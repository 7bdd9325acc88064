// What keeps the board from being fresh, in one sentence, and how loudly it is said.

import { wallTime } from "./clock.js";
import { isDelayedHost } from "./freshness.js";
import * as numbers from "./numbers.js";
import { openingTime, openingWords } from "./opening.js";
import { clean } from "./text.js";

const SILENT_AFTER = 3;
/** Seconds; an engine says something every second. */
const PATIENCE = 0.5;
/** Seconds a first connection may take before it is worth a word. */

const CALM = {
  level: "calm", title: "", text: "", wait: "", told: "", stale: false, own: false, since: Infinity,
};

const joined = (...parts) => parts.filter(Boolean).join(" · ");
const seconds = (value) => `${Math.max(0, Math.ceil(value))} s`;

/**
 * Return `{ level, title, text, wait, told, stale, own, since }`: `wait` is the part that changes every
 * second, `told` what those hear who do not see it, if not `text`. An empty `title` needs no banner.
 * Nothing on the board is fresh when `stale`, and no statistics either when the trouble is between the
 * page and the engine (`own`). `since` is the instant from which on no tick was missed: a symbol that
 * has not ticked since is not fresh either.
 */
export function stateOf({ connection, clock, status, feed }) {
  const own = connection.phase === "open" ? silenceOf(connection, clock) : lost(connection);
  if (own) return { ...CALM, ...own, stale: true, own: true };
  if (!status) return { ...CALM, stale: true };
  const stale = status.link.phase !== "UP";
  const since = stale ? Infinity : (status.link.known_since ?? status.link.since);
  return { ...CALM, ...linkState(status, feed, clock), stale, since };
}

/** Return how many ticks wait for Redis: each goes to all channels, the fullest one counts. */
export function waitingFor(redis) {
  return Math.max(0, ...Object.values(redis.channels).map((channel) => channel.buffered));
}

function lost({ phase, attempt, reason, retryAt, silence }) {
  if (phase === "token") return { level: "warning", title: "TOKEN NEEDED", text: "" };
  if (attempt === 0) {
    return { level: "calm", title: silence > PATIENCE ? "CONNECTING" : "", text: "to the engine" };
  }
  const left = (retryAt - performance.now()) / 1000;
  const wait = phase === "waiting" ? `next try in ${seconds(left)}` : "trying now";
  return { level: "error", title: "NO CONNECTION", text: reason, wait: `attempt ${attempt} · ${wait}` };
}

function silenceOf({ silence }, clock) {
  const age = clock.age() ?? 0;
  if (silence > SILENT_AFTER) {
    return { level: "error", title: "NO ANSWER", text: "the engine says nothing", wait: `for ${seconds(silence)}` };
  }
  if (age > SILENT_AFTER) {
    return { level: "warning", title: "BEHIND", text: "the newest comes late", wait: `by ${seconds(age)}` };
  }
  return null;
}

function linkState(status, feed, clock) {
  const { link, universe, redis } = status;
  const error = clean(universe.error);
  if (link.phase === "UP") {
    return error ? { level: "warning", title: "UNIVERSE", text: error } : heard(feed, status, clock);
  }
  if (link.phase === "NO UNIVERSE") {
    if (error) return { level: "error", title: link.phase, text: error };
    return { level: "calm", title: "STARTING", text: "reading the universe" };
  }
  return { title: clean(link.phase, 20), ...unlinked(link, redis, clock.now()) };
}

/** Return what there is to say of a feed that is up: little. */
function heard({ state, late, opening }, status, clock) {
  if (opening) {
    const text = openingWords(opening, wallTime(status, clock));
    return { title: state, text, told: openingTime(opening) };
  }
  if (late === null || isDelayedHost(status.link)) return {};
  const text = `ticks come ${numbers.minutes(late)} late, or the engine's clock is wrong`;
  return { level: "warning", title: state, text, told: "ticks come late" };
}

function unlinked(link, redis, now) {
  const reason = clean(link.reason);
  const tried = link.attempt ? `attempt ${link.attempt}` : "";
  switch (link.phase) {
    case "ENDED":
      return { level: "calm", text: joined(reason || "the recording has ended", unsent(redis)) };
    case "REFUSED":
      return { level: "error", text: reason || "the feed said no" };
    case "RECONNECTING": {
      const wait = link.retry_at === null ? "" : `next try in ${seconds(link.retry_at - now)}`;
      return { level: "warning", text: reason || "the link to the feed is down", wait: joined(tried, wait) };
    }
    default: {
      const level = link.attempt > 1 || link.losses ? "warning" : "calm";
      const host = clean(link.host, 100);
      return { level, text: joined(host && `to ${host}`, reason), wait: tried };
    }
  }
}

function unsent(redis) {
  const ticks = waitingFor(redis);
  return ticks ? `${numbers.count(ticks)} tick${ticks === 1 ? " waits" : "s wait"} for Redis` : "";
}
