// The form that asks for the engine's token. It is kept in memory unless the user wants more.

import { byId, put } from "./dom.js";

const KEY = "tickterm.token";

export class TokenForm {
  #form = byId("token");
  #input = byId("token-input");
  #keep = byId("token-keep");
  #connection;

  constructor(connection) {
    this.#connection = connection;
    connection.token = stored();
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
  }

  /** Ask when the engine wants a token. */
  show() {
    const asking = this.#connection.phase === "token";
    if (asking && this.#form.hidden) this.#ask();
  }

  #ask() {
    const refused = this.#connection.token !== "";
    put(byId("token-text"), refused
      ? "The token was not accepted. It is what TICKTERM_TOKEN says where the engine runs."
      : "It is what TICKTERM_TOKEN says where the engine runs.");
    this.#form.hidden = false;
    this.#input.focus();
  }

  #submit() {
    this.#connection.token = this.#input.value;
    store(this.#keep.checked ? this.#input.value : "");
    this.#input.value = "";
    this.#form.hidden = true;
    this.#connection.dial();
  }
}

// A browser that is told to block storage throws on touching it.

function stored() {
  try {
    return sessionStorage.getItem(KEY) ?? "";
  } catch {
    return "";
  }
}

function store(token) {
  try {
    if (token) sessionStorage.setItem(KEY, token);
    else sessionStorage.removeItem(KEY);
  } catch {
    console.warn("tickterm: this browser keeps nothing for this page");
  }
}
