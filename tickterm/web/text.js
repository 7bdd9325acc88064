// The one sanitiser for text that comes from outside, as in the terminal.

const BLANK = /[\t\n\r\p{Zs}]/gu;
const UNPRINTABLE = /·?[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]+/gu;
const PLAIN = /^[ -~]*$/;
const LIMIT = 500;

/**
 * Return text as one printable line of at most `limit` characters: bidirectional controls would
 * make a line read as something else, and a long one would hide its neighbours.
 */
export function clean(text, limit = LIMIT) {
  const short = shortened(text, limit);
  return PLAIN.test(short) ? short : short.replace(BLANK, " ").replace(UNPRINTABLE, "·");
}

function shortened(text, limit) {
  if (text.length <= limit) return text;
  const characters = Array.from(text.slice(0, 2 * limit + 2));
  return characters.length <= limit ? text : `${characters.slice(0, limit - 1).join("")}…`;
}
