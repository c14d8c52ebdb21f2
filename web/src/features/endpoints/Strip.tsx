/** The last 60 seconds of an endpoint: slots in use as columns, latency as a line over them. */
import { words } from "@/strings";
import { percent } from "@/lib/numbers";

import { type Activity, latency, SECONDS, stripOf } from "./model";
import styles from "./Strip.module.css";

const HIGH = 40;
const said = words.endpoints.strip;

export function Strip(props: {
  name: string;
  activity?: Activity | undefined;
  /** Whether it is asked at all: one that is not has nothing to show, which is known. */
  asked: boolean;
  unseen: string;
}) {
  if (!props.activity) {
    const why = props.asked ? props.unseen : said.unasked;
    return (
      <div className={styles.strip}>
        <div
          className={props.asked ? `${styles.plot} hatched` : styles.plot}
          role="img"
          aria-label={why}
        />
        <div className={styles.legend} aria-hidden>
          {why}
        </div>
      </div>
    );
  }
  const strip = stripOf(props.activity.seconds);
  const most = strip.most_s ? latency(strip.most_s) : "";
  return (
    <div className={styles.strip}>
      <svg
        className={styles.plot}
        viewBox={`0 0 ${SECONDS} ${HIGH}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={
          strip.idle ? said.idle : said.label(props.name, percent(strip.mean), strip.failed, most)
        }
      >
        {strip.columns.map(({ busy, failed }, second) => (
          <g key={second}>
            {busy > 0 ? (
              <rect
                className={styles.busy}
                x={second + 0.08}
                width={0.84}
                y={HIGH - busy * (HIGH - 4)}
                height={busy * (HIGH - 4)}
              />
            ) : null}
            {failed ? <path className={styles.failed} d={`M${second} 0h1l-.5 7z`} /> : null}
          </g>
        ))}
        {strip.lines.map((line) => (
          <polyline
            key={line[0]?.[0]}
            className={styles.latency}
            points={line.map(([x, y]) => `${x + 0.5},${HIGH - 1 - y * (HIGH - 6)}`).join(" ")}
          />
        ))}
      </svg>
      <div className={styles.legend} aria-hidden>
        {strip.idle ? (
          <span>{said.idle}</span>
        ) : (
          <>
            <span>
              <i className={styles.keyBusy} /> {said.busy}
            </span>
            {most ? (
              <span>
                <i className={styles.keyLatency} /> {said.latency(most)}
              </span>
            ) : null}
            {strip.failed ? (
              <span>
                <i className={styles.keyFailed} /> {said.failed(strip.failed)}
              </span>
            ) : null}
          </>
        )}
        <span className={styles.span}>{said.span}</span>
      </div>
    </div>
  );
}
