import { type RefObject, useEffect, useState } from "react";

/** Pixels that an element is wide, whole ones; 0 before it is drawn. */
export function useWidth(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const shown = element.current;
    if (!shown) return;
    const watch = new ResizeObserver(([entry]) => {
      if (entry) setWidth(Math.floor(entry.contentRect.width));
    });
    watch.observe(shown);
    return () => watch.disconnect();
  }, [element]);
  return width;
}
