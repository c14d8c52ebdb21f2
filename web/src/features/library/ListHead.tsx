import { UnstyledButton, VisuallyHidden } from "@mantine/core";
import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";

import { words } from "@/strings";

import type { Order } from "./filter";
import styles from "./Shelf.module.css";

type Column = keyof typeof words.library.columns;

interface Head {
  column: Column;
  /** What a click sorts by: the second where the first is in force already. */
  orders?: readonly [Order, ...Order[]];
  hidden?: boolean;
}

const HEADS: readonly Head[] = [
  { column: "select", hidden: true },
  { column: "picture", hidden: true },
  { column: "title", orders: ["title"] },
  { column: "duration", orders: ["longest"] },
  { column: "tags" },
  { column: "status" },
  { column: "coverage" },
  { column: "added", orders: ["added", "oldest"] },
  { column: "size", orders: ["largest"] },
];

const RISING: ReadonlySet<Order> = new Set<Order>(["title", "oldest"]);

/** The names of the columns; those that can be sorted by are buttons. */
export function ListHead(props: { sort: Order; onSort: (order: Order) => void }) {
  return (
    <div role="row" className={styles.head} aria-rowindex={1}>
      {HEADS.map(({ column, orders, hidden }) => {
        const name = words.library.columns[column];
        if (!orders) {
          return (
            <span key={column} role="columnheader" data-room={column}>
              {hidden ? <VisuallyHidden>{name}</VisuallyHidden> : name}
            </span>
          );
        }
        const active = orders.includes(props.sort);
        const rising = RISING.has(props.sort);
        const next = orders[(orders.indexOf(props.sort) + 1) % orders.length] ?? orders[0];
        return (
          <span
            key={column}
            role="columnheader"
            data-room={column}
            {...(active ? { "aria-sort": rising ? "ascending" : "descending" } : {})}
          >
            <UnstyledButton className={styles.sort ?? ""} onClick={() => props.onSort(next)}>
              {name}
              {active ? (
                rising ? (
                  <IconArrowUp size={13} aria-hidden />
                ) : (
                  <IconArrowDown size={13} aria-hidden />
                )
              ) : null}
            </UnstyledButton>
          </span>
        );
      })}
    </div>
  );
}
