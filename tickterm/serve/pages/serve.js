"use strict";
// What the terminal's own script leaves open: addresses relative to this page, a nonce for its
// styles, and what happens when the session is over. Runs before that script.
(() => {
  const OVER = 1000, REFUSED = 1008, BROKEN = 1011, OWN_CODES = 4000;
  const LONGEST_WAIT = 30, STEADY_AFTER = 10;
  const TRIES = "tickterm tries";

  const nonce = document.currentScript.nonce;
  const address = (path) => new URL(path, document.baseURI);
  const element = (id) => document.getElementById(id);

  const createElement = document.createElement.bind(document);
  document.createElement = (...args) => {
    const made = createElement(...args);
    if (made.localName === "style") made.nonce = nonce;
    return made;
  };

  const open = window.open.bind(window);
  window.open = (url, ...args) => {
    const downloads = `${location.origin}/download/`;
    if (!String(url ?? "").startsWith(downloads)) return open(url, ...args);
    const link = createElement("a");
    link.href = address(`download/${String(url).slice(downloads.length)}`);
    link.download = "";
    link.click();
    return null;
  };

  window.WebSocket = class extends WebSocket {
    constructor(...args) {
      super(...args);
      let steady = 0, hasOpened = false;
      this.addEventListener("open", () => {
        hasOpened = true;
        steady = setTimeout(() => sessionStorage.removeItem(TRIES), STEADY_AFTER * 1000);
        const isTouched = matchMedia("(pointer: coarse)").matches; // its keyboard would pop up
        if (!isTouched) element("terminal").querySelector("textarea").focus();
      });
      this.addEventListener("close", async (event) => {
        clearTimeout(steady);
        const refusal = hasOpened ? "" : await whyRefused();
        if (refusal) say(`The server refuses this page: ${refusal}`, "Try again");
        else over(event);
      });
    }
  };

  function say(words, button) {
    document.body.classList.add("-over");
    element("words").textContent = words;
    element("again").textContent = button;
    element("again").hidden = false;
    element("again").onclick = () => location.reload();
  }

  function over({ code, reason }) {
    if (code === OVER) {
      say(reason || "The session has ended.", "Start again");
      element("again").focus();
    } else if (code === REFUSED || code === BROKEN || code >= OWN_CODES) {
      say(reason || "The session has failed.", "Try again");
      element("again").focus();
    } else {
      tryAgain("The connection is lost.");
    }
  }

  // a browser does not tell why a WebSocket is refused; of the rest only a POST says its Origin
  async function whyRefused() {
    const answer = await fetch(address("healthz"), { method: "POST" }).catch(() => null);
    return answer?.status === 403 ? answer.text() : "";
  }

  async function tryAgain(words) {
    const tries = Number(sessionStorage.getItem(TRIES)) || 0;
    sessionStorage.setItem(TRIES, tries + 1);
    let seconds = Math.min(LONGEST_WAIT, 2 ** Math.min(tries, 5));
    for (; seconds > 0; seconds--) {
      say(`${words} Next try in ${seconds} s.`, "Try now");
      await new Promise((resolve) => setTimeout(resolve, 1000 + 300 * Math.random()));
    }
    say(`${words} Trying…`, "Try now");
    const status = await fetch(location.href, { cache: "no-store" }).then((r) => r.status, () => 0);
    if (status === 200 || status === 401) location.reload();
    else tryAgain(status === 503 ? "All screens are in use." : "The server cannot be reached.");
  }

  function fontSize() {
    const width = document.documentElement.clientWidth;
    return width < 480 ? 11 : width < 1000 ? 13 : width < 1700 ? 14 : 16;
  }

  // the terminal measures its font once, so it must be there before
  function fonts() {
    const wanted = ["", "bold "].map((weight) => document.fonts.load(`${weight}16px "Roboto Mono"`));
    const late = new Promise((resolve) => setTimeout(resolve, 2000));
    return Promise.race([Promise.allSettled(wanted), late]);
  }

  document.addEventListener("DOMContentLoaded", async () => {
    const start = window.onload;
    window.onload = null;
    const socket = address("ws");
    socket.protocol = socket.protocol === "https:" ? "wss:" : "ws:";
    const terminal = element("terminal");
    terminal.dataset.sessionWebsocketUrl = socket;
    terminal.dataset.fontSize ||= fontSize();
    await fonts();
    try {
      start(new Event("load"));
    } catch (error) {
      say(`This browser cannot show the terminal: ${error.message}`, "Try again");
    }
  });
})();
