import { Button } from "@mantine/core";

import { ago } from "@/lib/time";
import { words } from "@/strings";

import { useDesk } from "./desk";
import styles from "./Runs.module.css";

const said = words.media.runs;

/** What people have said, the latest first; each can be taken back. */
export function Corrections() {
  const { document, transport, takeBack, mayOperate } = useDesk();
  const all = [...document.corrections].reverse();
  return (
    <>
      <h3>{said.corrections}</h3>
      {all.length ? (
        <ul className={styles.list}>
          {all.map((one) => (
            <li key={one.id} className={styles.correction}>
              <button type="button" onClick={() => transport.seek(one.start)}>
                <span>
                  <b>{one.tag}</b> {said.correction(one.present, one.start, one.end)}
                </span>
                <small>
                  {said.by_(one.by, ago(one.at))}
                  {one.origin ? ` · ${said.origin}` : ""}
                </small>
                {one.note ? <small>{one.note}</small> : null}
              </button>
              {mayOperate ? (
                <Button size="compact-xs" variant="default" onClick={() => takeBack(one.id)}>
                  {said.takeBack}
                </Button>
              ) : null}
            </li>
          ))}
        </ul>
      ) : (
        <p className={styles.quiet}>{said.noCorrections}</p>
      )}
    </>
  );
}
