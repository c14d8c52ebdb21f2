import { percent } from "@/lib/numbers";

import styles from "./runs.module.css";

/** How far something is, from work that was done. */
export function Bar(props: { share: number; label: string; state?: string; text?: string }) {
  const share = Math.min(1, Math.max(0, props.share));
  return (
    <div
      className={styles.bar}
      role="progressbar"
      aria-label={props.label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.floor(share * 100)}
      aria-valuetext={props.text ?? percent(share)}
      data-state={props.state}
    >
      <i style={{ width: `${(share * 100).toFixed(2)}%` }} />
    </div>
  );
}
