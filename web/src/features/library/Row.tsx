import { Link } from "@tanstack/react-router";
import { memo, useState } from "react";

import { bytes } from "@/lib/numbers";
import { ago, moment as dated, timecode } from "@/lib/time";
import { words } from "@/strings";
import { StatusChip } from "@/ui/StatusChip";

import type { ThingProps } from "./Card";
import { Coverage } from "./Coverage";
import styles from "./Row.module.css";
import { momentAt } from "./scrub";
import { Select } from "./Select";
import { Tags } from "./Tags";
import { Thumbnail } from "./Thumbnail";

/** One media in the list: the cells of its row. */
export const Row = memo(function Row(props: ThingProps) {
  const { index, item, selected, current, onSelect } = props;
  const [hovered, setHovered] = useState<number | null>(null);
  const place = { "data-index": index, tabIndex: current ? 0 : -1 } as const;
  if (!item) {
    return (
      <div
        role="gridcell"
        className={styles.waiting}
        aria-busy="true"
        aria-label={words.library.card.waiting}
        {...place}
      />
    );
  }
  const title = item.title || words.library.card.unnamed;
  const { standing } = item;
  return (
    <>
      <div role="gridcell" className={styles.check}>
        <Select
          checked={selected}
          label={words.library.card.select(title)}
          onSelect={(range) => onSelect(index, range)}
        />
      </div>
      <div
        role="gridcell"
        className={styles.picture}
        onPointerMove={(event) => {
          const { left, width } = event.currentTarget.getBoundingClientRect();
          if (event.pointerType === "mouse") {
            setHovered(momentAt((event.clientX - left) / width));
          }
        }}
        onPointerLeave={() => setHovered(null)}
      >
        <Link to="/media/$id" params={{ id: item.id }} tabIndex={-1} aria-hidden draggable={false}>
          <Thumbnail item={item} moment={hovered ?? props.moment} small />
        </Link>
      </div>
      <div role="gridcell" className={styles.main} aria-selected={selected} {...place}>
        <Link
          to="/media/$id"
          params={{ id: item.id }}
          className={styles.title}
          title={[title, standing?.note].filter(Boolean).join("\n")}
          tabIndex={-1}
          draggable={false}
        >
          {title}
        </Link>
      </div>
      <div role="gridcell" className={styles.number} data-room="duration">
        {item.duration_s > 0 ? timecode(item.duration_s) : ""}
      </div>
      <div role="gridcell" className={styles.cell} data-room="tags">
        <Tags item={item} most={props.tags} />
      </div>
      <div role="gridcell" className={styles.cell} data-room="status">
        {standing ? <StatusChip state={standing.state} note={standing.note} /> : null}
      </div>
      <div role="gridcell" className={styles.cell} data-room="coverage">
        <Coverage item={item} />
      </div>
      <div role="gridcell" className={styles.cell} data-room="added" title={dated(item.added_at)}>
        {ago(item.added_at)}
      </div>
      <div role="gridcell" className={styles.number} data-room="size">
        {bytes(item.size_bytes)}
      </div>
    </>
  );
});
