// The board: as many tiles as the window shows, bound to the symbols that are in sight.

import { byId, put } from "./dom.js";
import { arrange, containing, moves } from "./order.js";
import { clean } from "./text.js";
import { Tile } from "./tile.js";

const BUDGET = 1;
/** ms of a frame for drawing tiles; laying them out and painting them takes the browser longer. */
const BEYOND = 1;
/** Lines of tiles ready above and below what is in sight, for quick scrolling. */
const RESORT_SECONDS = 5;
/** A board that moves with every tick cannot be read: moving orders are renewed this often. */
const LARGEST = 4;
/** How many times as large as usual tiles may grow to fill the board. */
const STEP = 0.1;

export const DENSITIES = ["small", "normal", "fill"];

export class Board {
  filter = "";
  group = null;
  /** Symbols of the group that is shown, in order; null: all that are watched. */
  sort = "universe";
  reversed = false;
  density = "normal";
  #scroller = byId("board");
  #sheet = byId("sheet");
  #grid = byId("tiles");
  #tiles = [];
  #shown = [];
  #isFiltered = false;
  /** Whether there is a symbol that the filter has kept out. */
  #first = 0;
  /** Line of tiles that the first tile stands in. */
  #columns = 1;
  #pitch = 1;
  /** Pixels from one line of tiles to the next, `#gap` of them between the two. */
  #gap = 0;
  #revision = -1;
  /** Of the market that the board is laid out for. */
  #arrangedAt = 0;
  #turn = 0;
  /** Tile that is drawn next. */

  #selected = undefined;
  /** Symbol that a person has picked. */
  #opened;

  /** Call `onMove` when there is something to draw, `opened` with a symbol that is to be seen closer. */
  constructor(onMove, opened) {
    this.#opened = opened;
    this.#scroller.addEventListener("scroll", onMove, { passive: true });
    this.#scroller.addEventListener("keydown", (event) => this.#key(event));
    this.#grid.addEventListener("click", (event) => this.#click(event));
    new ResizeObserver(() => { this.#revision = -1; onMove(); }).observe(this.#scroller);
  }

  /** Show a group's symbols (null: all that are watched), from the top if it `isOther` than before. */
  regroup(symbols, isOther) {
    this.group = symbols;
    this.#revision = -1;
    if (isOther) this.rearrange();
  }

  /** Begin at the top, in a new order or size. */
  rearrange() {
    this.#scroller.scrollTop = 0;
    this.#revision = -1;
  }

  focus() {
    this.#scroller.focus();
  }

  /** Pick a symbol, and bring its tile into sight if it has one. */
  select(symbol) {
    this.#selected = symbol;
    this.#bind();
    const line = Math.floor(this.#shown.indexOf(symbol) / this.#columns);
    if (line < 0) return;
    const top = line * this.#pitch;
    const highest = top + this.#pitch + this.#gap - this.#scroller.clientHeight;
    this.#scroller.scrollTop = Math.min(top, Math.max(highest, this.#scroller.scrollTop));
  }

  /** Return the symbol so many further on than another in the order shown; undefined: none is. */
  neighbour(symbol, by) {
    return this.#shown[this.#shown.indexOf(symbol) + by];
  }

  #click({ target }) {
    const element = target.closest(".tile");
    const tile = this.#tiles.find((each) => each.element === element);
    if (tile?.symbol === undefined || !getSelection().isCollapsed) return;
    this.select(tile.symbol);
    this.#opened(tile.symbol);
  }

  #key(event) {
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.#columns, ArrowDown: this.#columns };
    const { key, ctrlKey, altKey, metaKey } = event;
    if (ctrlKey || altKey || metaKey) return;
    if (Object.hasOwn(steps, key)) this.#step(steps[key]);
    else if (key === "Enter" && this.#shown.includes(this.#selected)) this.#opened(this.#selected);
    else return;
    event.preventDefault();
  }

  /** Pick the symbol so many tiles further on; at first, and out of sight, the first one in sight. */
  #step(by) {
    const { scrollTop, clientHeight } = this.#scroller;
    const index = this.#shown.indexOf(this.#selected);
    const top = Math.floor(index / this.#columns) * this.#pitch;
    const isInSight = index >= 0 && top > scrollTop - this.#pitch && top < scrollTop + clientHeight;
    const next = isInSight ? index + by : Math.ceil(scrollTop / this.#pitch) * this.#columns;
    if (next in this.#shown) this.select(this.#shown[next]);
  }

  /**
   * Show a market and its patterns as of engine time `now` and wall time `wall`, no tick missed
   * after `since`, or say that there is `nothing`, as much as a frame has time for; return whether there
   * is more to draw. After a move all is drawn at once, else what is in sight, in turns.
   */
  show(scene) {
    const hasMoved = [this.#arrange(scene.market, scene.now), this.#move()].includes(true);
    if (hasMoved) this.#bind();
    put(byId("empty"), this.#emptiness(scene.nothing));
    return this.#draw(scene, hasMoved ? Infinity : BUDGET);
  }

  #draw({ market, patterns, now, wall, since }, budget) {
    const end = performance.now() + budget;
    const tiles = budget === Infinity ? this.#tiles : this.#inSight();
    for (let left = tiles.length; left > 0; left -= 1) {
      if (performance.now() > end) return true;
      this.#turn = (this.#turn + 1) % tiles.length;
      const tile = tiles[this.#turn];
      const { symbol } = tile;
      if (symbol === undefined) continue;
      tile.show(market.row(symbol), patterns.recent(symbol, wall), now, since);
    }
    return false;
  }

  #inSight() {
    const { scrollTop, clientHeight } = this.#scroller;
    const above = Math.floor(scrollTop / this.#pitch) - this.#first;
    const lines = Math.ceil(clientHeight / this.#pitch) + 1;
    return this.#tiles.slice(Math.max(0, above) * this.#columns, (above + lines) * this.#columns);
  }

  #bind() {
    const start = this.#first * this.#columns;
    this.#tiles.forEach((tile, index) => {
      const symbol = this.#shown[start + index];
      tile.bind(symbol, start + index, this.#shown.length, symbol === this.#selected);
    });
  }

  #arrange(market, now) {
    const isNew = market.revision !== this.#revision;
    const due = moves(this.sort) && Math.abs(now - this.#arrangedAt) >= RESORT_SECONDS;
    if (!isNew && !due) return false;
    const grouped = this.group ? market.watched(this.group) : market.symbols;
    const found = grouped.filter(containing(this.filter));
    this.#isFiltered = grouped.length > 0;
    this.#shown = arrange(found, market, this.sort, this.reversed);
    this.#revision = market.revision;
    this.#arrangedAt = now;
    if (isNew) this.#layOut(market.hasNames);
    return true;
  }

  #layOut(hasNames) {
    this.#scroller.dataset.density = this.density;
    this.#chooseScale(hasNames);
    this.#sheet.style.height = `${this.#lines * this.#pitch}px`;
    this.#fill();
    this.#stand(0);
  }

  /** Make the tiles as large as they may be, with a line for names if all have room; trying that out without them takes no time. */
  #chooseScale(hasNames) {
    this.#grid.replaceChildren();
    this.#scroller.classList.toggle("named", hasNames && this.density !== "small");
    if (!this.#fits(1)) this.#scroller.classList.remove("named");
    let scale = this.density === "fill" ? LARGEST : 1;
    while (!this.#fits(scale) && scale > 1) scale = Math.max(1, scale - STEP);
  }

  /** Learn from the style sheet how large tiles are at a scale; say if all have room. */
  #fits(scale) {
    this.#scroller.style.setProperty("--scale", scale.toFixed(1));
    const { gridTemplateColumns: columns, gridAutoRows, rowGap } = getComputedStyle(this.#grid);
    this.#columns = columns.split(" ").length;
    this.#gap = parseFloat(rowGap);
    this.#pitch = parseFloat(gridAutoRows) + this.#gap;
    // Banner and alert come and go: no tile shall change its size for it.
    const room = this.#scroller.clientHeight + byId("notices").offsetHeight;
    const isWideEnough = parseFloat(columns) <= this.#grid.clientWidth + 1;
    return isWideEnough && this.#lines * this.#pitch + this.#gap <= room;
  }

  #emptiness(nothing) {
    if (this.#shown.length > 0) return "";
    return this.#isFiltered ? `no symbol contains “${clean(this.filter, 40)}”` : nothing;
  }

  get #lines() {
    return Math.ceil(this.#shown.length / this.#columns);
  }

  get #capacity() {
    return Math.ceil(this.#scroller.clientHeight / this.#pitch) + 1 + 2 * BEYOND;
  }

  #fill() {
    const wanted = this.#capacity * this.#columns;
    while (this.#tiles.length < wanted) this.#tiles.push(new Tile());
    this.#tiles.length = wanted;
    this.#grid.replaceChildren(...this.#tiles.map((tile) => tile.element));
  }

  /** Put the tiles where the window is; those that stay in sight keep their symbols. */
  #move() {
    const top = Math.floor(this.#scroller.scrollTop / this.#pitch) - BEYOND;
    const first = Math.max(0, Math.min(top, this.#lines - this.#capacity));
    if (first === this.#first) return false;
    this.#rotate((first - this.#first) * this.#columns);
    this.#stand(first);
    return true;
  }

  #stand(line) {
    this.#first = line;
    this.#grid.style.transform = `translateY(${line * this.#pitch}px)`;
  }

  #rotate(by) {
    if (Math.abs(by) >= this.#tiles.length) return;
    const elements = (tiles) => tiles.map((tile) => tile.element);
    if (by > 0) {
      const moved = this.#tiles.splice(0, by);
      this.#tiles.push(...moved);
      this.#grid.append(...elements(moved));
    } else {
      const moved = this.#tiles.splice(by);
      this.#tiles.unshift(...moved);
      this.#grid.prepend(...elements(moved));
    }
  }
}
