import { percent } from "@/lib/numbers";

import styles from "./CoverageBar.module.css";

/**
 * How much of a media the answers speak for, in one thin bar: asked, shared, unknown (hatched); the
 * rest was not asked. While a run goes on the same bar shows how far it is.
 */
export function CoverageBar(props: {
  asked: number;
  shared: number;
  unknown: number;
  fraction?: number | null;
  label: string;
}) {
  const running = props.fraction !== undefined && props.fraction !== null;
  const share = (part: number) => `${(part * 100).toFixed(2)}%`;
  return (
    <div
      className={styles.bar}
      role={running ? "progressbar" : "img"}
      aria-label={running ? `${props.label} ${percent(props.fraction ?? 0)}` : props.label}
      {...(running
        ? {
            "aria-valuenow": Math.floor((props.fraction ?? 0) * 100),
            "aria-valuemin": 0,
            "aria-valuemax": 100,
          }
        : {})}
    >
      {running ? (
        <i className={styles.running} style={{ width: share(props.fraction ?? 0) }} />
      ) : (
        <>
          <i className={styles.asked} style={{ width: share(props.asked) }} />
          <i className={styles.shared} style={{ width: share(props.shared) }} />
          <i className="hatched" style={{ width: share(props.unknown) }} />
        </>
      )}
    </div>
  );
}
