/**
 * The media themselves, of which only those on show are drawn. Sizes are known before anything is
 * loaded, so the scroll bar is true from the start and nothing moves when answers come.
 */
import { useCallbackRef } from "@mantine/hooks";
import { useElementScrollRestoration, useNavigate } from "@tanstack/react-router";
import { defaultRangeExtractor, type Range, useVirtualizer } from "@tanstack/react-virtual";
import {
  type KeyboardEvent,
  type MouseEvent,
  type RefObject,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from "react";

import { words } from "@/strings";

import { Card } from "./Card";
import type { Item, Order } from "./filter";
import { firstAt, layoutOf, movedBy, pagesOf, type View } from "./layout";
import { ListHead } from "./ListHead";
import { usePages } from "./listing";
import { Row } from "./Row";
import { MOMENTS } from "./scrub";
import type { Selection } from "./selection";
import styles from "./Shelf.module.css";
import type { Shown } from "./shown";
import { useAtWork } from "./useAtWork";
import { useWidth } from "./useWidth";

/** Pixels of the row of column names, and of what lies above the foot while some are selected. */
const HEAD = 34;
const BAR = 72;

export interface ToTop {
  /** The keyboard goes there, too. */
  focus: boolean;
}

export interface ShelfProps {
  shown: Shown;
  total: number;
  view: View;
  selection: Selection;
  onSelect: (index: number, item: Item, range: boolean) => void;
  onAnalyze: (item: Item) => void;
  onSort: (order: Order) => void;
  /** Told when a part that is on show could not be loaded. */
  onTrouble: (trouble: { retry: () => void } | null) => void;
  /** Another one each time that one wants back to its top. */
  top: ToTop | null;
  /** Told whether somebody is at work in it. */
  onWork: (atWork: boolean) => void;
}

export function Shelf(props: ShelfProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const sizer = useRef<HTMLDivElement>(null);
  const width = useWidth(sizer);
  const columns = layoutOf(props.view, width).columns;
  useAtWork(scroller, props.onWork);
  return (
    <div
      ref={scroller}
      id="shelf"
      className={styles.scroller}
      data-view={props.view}
      data-scroll-restoration-id="library"
      role="grid"
      aria-label={words.library.grid}
      aria-multiselectable="true"
      aria-rowcount={Math.ceil(props.total / columns) + (props.view === "list" ? 1 : 0)}
      aria-colcount={props.view === "list" ? 9 : columns}
    >
      {props.view === "list" ? <ListHead sort={props.shown.of.sort} onSort={props.onSort} /> : null}
      <div ref={sizer} className={styles.sizer} role="presentation">
        {width > 0 ? <Things {...props} scroller={scroller} width={width} /> : null}
      </div>
    </div>
  );
}

function Things(props: ShelfProps & { scroller: RefObject<HTMLDivElement | null>; width: number }) {
  const { shown, total, view, selection, scroller, top, onTrouble } = props;
  const layout = layoutOf(view, props.width);
  const { columns } = layout;
  const head = view === "list" ? HEAD : 0;
  const [moment, setMoment] = useState<number | null>(null);
  /** The place that the keyboard goes to once it is drawn. */
  const focusNext = useRef<number | null>(null);
  const navigate = useNavigate();
  // Where one was in this list: after a reload, or on the way back to it.
  const offset = useElementScrollRestoration({ id: "library" })?.scrollY ?? 0;
  const [at, setAt] = useState(() => firstAt(offset, layout));
  const current = Math.min(at, total - 1);

  // eslint-disable-next-line react-hooks/incompatible-library -- No compiler memoizes here.
  const virtual = useVirtualizer({
    count: Math.ceil(total / columns),
    getScrollElement: () => scroller.current,
    estimateSize: () => layout.row,
    overscan: 2,
    scrollMargin: head,
    scrollPaddingStart: head,
    // What the keyboard is at does not hide behind what lies at the foot.
    scrollPaddingEnd: selection.size ? BAR : 0,
    initialOffset: offset,
    // The row that the keyboard is at stays, so that the focus is not lost when it scrolls away.
    rangeExtractor: (range: Range) =>
      [...new Set([...defaultRangeExtractor(range), Math.floor(current / columns)])].sort(
        (a, b) => a - b,
      ),
  });
  useLayoutEffect(() => virtual.measure(), [virtual, layout.row]);

  const rows = virtual.getVirtualItems();
  const first = virtual.range?.startIndex ?? 0;
  const last = virtual.range?.endIndex ?? 0;
  const pages = usePages(shown, total, [
    ...new Set([
      ...pagesOf(first * columns, (last + 3) * columns - 1, total),
      ...pagesOf(current, current, total),
    ]),
  ]);

  const trouble = pages.error !== null;
  const retry = useCallbackRef(pages.retry);
  useEffect(() => onTrouble(trouble ? { retry } : null), [trouble, retry, onTrouble]);

  const asked = useRef(shown.of);
  useEffect(() => {
    if (asked.current === shown.of) return;
    asked.current = shown.of;
    virtual.scrollToOffset(offset);
    setAt(firstAt(offset, layout));
  }, [shown.of, virtual, offset, layout]);

  const wanted = useRef(top);
  useLayoutEffect(() => {
    if (wanted.current === top) return;
    wanted.current = top;
    virtual.scrollToOffset(0);
    setAt(0);
    focusNext.current = top?.focus ? 0 : null;
  }, [top, virtual]);

  useLayoutEffect(() => {
    if (focusNext.current !== current) return;
    focusNext.current = null;
    virtual.scrollToIndex(Math.floor(current / columns));
    scroller.current
      ?.querySelector<HTMLElement>(`[data-index="${current}"]`)
      ?.focus({ preventScroll: true });
  }, [current, columns, virtual, scroller, top]);

  const move = (to: number) => {
    setMoment(null);
    focusNext.current = to;
    setAt(to);
  };
  const select = useCallbackRef((index: number, range: boolean) => {
    const item = pages.at(index);
    if (item) props.onSelect(index, item, range);
    setAt(index);
  });
  const press = (event: KeyboardEvent) => {
    const cell = (event.target as Element).closest("[data-index]");
    if (!cell || event.altKey || event.ctrlKey || event.metaKey) return;
    const byPage = Math.max(1, last - first);
    const to = movedBy(event.key, current, { columns, rows: rows.length, total, byPage });
    const item = pages.at(current);
    if (to !== null) {
      move(to);
    } else if (event.key === "Enter" && event.target === cell && item) {
      void navigate({ to: "/media/$id", params: { id: item.id } });
    } else if (event.key.toLowerCase() === "x" || (event.key === " " && event.target === cell)) {
      select(current, event.shiftKey);
    } else if (event.key === "r" && item) {
      props.onAnalyze(item);
    } else if (event.key === "," || event.key === ".") {
      const step = event.key === "." ? 1 : -1;
      setMoment((was) => ((was ?? (step > 0 ? -1 : MOMENTS)) + step + MOMENTS) % MOMENTS);
    } else {
      return;
    }
    event.preventDefault();
  };
  /** A click with Shift selects as far as there, where a selection was begun. */
  const click = (event: MouseEvent) => {
    const link = (event.target as Element).closest("a");
    const index = Number(link?.closest("[data-index]")?.getAttribute("data-index") ?? NaN);
    if (!event.shiftKey || !selection.size || Number.isNaN(index)) return;
    event.preventDefault();
    event.stopPropagation();
    select(index, true);
  };

  const Thing = view === "list" ? Row : Card;
  return (
    <div
      role="rowgroup"
      style={{ height: virtual.getTotalSize() - layout.gap }}
      onKeyDown={press}
      onClickCapture={click}
      onFocus={(event) => {
        const cell = event.target.closest("[data-index]");
        if (!cell) return;
        const index = Number(cell.getAttribute("data-index"));
        if (index !== current) setAt(index);
      }}
      onBlur={() => setMoment(null)}
    >
      {rows.map((row) => {
        const from = row.index * columns;
        const places = Array.from(
          { length: Math.min(columns, total - from) },
          (_, place) => from + place,
        );
        const only = view === "list" ? pages.at(from) : undefined;
        return (
          <div
            key={row.key}
            role="row"
            className={styles.row}
            aria-rowindex={row.index + (view === "list" ? 2 : 1)}
            data-selected={only && selection.has(only.id) ? true : undefined}
            style={{
              transform: `translateY(${row.start - head}px)`,
              height: layout.row - layout.gap,
              ...(view === "grid"
                ? {
                    gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
                    columnGap: layout.gap,
                  }
                : {}),
            }}
          >
            {places.map((index) => {
              const item = pages.at(index);
              return (
                <Thing
                  key={index}
                  index={index}
                  item={item}
                  selected={item !== undefined && selection.has(item.id)}
                  current={index === current}
                  tags={layout.tags}
                  moment={index === current ? moment : null}
                  onSelect={select}
                />
              );
            })}
          </div>
        );
      })}
    </div>
  );
}
