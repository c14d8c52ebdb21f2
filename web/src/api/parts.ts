/** Parts of the page that are loaded when they are first wanted, and waited for while they cannot be. */
import { type ComponentType, lazy, type LazyExoticComponent } from "react";

import { live } from "./live";

const NOTICED_MS = 1500;

/**
 * Loads a part; where the server is away, once it is back. What fails otherwise fails: the part may
 * have another name since the server was updated.
 */
export async function patiently<T>(load: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await load();
    } catch (error) {
      if (!(await isAway())) throw error;
      await live.heardAgain();
    }
  }
}

/** Whether the server is away: that may be noticed here before the live line breaks. */
async function isAway(): Promise<boolean> {
  if (live.connection !== "offline") await new Promise((over) => setTimeout(over, NOTICED_MS));
  return live.connection === "offline";
}

/** As React's `lazy`; it keeps no failure for ever. */
export function later<P extends object>(
  load: () => Promise<{ default: ComponentType<P> }>,
): LazyExoticComponent<ComponentType<P>> {
  return lazy(() => patiently(load));
}

/** A style sheet that did not come would be taken for loaded, the next time it is wanted. */
export function forgetBrokenStyles(): void {
  const forget = ({ target }: Event) => {
    if (target instanceof HTMLLinkElement) target.remove();
  };
  window.addEventListener("error", forget, { capture: true });
}
