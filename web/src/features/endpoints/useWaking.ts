import { useSyncExternalStore } from "react";

/** Whether the page is in sight: what is polled often rests while it is not. */
export function useWaking(): boolean {
  return useSyncExternalStore(watch, () => document.visibilityState === "visible");
}

function watch(changed: () => void): () => void {
  document.addEventListener("visibilitychange", changed);
  return () => document.removeEventListener("visibilitychange", changed);
}
