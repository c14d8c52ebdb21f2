import { type RefObject, useEffect } from "react";

/** Pixels that a list may be off its top and still count as at it. */
const NEAR = 8;
/** A pointer that has not moved for so long is not about to do anything. */
const RESTS_MS = 2000;

/**
 * Tells whether somebody is at work in a list, so that nothing in it may move by itself: it is
 * scrolled down, the focus is in it, or the pointer moves over what it shows.
 */
export function useAtWork(
  list: RefObject<HTMLElement | null>,
  tell: (atWork: boolean) => void,
): void {
  useEffect(() => {
    const shown = list.current;
    if (!shown) return;
    let focused = shown.contains(document.activeElement);
    let rest: ReturnType<typeof setTimeout> | undefined;
    const look = () => tell(focused || rest !== undefined || shown.scrollTop > NEAR);
    const leave = () => {
      clearTimeout(rest);
      rest = undefined;
      look();
    };
    const heard = {
      scroll: look,
      focusin: () => {
        focused = true;
        look();
      },
      focusout: ({ relatedTarget }: FocusEvent) => {
        // Where the whole window has lost it, it will be where it was.
        if (!document.hasFocus()) return;
        focused = relatedTarget instanceof Node && shown.contains(relatedTarget);
        look();
      },
      pointermove: ({ pointerType, target }: PointerEvent) => {
        if (pointerType !== "mouse") return;
        const over = target instanceof Element && target.closest("[data-index], [role=row]");
        if (!over) return leave();
        clearTimeout(rest);
        rest = setTimeout(leave, RESTS_MS);
        look();
      },
      pointerleave: leave,
    };
    const names = Object.keys(heard) as (keyof typeof heard)[];
    for (const name of names) shown.addEventListener(name, heard[name] as EventListener);
    look();
    return () => {
      for (const name of names) shown.removeEventListener(name, heard[name] as EventListener);
      clearTimeout(rest);
      tell(false);
    };
  }, [list, tell]);
}
