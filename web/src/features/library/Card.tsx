import { Link } from "@tanstack/react-router";
import { memo, type PointerEvent, useState } from "react";

import { words } from "@/strings";
import { StatusChip } from "@/ui/StatusChip";

import styles from "./Card.module.css";
import { Coverage } from "./Coverage";
import type { Item } from "./filter";
import { momentAt } from "./scrub";
import { Select } from "./Select";
import { Tags } from "./Tags";
import { Thumbnail } from "./Thumbnail";

export interface ThingProps {
  index: number;
  item: Item | undefined;
  selected: boolean;
  /** It is the one that the keyboard is at. */
  current: boolean;
  /** So many of its tags are told. */
  tags: number;
  /** Moment of its video that the keyboard asks for. */
  moment: number | null;
  onSelect: (index: number, range: boolean) => void;
}

/** One media in the grid; its picture shows the moment under the pointer. */
export const Card = memo(function Card(props: ThingProps) {
  const { index, item, selected, current, onSelect } = props;
  const [hovered, setHovered] = useState<number | null>(null);
  const scrub = (event: PointerEvent<HTMLElement>) => {
    if (event.pointerType !== "mouse") return;
    const { left, width } = event.currentTarget.getBoundingClientRect();
    setHovered(momentAt((event.clientX - left) / width));
  };
  const cell = {
    role: "gridcell",
    className: styles.card,
    "data-index": index,
    tabIndex: current ? 0 : -1,
  } as const;
  if (!item) {
    return (
      <div {...cell} aria-busy="true" aria-label={words.library.card.waiting} data-waiting>
        <div className={styles.ghost} />
      </div>
    );
  }
  const title = item.title || words.library.card.unnamed;
  return (
    <div
      {...cell}
      aria-selected={selected}
      data-selected={selected || undefined}
      onPointerMove={scrub}
      onPointerLeave={() => setHovered(null)}
    >
      <Thumbnail item={item} moment={hovered ?? props.moment} />
      <Coverage item={item} />
      <div className={styles.foot}>
        <Link
          to="/media/$id"
          params={{ id: item.id }}
          className={styles.title}
          title={[title, item.standing?.note].filter(Boolean).join("\n")}
          tabIndex={-1}
          draggable={false}
        >
          {title}
        </Link>
        <div className={styles.line}>
          {item.standing ? (
            <StatusChip state={item.standing.state} note={item.standing.note} />
          ) : null}
          <Tags item={item} most={props.tags} />
        </div>
      </div>
      <div className={styles.check}>
        <Select
          checked={selected}
          label={words.library.card.select(title)}
          onSelect={(range) => onSelect(index, range)}
        />
      </div>
    </div>
  );
});
