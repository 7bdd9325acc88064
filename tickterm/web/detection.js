// Who looks for patterns, in a few words.

import * as numbers from "./numbers.js";
import { clean } from "./text.js";

const LATE_AFTER = 25;
/** Seconds; analytics gives a sign of life every ten. */
const SILENT_AFTER = 180;
/** Seconds; whoever has not given a sign of life for so long does not look for anything. */

const FRESH = 30;
/** Seconds for which what analytics said of itself counts; it says so every ten. */

const joined = (...parts) => parts.filter(Boolean).join(" · ");

/**
 * Return `{ text, role, title }`: who looks for patterns at engine time `now`, and how well that is;
 * `title` is the age of the last sign of life.
 */
export function whoLooks(detection, now) {
  const beat = detection.heartbeat_at;
  const title = beat === null ? "" : `the newest heartbeat of analytics is ${numbers.age(now - beat)} old`;
  return { ...wordsOf(detection, now), title };
}

function wordsOf(detection, now) {
  const { listening, fallback, heartbeat_at: beat } = detection;
  const silence = beat === null ? Infinity : now - beat;
  const deaf = listening ? "" : joined("not listening", clean(detection.reason, 60));
  if (fallback) {
    const since = numbers.age(now - detection.fallback_since);
    const text = joined(`fallback ${since}`, isStarting(detection, now) && "analytics starting", deaf);
    return { text, role: "warning" };
  }
  if (silence > SILENT_AFTER) {
    return { text: joined("nobody", lastSeen(beat, silence), deaf), role: deaf && "error" };
  }
  const trouble = detection.health.startsWith("healthy") ? "" : clean(detection.health, 60);
  const late = silence > LATE_AFTER ? `, silent ${numbers.age(silence)}` : "";
  const text = joined(`analytics${late}`, trouble, deaf);
  return { text, role: deaf ? "error" : trouble || late ? "warning" : "up" };
}

/** Say whether analytics is there and has no whole bar yet: it gives no sign of life before. */
function isStarting({ health, health_at: at }, now) {
  return at !== null && now - at < FRESH && health.startsWith("starting");
}

function lastSeen(beat, silence) {
  return beat === null ? "" : `analytics silent ${numbers.age(silence)}`;
}
