import { useComputedColorScheme } from "@mantine/core";
import { useMemo } from "react";

import { percent } from "@/lib/numbers";
import { tagColors } from "@/lib/tagColors";
import { words } from "@/strings";
import { Timecode } from "@/ui/Timecode";

import { useDesk } from "./desk";
import { nowAt } from "./moments";
import styles from "./Panel.module.css";
import { useSeconds } from "./useSeconds";

const said = words.media.now;

/** What is known of the picture on show; of a fixed height, so that nothing under it moves. */
export function NowPanel() {
  const { document, transport, media, select } = useDesk();
  const seconds = useSeconds(transport.playhead);
  const now = useMemo(() => nowAt(document, seconds), [document, seconds]);
  const color = useTagColor();
  const still = media.kind === "image";
  const nothing = !now.tags.length && !now.unknown.length && !now.text;
  return (
    <section className={styles.now} aria-label={said.title}>
      <h2 className={styles.nowTitle}>
        {still ? media.title : said.title} {still ? null : <Timecode seconds={seconds} />}
      </h2>
      {nothing ? (
        <p className={styles.quiet}>{still ? said.nothingAtAll : said.nothing}</p>
      ) : (
        <>
          <p className={styles.nowText} data-none={now.text === null}>
            {now.text?.text ?? (still ? said.noTextAtAll : said.noText)}
          </p>
          <ul className={styles.nowTags} aria-label={said.tags}>
            {now.tags.map(({ tag, span }) => (
              <li key={tag}>
                <button type="button" onClick={() => select({ tag, start: span.start })}>
                  <i style={{ background: color(tag) }} />
                  {tag}
                  <small>
                    {span.by === "person" ? words.media.moments.byPerson : percent(span.confidence)}
                  </small>
                </button>
              </li>
            ))}
            {now.unknown.length ? (
              <li className={`${styles.unknown} hatched`}>
                <span>{said.unknown(now.unknown)}</span>
              </li>
            ) : null}
          </ul>
        </>
      )}
    </section>
  );
}

/** The colours of the rows of the timeline, in the scheme of the page. */
export function useTagColor(): (tag: string) => string {
  const { document } = useDesk();
  const scheme = useComputedColorScheme("light");
  const colors = useMemo(
    () => tagColors(document.tracks.map((track) => track.tag)),
    [document.tracks],
  );
  return (tag) => colors.get(tag)?.[scheme] ?? "var(--hatch)";
}
