// Why there is nothing on the board.

/** Return why no symbol is shown where none is filtered out; `group` are those of the group shown. */
export function emptiness(status, group) {
  if (!status) return "waiting for the engine";
  const { link, universe } = status;
  if (link.phase === "NO UNIVERSE") return universe.error ? "no symbols: there is no universe" : "waiting for the universe";
  if (!group) return "no symbols yet";
  return group.length > 0 ? "none of the symbols of this list is watched" : "this list is empty";
}
