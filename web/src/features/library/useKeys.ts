import { useEffect } from "react";

import { focusShelf } from "./focus";

/** Where keys mean something else. */
const ELSEWHERE =
  "input:not([type=checkbox]), textarea, select, [contenteditable], [role=dialog], [role=menu]";

/** Keys that work wherever the focus is, but not in a field or a dialog. */
export function useKeys(
  active: boolean,
  on: { all: () => void; clear: () => void; keys: () => void },
): void {
  const { all, clear, keys } = on;
  useEffect(() => {
    if (!active) return;
    const press = (event: KeyboardEvent) => {
      const target = event.target instanceof Element ? event.target : document.body;
      if (event.defaultPrevented || target.closest(ELSEWHERE)) return;
      const nowhere = target === document.body || target.id === "content";
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "a") {
        all();
      } else if (event.key === "?") {
        keys();
      } else if (event.key === "Escape") {
        clear();
      } else if (event.key.startsWith("Arrow") && nowhere) {
        focusShelf();
      } else {
        return;
      }
      event.preventDefault();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, [active, all, clear, keys]);
}
