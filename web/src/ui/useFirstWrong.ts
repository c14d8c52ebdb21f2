import { useEffect, useRef } from "react";

/** Leads to the first field that is wrong whenever a save was refused: it may be out of sight. */
export function useFirstWrong<T extends HTMLElement>(error: Error | null) {
  const root = useRef<T>(null);
  useEffect(() => {
    if (!error) return;
    const wrong = root.current?.querySelector<HTMLElement>("[aria-invalid=true]");
    wrong?.focus({ preventScroll: true });
    wrong?.scrollIntoView({ block: "center" });
  }, [error]);
  return root;
}
