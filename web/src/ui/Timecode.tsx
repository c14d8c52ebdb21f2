import { timecode } from "@/lib/time";
import { words } from "@/strings";

import styles from "./Timecode.module.css";
import { useCopy } from "./useCopy";

/** A time that can be copied by a click. Light: lists have two in each row. */
export function Timecode({ seconds, digits = 1 }: { seconds: number; digits?: number }) {
  const text = timecode(seconds, digits);
  const { copied, copy } = useCopy();
  return (
    <button
      type="button"
      className={styles.time}
      title={copied ? words.common.copied : words.common.copy}
      data-copied={copied}
      onClick={() => void copy(text)}
    >
      {text}
    </button>
  );
}
