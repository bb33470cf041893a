// A list that the API gives in pages: the first ones are read again when something changes, further ones on demand.

import { ask } from "./api.js";

/** Reads page after page up to so many items; what has come is shown meanwhile. */
export function reading(most) {
  return async (first, { signal, shows }) => {
    const items = [];
    let next = null;
    do {
      const page = await ask(next === null ? first : `${first}&cursor=${encodeURIComponent(next)}`, { signal });
      items.push(...page.items);
      next = page.next;
      if (next !== null) {
        shows({ items: [...items], next, isWhole: false });
      }
    } while (next !== null && items.length < most());
    return { items, next, isWhole: next === null };
  };
}
