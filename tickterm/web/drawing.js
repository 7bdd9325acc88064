// The drawing of a chart: candles, volume, events, and what the pointer is on.

import { byId, createSvg } from "./dom.js";
import { eventsByCandle, fitting, priceLines, range, scale, timeLabels } from "./candles.js";
import { ROOM, marksOf } from "./marks.js";
import * as numbers from "./numbers.js";

const AXIS = { right: 72, bottom: 22 };
/** Pixels for prices and times. */
const TOP = ROOM;
/** Pixels above the highest price, and below the lowest: there stand the marks of events. */
const VOLUME_SHARE = 0.16;
const LABEL_HEIGHT = 13;
/** Pixels; nearer to the newest price no other one is written. */
const LAYERS = [
  "grid", "volume up", "volume down", "wick up", "wick down", "body up", "body down", "last", "cross",
  "event bullish", "event bearish", "event neutral",
];
const SIDES = ["up", "down"];
const DIRECTIONS = ["bullish", "bearish", "neutral"];

/** Return what happened between open and close; a candle that ends where it began is drawn as up. */
const sideOf = ({ open, close }) => (close < open ? "down" : "up");
const rounded = (place) => Math.round(place * 10) / 10;

export class Drawing {
  #svg = byId("chart-drawing");
  #layers = new Map(LAYERS.map((name) => [name, createSvg("path", name)]));
  #prices = createSvg("g", "prices");
  #times = createSvg("g", "times");
  #lastText = createSvg("text", "last-price");
  #pointed = null;
  /** Place of the pointer from the left, pixels; null: it is elsewhere. */
  #plot = null;

  /** Call `changed` when it must be drawn again. */
  constructor(changed) {
    this.#svg.append(...this.#layers.values(), this.#prices, this.#times, this.#lastText);
    new ResizeObserver(changed).observe(this.#svg);
    const point = (place) => { this.#pointed = place; changed(); };
    this.#svg.addEventListener("pointermove", ({ offsetX }) => point(offsetX));
    this.#svg.addEventListener("pointerleave", () => point(null));
  }

  /** Draw candles, oldest first; return the pointed or else the newest one and its events. */
  show(candles, timeframe, events) {
    const { clientWidth: width, clientHeight: height } = this.#svg;
    const right = Math.max(1, width - AXIS.right);
    const { shown, pitch } = fitting(candles, right);
    this.#plot = this.#planned(shown, pitch, right, Math.max(1, height - AXIS.bottom));
    const found = eventsByCandle(events, shown, timeframe);
    this.#drawAxes(timeframe, width, height);
    this.#drawCandles();
    this.#drawEvents(found);
    const index = this.#drawCross();
    return { candle: shown[index], events: found.get(index) ?? [] };
  }

  #planned(shown, pitch, right, bottom) {
    const floor = bottom * (1 - VOLUME_SHARE);
    const [low, high] = shown.length ? range(shown) : [0, 0];
    const most = Math.max(0, ...shown.map(({ volume }) => volume));
    return {
      shown, pitch, right, bottom, low, high, top: TOP, floor: floor - TOP,
      xOf: (index) => rounded(right - (shown.length - index - 0.5) * pitch),
      yOf: scale(low, high, TOP, floor - TOP),
      volumeOf: scale(0, most, floor, bottom),
    };
  }

  #drawAxes(timeframe, width, height) {
    const { shown, pitch, right, bottom, low, high, top, floor, xOf, yOf } = this.#plot;
    const prices = shown.length ? priceLines(low, high, floor - top) : [];
    const times = timeLabels(shown, timeframe, pitch).filter(({ index }) => xOf(index) > 30);
    this.#set("grid", [
      ...prices.map((price) => `M0 ${yOf(price)}H${right}`),
      ...times.map(({ index }) => `M${xOf(index)} 0V${bottom}`),
    ]);
    const isFree = (price) => Math.abs(yOf(price) - yOf(shown.at(-1).close)) > LABEL_HEIGHT;
    const labelled = prices.filter(isFree);
    write(this.#prices, labelled.map((price) => [right + 6, yOf(price), numbers.price(price, 9)]));
    write(this.#times, times.map(({ index, text }) => [xOf(index), height - 6, text]));
    this.#drawLast(width);
  }

  #drawLast(width) {
    const { shown, right, yOf } = this.#plot;
    const last = shown.at(-1);
    this.#set("last", last ? [`M0 ${yOf(last.close)}H${width}`] : []);
    const text = last ? numbers.price(last.close, 9) : "";
    this.#lastText.textContent = text;
    this.#lastText.setAttribute("x", right + 6);
    this.#lastText.setAttribute("y", last ? yOf(last.close) : 0);
  }

  #drawCandles() {
    const { shown, pitch, bottom, xOf, yOf, volumeOf } = this.#plot;
    const width = Math.max(1, Math.round(pitch * 0.66));
    const parts = new Map(LAYERS.map((name) => [name, []]));
    shown.forEach((candle, index) => {
      const { open, high, low, close, volume } = candle;
      const side = sideOf(candle);
      const [x, left] = [xOf(index), rounded(xOf(index) - width / 2)];
      const [upper, lower] = [yOf(Math.max(open, close)), yOf(Math.min(open, close))];
      const body = Math.max(1, rounded(lower - upper));
      parts.get(`wick ${side}`).push(`M${x} ${yOf(high)}V${upper}M${x} ${lower}V${yOf(low)}`);
      parts.get(`body ${side}`).push(`M${left} ${upper}h${width}v${body}h${-width}z`);
      parts.get(`volume ${side}`).push(`M${left} ${bottom}h${width}V${volumeOf(volume)}h${-width}z`);
    });
    for (const kind of ["wick", "body", "volume"]) {
      for (const side of SIDES) this.#set(`${kind} ${side}`, parts.get(`${kind} ${side}`));
    }
  }

  #drawEvents(found) {
    const { shown, pitch, xOf, yOf } = this.#plot;
    const parts = new Map(DIRECTIONS.map((direction) => [direction, []]));
    for (const [index, events] of found) {
      const { high, low } = shown[index];
      const place = { x: xOf(index), high: yOf(high), low: yOf(low), pitch };
      for (const [direction, part] of marksOf(events, place)) parts.get(direction).push(part);
    }
    for (const [direction, marks] of parts) this.#set(`event ${direction}`, marks);
  }

  /** Point at a candle; return its index, or that of the newest. */
  #drawCross() {
    const { shown, pitch, right, bottom, xOf } = this.#plot;
    const newest = shown.length - 1;
    const index = this.#pointed === null ? -1 : newest - Math.floor((right - this.#pointed) / pitch);
    const isPointed = index >= 0 && index <= newest;
    this.#set("cross", isPointed ? [`M${xOf(index)} 0V${bottom}`] : []);
    return isPointed ? index : newest;
  }

  #set(layer, parts) {
    this.#layers.get(layer).setAttribute("d", parts.join(""));
  }
}

/** Make a group hold these texts, each `[x, y, text]`. */
function write(group, texts) {
  while (group.children.length > texts.length) group.lastElementChild.remove();
  while (group.children.length < texts.length) group.append(createSvg("text"));
  texts.forEach(([x, y, text], index) => {
    const element = group.children[index];
    element.setAttribute("x", x);
    element.setAttribute("y", y);
    if (element.textContent !== text) element.textContent = text;
  });
}
