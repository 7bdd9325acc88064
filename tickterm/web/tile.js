// One tile of the board, drawn from a row.

import { create, createSvg, mark, put } from "./dom.js";
import { isStale } from "./freshness.js";
import * as numbers from "./numbers.js";
import { SHAPES, describe } from "./patterns.js";
import { changeOf, percentOf, SPARKLINE_SECONDS } from "./rows.js";
import { clean } from "./text.js";

const QUIET_AFTER = [10, 20, 40, 60];
/** Seconds without a tick after which a tile takes one more step towards the background. */
const FLASH_SECONDS = 0.5;
const FADING_SECONDS = 0.3;
/** The later part of a flash, fainter. */
const ARROWS = new Map([[1, "▲"], [-1, "▼"], [0, "·"]]);
const SYMBOL_LIMIT = 32;
const NAME_LIMIT = 60;
const DEPTH = 20;
/** Units from the highest to the lowest point of a sparkline. */

/** Return how quiet a symbol is after `age` seconds: 0 (fresh) to 4 (over a minute). */
export const quietness = (age) => QUIET_AFTER.filter((limit) => age > limit).length;

/**
 * Return up to a minute of prices, one unit a second, newest at the right end, as SVG paths in the
 * box `0 0 59 20`: `{ line, area }`, the area below the line.
 */
export function outline(points) {
  if (points.length === 0) return { line: "", area: "" };
  const low = Math.min(...points);
  const scale = DEPTH / (Math.max(...points) - low);
  const steady = !(scale > 0 && Number.isFinite(scale));
  const heightOf = (point) => Math.round(10 * (DEPTH - (point - low) * scale)) / 10;
  const heights = points.map(steady ? () => DEPTH / 2 : heightOf);
  const first = SPARKLINE_SECONDS - points.length;
  const steps = heights.map((height, i) => `L${first + i} ${height}`).join("");
  const line = `M${first - 0.5} ${heights[0]}${steps}`;
  return { line, area: `${line}V${DEPTH}H${first - 0.5}` };
}

function group(className, ...parts) {
  const element = create("span", className);
  element.append(...parts);
  return element;
}

/** Return what a symbol stands for, and where its day has been. */
function dayOf({ name, high, low, vwap }) {
  const dollars = (amount) => numbers.price(amount, 11);
  const range = high === null || low === null ? "" : `day ${dollars(low)} to ${dollars(high)}`;
  const average = vwap === null ? "" : `VWAP ${dollars(vwap)}`;
  return [clean(name, NAME_LIMIT), [range, average].filter(Boolean).join(" · ")];
}

const signOf = (value) => (value > 0 ? "up" : value < 0 ? "down" : "flat");

export class Tile {
  element = create("div", "tile");
  symbol = undefined;
  #symbol = create("span", "symbol");
  #company = create("span", "company");
  #sign = create("span", "sign");
  #arrow = create("span", "arrow");
  #price = create("span", "price");
  #change = create("span", "change");
  #guess = create("span", "guess");
  #percent = create("span", "percent");
  #area = createSvg("path", "area");
  #line = createSvg("path");
  #volume = create("span", "volume");
  #age = create("span", "age");
  #row = undefined;
  #event = undefined;
  #flashUntil = -Infinity;
  #flashSign = "";

  constructor() {
    const quote = group("quote", this.#arrow, this.#price);
    const percents = group("percents", this.#guess, this.#percent);
    this.element.append(
      group("line", group("name", this.#symbol, this.#sign), quote),
      group("line naming", this.#company),
      group("line", this.#change, percents),
      group("line foot", this.#chart(), this.#volume, this.#age),
    );
    this.element.role = "listitem";
  }

  /** Stand for the symbol at a position of `size`, or for none. */
  bind(symbol, position, size, isSelected) {
    this.element.ariaCurrent = String(isSelected);
    this.element.hidden = symbol === undefined;
    this.element.ariaPosInSet = String(position + 1);
    this.element.ariaSetSize = String(size);
    if (symbol !== this.symbol) this.#rename(symbol);
  }

  /**
   * Show the symbol's row and its recent event (if there are any) at engine time `now`; stale if
   * its newest tick came before `since`.
   */
  show(row, event, now, since) {
    const isNew = row !== this.#row, isOther = event !== this.#event;
    if (isNew) this.#draw(row, now);
    if (isOther) this.#drawEvent(event);
    if (isNew || isOther) this.#describe();
    const age = row?.ticks ? now - row.updated : 0;
    const stale = isStale(row, since);
    put(this.#age, stale ? "STALE" : row?.ticks ? numbers.age(age) : "");
    mark(this.element, "quiet", stale ? "stale" : String(quietness(age)));
    mark(this.element, "flash", stale ? "" : this.#flash(this.#flashUntil - now));
  }

  #chart() {
    const chart = createSvg("svg");
    chart.setAttribute("viewBox", `0 0 ${SPARKLINE_SECONDS - 1} ${DEPTH}`);
    chart.setAttribute("preserveAspectRatio", "none");
    chart.setAttribute("aria-hidden", "true");
    chart.append(this.#area, this.#line);
    return chart;
  }

  #rename(symbol) {
    this.symbol = symbol;
    this.#row = undefined;
    this.#flashUntil = -Infinity;
    put(this.#symbol, clean(symbol ?? "", SYMBOL_LIMIT));
    put(this.#company, "");
    this.#describe();
    this.#drawNothing();
  }

  #draw(row, now) {
    const before = this.#row;
    this.#row = row;
    put(this.#company, clean(row?.name ?? "", NAME_LIMIT));
    if (!row || row.price === null) {
      this.#drawNothing();
      return;
    }
    if (before && before.price !== null && before.price !== row.price) {
      this.#flashUntil = now + FLASH_SECONDS;
      this.#flashSign = signOf(row.price - before.price);
    }
    this.#drawPrice(row);
    this.#drawHistory(row);
  }

  #drawEvent(event) {
    this.#event = event;
    put(this.#sign, event ? SHAPES.get(event.direction) : "");
    mark(this.element, "event", event ? event.direction : "");
  }

  /** Say what there is no room for: name, day and event, in a line each. */
  #describe() {
    const lines = [...(this.#row ? dayOf(this.#row) : []), this.#event ? describe(this.#event) : ""];
    const title = lines.filter(Boolean).join("\n");
    if (this.element.title !== title) this.element.title = title;
  }

  #drawPrice(row) {
    const change = changeOf(row);
    put(this.#arrow, ARROWS.get(row.direction));
    put(this.#price, numbers.price(row.price, 11));
    put(this.#change, numbers.change(change, row.price));
    put(this.#guess, row.reference_is_open || change === null ? "" : "~");
    put(this.#percent, numbers.percent(percentOf(row)));
    mark(this.element, "direction", signOf(row.direction));
    mark(this.element, "change", signOf(change));
  }

  #drawHistory({ sparkline, volume }) {
    this.#drawLine(sparkline);
    mark(this.element, "trend", signOf(sparkline.at(-1) - sparkline[0]));
    put(this.#volume, numbers.compact(volume));
  }

  #drawLine(points) {
    const { line, area } = outline(points);
    this.#line.setAttribute("d", line);
    this.#area.setAttribute("d", area);
  }

  #drawNothing() {
    for (const part of [this.#arrow, this.#guess, this.#percent, this.#volume]) put(part, "");
    put(this.#price, "—");
    put(this.#change, "waiting");
    this.#drawLine([]);
    for (const name of ["direction", "change", "trend"]) mark(this.element, name, "flat");
  }

  #flash(left) {
    if (left <= 0) return "";
    return `${left > FADING_SECONDS ? "flash" : "fading"}-${this.#flashSign}`;
  }
}
