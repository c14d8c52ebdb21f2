import { words } from "@/strings";

import styles from "./StatusChip.module.css";

const SAID: Readonly<Record<string, string>> = words.common.states;

/** One word of status; never told by its colour alone. */
export function StatusChip({ state, note }: { state: string; note?: string }) {
  const said = SAID[state] ?? state;
  return (
    <span className={styles.chip} data-state={state} {...(note ? { title: note } : {})}>
      {said}
    </span>
  );
}
