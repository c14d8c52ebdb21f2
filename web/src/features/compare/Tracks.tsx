/** Each tag twice, one run under the other: where it is, and what is not known. */
import { useComputedColorScheme } from "@mantine/core";

import type { Schemas } from "@/api/client";
import { tagColors } from "@/lib/tagColors";
import { timecode } from "@/lib/time";
import { words } from "@/strings";

import styles from "./compare.module.css";

const say = words.compare;

export type Track = Schemas["TimelineTrack"];

export function Tracks(props: { a: readonly Track[]; b: readonly Track[]; duration: number }) {
  const scheme = useComputedColorScheme("light");
  const tags = [...new Set([...props.a, ...props.b].map((track) => track.tag))];
  if (tags.length === 0) return null;
  const colors = tagColors(tags);
  const of = (tracks: readonly Track[], tag: string) => tracks.find((one) => one.tag === tag);
  return (
    <section className={styles.section}>
      <h2>{say.tracks}</h2>
      {tags.map((tag) => (
        <div key={tag} className={styles.pairOfTracks}>
          <span className={styles.tag} title={tag}>
            {tag}
          </span>
          <div>
            {([say.side.a, say.side.b] as const).map((side, place) => (
              <Lane
                key={side}
                tag={tag}
                side={side}
                track={of(place === 0 ? props.a : props.b, tag)}
                duration={props.duration}
                color={colors.get(tag)?.[scheme] ?? "var(--asked)"}
              />
            ))}
          </div>
        </div>
      ))}
    </section>
  );
}

function Lane(props: {
  tag: string;
  side: string;
  track: Track | undefined;
  duration: number;
  color: string;
}) {
  const { track, duration } = props;
  const place = (start: number, end: number) => ({
    left: `${(start / duration) * 100}%`,
    width: `${Math.max(0.15, ((end - start) / duration) * 100)}%`,
  });
  return (
    <div className={styles.lane}>
      <span aria-hidden>{props.side}</span>
      {track && duration > 0 ? (
        <div
          className={styles.track}
          role="img"
          aria-label={say.track(props.tag, props.side, track.spans.length)}
        >
          {track.spans.map((span) => (
            <i
              key={span.start}
              title={`${timecode(span.start)} – ${timecode(span.end)}`}
              style={{ ...place(span.start, span.end), background: props.color }}
            />
          ))}
          {track.unknown.map((stretch) => (
            <i
              key={`unknown ${stretch.start}`}
              className="hatched"
              title={words.common.unknown[stretch.reason]}
              style={place(stretch.start, stretch.end)}
            />
          ))}
        </div>
      ) : (
        <span className={styles.notAsked}>{say.notAsked}</span>
      )}
    </div>
  );
}
