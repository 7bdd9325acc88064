// The line at the bottom: the engine's state in numbers that do not jump about.

import { whoLooks } from "./detection.js";
import { byId, create, put } from "./dom.js";
import * as numbers from "./numbers.js";
import { waitingFor } from "./states.js";
import { clean } from "./text.js";

const MANY = 1000;
/** Fewer waiting ticks than this come and go in normal work, and would only shift the line. */
const BAD_PHASES = new Set(["REFUSED", "NO UNIVERSE"]);

const sum = (counts) => Object.values(counts).reduce((total, count) => total + count, 0);
const most = (channels, amount) => Math.max(0, ...Object.values(channels).map(amount));
const field = (label, value, role = "", width = 0, title = "") => ({ label, value, role, width, title });

/** Show the statistics of the newest status, if there is one; `trouble` is the page's own. */
export function showStatistics({ status, feed, now, trouble, ignored }) {
  const fields = status ? fieldsOf(status, feed, now, trouble) : [];
  if (ignored) fields.push(field("ignored", numbers.count(ignored), "warning"));
  const place = byId("statistics");
  place.classList.toggle("cut", trouble !== "");
  while (place.children.length > fields.length) place.lastElementChild.remove();
  while (place.children.length < fields.length) place.append(newField());
  fields.forEach((each, index) => write(place.children[index], each));
}

function newField() {
  const element = create("span", "field");
  element.append(create("span", "label"), create("span"));
  return element;
}

function write(element, { label, value, role, width, title }) {
  const [first, second] = element.children;
  put(first, label && `${label} `);
  put(second, value);
  second.className = `value ${role}`;
  if (element.title !== title) element.title = title;
  second.style.minWidth = `${width}ch`;
}

function fieldsOf(status, feed, now, trouble) {
  const { counts, redis } = status;
  return [
    stateField(status, feed, now, trouble),
    field("ticks/s", numbers.count(counts.rate), "", 6),
    field("ticks", numbers.count(counts.ticks), "", 10),
    ...redisFields(redis),
    ...lossFields(status),
    ...viewerFields(status.viewers),
    field("lag", numbers.milliseconds(counts.loop_lag_p99), "", 7),
    patternsField(status.detection, now),
  ];
}

function stateField({ link }, feed, now, trouble) {
  if (trouble) return field("", `○ ${link.feed} ${trouble}`, "error");
  const up = link.phase === "UP";
  const role = up ? "up" : BAD_PHASES.has(link.phase) ? "error" : "warning";
  const since = numbers.duration(now - link.since);
  // The market may be closed while the link is up.
  const word = !up ? link.feed : feed.state === "CLOSED" ? "CLOSED, LINK" : feed.state;
  return field("", `${up ? "●" : "○"} ${word} ${clean(link.phase, 20)} ${since}`, role);
}

function redisFields(redis) {
  const waiting = waitingFor(redis);
  const queue = waiting > (redis.up ? MANY : 0) ? `${numbers.count(waiting)} waiting` : "";
  const reason = clean(redis.reason, 60);
  const state = redis.up ? (redis.embedded ? "up embedded" : "up") : "DOWN";
  const text = [state, queue, reason].filter(Boolean).join(" ");
  if (!redis.up) return [field("redis", text, "error")];
  const role = queue || reason ? "warning" : "up";
  return [field("redis", text, role), field("p99", numbers.milliseconds(redis.p99), "", 7)];
}

function patternsField(detection, now) {
  const { text, role, title } = whoLooks(detection, now);
  return field("patterns", text, role, 9, title);
}

function lossFields({ counts, link, redis }) {
  // Each tick goes to every channel: the worst one says how many ticks somebody misses.
  const dropped = most(redis.channels, (channel) => sum(channel.dropped)) + counts.unpublished;
  const unsure = most(redis.channels, (channel) => channel.ambiguous);
  const fields = [
    field("rejects", numbers.count(counts.rejected), counts.rejected ? "warning" : "", 2),
    field("drops", numbers.count(dropped), dropped ? "error" : "", 2),
  ];
  if (unsure) fields.push(field("unsure", numbers.count(unsure), "warning"));
  if (link.refused) {
    fields.push(field("not allowed", `${numbers.count(link.refused)} symbols`, "warning"));
  }
  return fields;
}

function viewerFields(viewers) {
  const cut = sum(viewers.cut_by);
  const fields = [field("viewers", numbers.count(viewers.viewers), "", 2)];
  if (cut) fields.push(field("cut", numbers.count(cut), "warning"));
  return fields;
}
