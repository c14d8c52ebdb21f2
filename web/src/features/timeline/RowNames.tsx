/** The names of the rows, at their left: buttons that fold a row, and those that adjust a tag. */
import { ActionIcon } from "@mantine/core";
import { IconAdjustmentsHorizontal } from "@tabler/icons-react";
import { memo } from "react";

import { timecode } from "@/lib/time";
import { words } from "@/strings";

import { nameOf } from "./naming";
import { type Row, totalOf } from "./rows";

import styles from "./Timeline.module.css";

const say = words.timeline.rows;

/** What the name does not say: for those who do not see the row, and those who ask. */
function described(row: Row): string {
  if (row.kind !== "tag") return "";
  const { track } = row;
  const parts = [say.tag(totalOf(track), track.spans.length)];
  if (track.unknown.length) parts.push(say.undecided);
  if (track.required) parts.push(say.required[track.required]);
  return parts.join(", ");
}

function RowName(props: {
  row: Row;
  color: string | undefined;
  fold: (key: string) => void;
  tune: ((tag: string) => void) | undefined;
}) {
  const { row, tune } = props;
  const tag = row.kind === "tag" ? row.track.tag : null;
  const total = row.kind === "tag" ? totalOf(row.track) : 0;
  const about = described(row);
  const tuned = row.kind === "tag" && row.track.tuned;
  return (
    <li className={styles.row} style={{ height: row.height }}>
      <button
        type="button"
        className={styles.name}
        aria-expanded={!row.folded}
        title={[nameOf(row), about].filter(Boolean).join(", ")}
        onClick={() => props.fold(row.key)}
      >
        {tag !== null && <i className={styles.dot} style={{ background: props.color }} />}
        <span className={tag === null ? styles.kind : styles.label}>{nameOf(row)}</span>
        {about && <span className={styles.help}>{about}</span>}
        {total > 0 && (
          <span className={styles.total} aria-hidden>
            {timecode(total, 0)}
          </span>
        )}
      </button>
      {tag !== null && tune && (
        <ActionIcon
          variant="subtle"
          color="gray"
          size={24}
          className={styles.tune}
          aria-label={tuned ? say.tuned(tag) : say.tune(tag)}
          data-tuned={tuned || undefined}
          onClick={() => tune(tag)}
        >
          <IconAdjustmentsHorizontal size={15} />
        </ActionIcon>
      )}
    </li>
  );
}

export const RowNames = memo(function RowNames(props: {
  rows: readonly Row[];
  colors: ReadonlyMap<string, string>;
  fold: (key: string) => void;
  tune: ((tag: string) => void) | undefined;
}) {
  return (
    <ul className={styles.rows}>
      {props.rows.map((row) => (
        <RowName
          key={row.key}
          row={row}
          color={row.kind === "tag" ? props.colors.get(row.track.tag) : undefined}
          fold={props.fold}
          tune={props.tune}
        />
      ))}
    </ul>
  );
});
