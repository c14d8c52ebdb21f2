import { useEffect } from "react";

import { toasts } from "./toast";

/** Where the key takes back what was typed, or what lies behind must not change. */
const ELSEWHERE =
  "input:not([type=checkbox], [type=radio], [type=range], [type=button]), textarea, select, " +
  "[contenteditable], [role=dialog], [role=menu], [role=listbox]";

/** Ctrl Z, or Command Z, takes back the last thing that can be. */
export function useUndoKey(): void {
  useEffect(() => {
    const hear = (event: KeyboardEvent) => {
      const { target } = event;
      const meant = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
      if (!meant || event.key.toLowerCase() !== "z" || event.repeat || event.defaultPrevented) {
        return;
      }
      if (target instanceof Element && target.closest(ELSEWHERE)) return;
      if (toasts.undo()) event.preventDefault();
    };
    window.addEventListener("keydown", hear);
    return () => window.removeEventListener("keydown", hear);
  }, []);
}
