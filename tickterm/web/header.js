// What the page says about itself: feed, universe, time, connection, and what is wrong.

import { wallTime } from "./clock.js";
import { byId, mark, put } from "./dom.js";
import * as numbers from "./numbers.js";
import { clean } from "./text.js";

const WORDS = new Map([
  ["connecting", "connecting"],
  ["open", "connected"],
  ["waiting", "no connection"],
  ["token", "token needed"],
]);

/** Show where the ticks come from and what is watched. */
export function showHeader({ feed, badge: { words, role }, market, group, status, clock, connection }) {
  const badge = byId("badge");
  badge.hidden = false;
  put(badge, words);
  mark(badge, "state", role);
  put(byId("universe-name"), status ? clean(status.universe.name, 80) : "");
  put(byId("universe-size"), group ? shareOf(group, market) : sizeOf(market.symbols.length));
  put(byId("time"), timeOf(feed, market, status, clock));
  showConnection(connection, clock.age());
}

/** Say what is wrong, or nothing. */
export function showBanner({ level, title, text, wait }, canTry) {
  const banner = byId("banner");
  banner.hidden = !title;
  banner.className = level;
  put(byId("banner-title"), title);
  put(byId("banner-text"), [text, wait].filter(Boolean).join(" · "));
  byId("try-now").hidden = !canTry;
}

/** Tell those who do not see the page when its state changes, but not every second. */
export function announce({ title, text, told }, connection) {
  const state = title ? `${title.toLowerCase()}: ${told || text}` : WORDS.get(connection.phase);
  put(byId("announcement"), state);
}

/** Show in the browser's tab whether the page is fresh, and how many alerts wait to be seen. */
export function showTitle(state, alerts) {
  const news = alerts ? `(${alerts}) ` : "";
  const title = `${news}${state} · tickterm`;
  if (document.title !== title) document.title = title;
}

function showConnection({ phase }, age) {
  put(byId("connection-sign"), phase === "open" ? "●" : "○");
  put(byId("connection-word"), WORDS.get(phase));
  put(byId("connection-age"), age === null ? "" : ageOf(age));
  mark(byId("connection"), "phase", phase);
}

function ageOf(seconds) {
  return seconds < 10 ? `${seconds.toFixed(1)} s` : numbers.age(seconds);
}

function sizeOf(size) {
  return size ? `${numbers.count(size)} symbol${size === 1 ? "" : "s"}` : "";
}

/** Return how many symbols of a group are watched, and how many are not. */
function shareOf(group, market) {
  const size = market.watched(group).length;
  const missing = group.length - size;
  return numbers.count(size) + (missing ? `, ${numbers.count(missing)} not watched` : "");
}

/** Return the time of day at the engine, or how far a recording has come. */
function timeOf(feed, market, status, clock) {
  if (feed === "REPLAY") return market.newest ? numbers.exchangeTime(market.newest) : "";
  return status ? numbers.clock(wallTime(status, clock)) : "";
}
