// Which pattern events are shown: a filter of one line, as in the terminal.

const NUMBER = /^(?:\d*\.?\d+|\d+\.)$/;
const FORM = "confidence is from 0 to 1, as in >=0.8";

/** Return text in the letters that are compared: a pattern's name may be written either way. */
const folded = (text) => text.toLowerCase().replaceAll("_", " ");

/**
 * Return `{ fault, words, confidence }` of a filter: words, and `>=0.8` or `0.8` for the least
 * confidence; `fault` says what is wrong with it, if anything is.
 */
export function parse(text) {
  const words = [];
  let [confidence, fault] = [0, ""];
  for (const word of text.toLowerCase().split(/[\s,;]+/).filter(Boolean)) {
    const amount = word.replace(/^>=/, "");
    if (NUMBER.test(amount)) confidence = Number(amount);
    else if (/^[<>=]/.test(word)) fault = FORM;
    else words.push(folded(word));
  }
  return { fault: confidence > 1 ? FORM : fault, words, confidence };
}

/** Say whether each word is part of an event's pattern or symbol, or is its timeframe or direction. */
export function passes({ words, confidence }, event) {
  if (event.confidence < confidence) return false;
  const [pattern, symbol] = [folded(event.pattern), folded(event.symbol)];
  const rest = [event.timeframe.toLowerCase(), event.direction];
  return words.every((word) => pattern.includes(word) || symbol.includes(word) || rest.includes(word));
}
