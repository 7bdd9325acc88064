// The panes below the board: side by side where there is room, else one at a time.

import { byId } from "./dom.js";

const NARROW = matchMedia("(max-width: 62rem)");

export class Drawers {
  #opened;
  #newest = "";
  #address;

  /** Let buttons open and close panes; `opened` says by a pane's name what to do then. */
  constructor(opened, address) {
    this.#opened = opened;
    this.#address = address;
    for (const name of Object.keys(opened)) {
      byId(`${name}-button`).addEventListener("click", () => this.#toggle(name));
    }
    NARROW.addEventListener("change", () => this.#settle());
    address.follow(() => this.#recall());
  }

  #recall() {
    const open = (this.#address.get("open") ?? "").split(" ");
    for (const name of this.#names) this.#set(name, open.includes(name));
    this.#newest = open.findLast((name) => this.#names.includes(name)) ?? "";
    this.#settle();
    for (const name of this.#shown) this.#opened[name]();
  }

  #toggle(name) {
    const isOpening = byId(name).hidden;
    this.#set(name, isOpening);
    if (isOpening) this.#newest = name;
    this.#settle();
    if (isOpening) this.#opened[name]();
  }

  get #names() {
    return Object.keys(this.#opened);
  }

  get #shown() {
    return this.#names.filter((name) => !byId(name).hidden);
  }

  #settle() {
    this.#makeRoom();
    this.#address.keep({ open: this.#shown.join(" ") || null });
  }

  #makeRoom() {
    if (!NARROW.matches) return;
    for (const name of this.#names) {
      if (name !== this.#newest) this.#set(name, false);
    }
  }

  #set(name, isOpen) {
    byId(name).hidden = !isOpen;
    byId(`${name}-button`).ariaExpanded = String(isOpen);
  }
}
