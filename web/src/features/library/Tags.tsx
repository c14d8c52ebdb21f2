import { tagColor } from "@/lib/tagColors";
import { words } from "@/strings";

import type { Item } from "./filter";
import styles from "./Tags.module.css";

/** The tags that take most of a media, and how many there are besides. */
export function Tags({ item, most }: { item: Item; most: number }) {
  const standing = item.standing;
  if (!standing?.tags.length) return <span className={styles.tags} />;
  const shown = standing.tags.slice(0, most);
  const rest = Math.max(standing.tags_total, standing.tags.length) - shown.length;
  return (
    <span className={styles.tags}>
      {shown.map(({ tag }) => (
        <span key={tag} className={styles.tag} title={tag}>
          <i className={styles.dot} style={{ background: colorOf(tag) }} />
          <span className={styles.name}>{tag}</span>
        </span>
      ))}
      {rest > 0 ? (
        <span className={styles.rest} title={words.library.card.moreTags(rest)}>
          {words.library.card.more(rest)}
        </span>
      ) : null}
    </span>
  );
}

function colorOf(tag: string): string {
  const { light, dark } = tagColor(tag);
  return `light-dark(${light}, ${dark})`;
}
