// The few things this page does to the document. Text goes in as text, never as markup.

export const byId = (id) => document.getElementById(id);

export function create(tag, className = "") {
  const element = document.createElement(tag);
  element.className = className;
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

export function createSvg(tag, className = "") {
  const element = document.createElementNS(SVG, tag);
  if (className) element.setAttribute("class", className);
  return element;
}

/**
 * Set the text of an element that holds nothing else. Where it is there already nothing happens,
 * since it would cost a layout; a new text node each time would cost twice as much.
 */
export function put(element, text) {
  const node = element.firstChild;
  if (!node) element.textContent = text;
  else if (node.data !== text) node.data = text;
}

/** Set a data attribute, which style rules read, unless it is there already. */
export function mark(element, name, value) {
  if (element.dataset[name] !== value) element.dataset[name] = value;
}
