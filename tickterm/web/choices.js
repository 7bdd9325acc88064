// A list whose lines are chosen by a click, or by arrow keys and Enter.

const STEPS = new Map([["ArrowDown", "next"], ["ArrowUp", "previous"]]);

/** Call `choose` with the number of the line that somebody chooses, from 0 on. */
export function choosable(list, choose) {
  const chosen = (line) => line && choose([...list.children].indexOf(line));
  list.addEventListener("click", ({ target }) => chosen(target.closest("li")));
  list.addEventListener("keydown", (event) => {
    const line = event.target.closest("li");
    if (event.key === "Enter" && line) {
      event.preventDefault(); // else the same press would reach what opens
      chosen(line);
    }
    if (!STEPS.has(event.key)) return;
    event.preventDefault();
    const next = line?.[`${STEPS.get(event.key)}ElementSibling`];
    (line ? next : list.firstElementChild)?.focus();
  });
}
