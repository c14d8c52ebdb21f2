import { Button, CloseButton, Select, Skeleton, TextInput } from "@mantine/core";
import { useCallbackRef } from "@mantine/hooks";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type RefObject, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";

import type { Document } from "@/features/timeline/model";
import { words } from "@/strings";
import { useLate } from "@/ui/useLate";

import { useDesk } from "./desk";
import { MomentRow, ROW } from "./MomentRow";
import { begunBy, chosen, type Moment, type MomentFilter, shifted } from "./moments";
import { useTagColor } from "./NowPanel";
import styles from "./Panel.module.css";
import { useSeconds } from "./useSeconds";

const said = words.media.moments;

/** Spans and texts by time. It follows the playhead until the reader scrolls. */
export function MomentsPanel(props: {
  all: readonly Moment[];
  shown: readonly Moment[];
  filter: MomentFilter;
  onFilter: (filter: MomentFilter) => void;
  search: RefObject<HTMLInputElement | null>;
}) {
  const { document, pending, failed } = useDesk();
  const { all, shown, filter, onFilter, search } = props;
  const late = useLate(pending);
  const narrowed = filter.words !== "" || filter.tag !== null;
  return (
    <div className={styles.fill}>
      <div className={styles.filter}>
        <TextInput
          ref={search}
          size="xs"
          flex={1}
          aria-label={said.filter}
          placeholder={said.placeholder}
          value={filter.words}
          onChange={(event) => onFilter({ ...filter, words: event.currentTarget.value })}
          onKeyDown={(event) => {
            if (event.key !== "Escape") return;
            onFilter({ ...filter, words: "" });
            event.currentTarget.blur();
          }}
          rightSection={
            filter.words ? (
              <CloseButton
                size="xs"
                aria-label={said.clear}
                onClick={() => onFilter({ ...filter, words: "" })}
              />
            ) : null
          }
        />
        <Select
          size="xs"
          w={130}
          clearable
          searchable={document.tracks.length > 8}
          aria-label={said.tag}
          placeholder={said.allTags}
          data={document.tracks.map((track) => track.tag)}
          value={filter.tag}
          onChange={(tag) => onFilter({ ...filter, tag })}
        />
      </div>
      {shown.length ? (
        <List moments={shown} />
      ) : (
        <div className={styles.none}>
          {pending ? (
            late ? (
              <Loading />
            ) : null
          ) : (
            <>
              <p className={styles.quiet}>
                {narrowed && all.length ? said.noMatch : failed ? said.failed : noneYet(document)}
              </p>
              {narrowed ? (
                <Button
                  size="compact-xs"
                  variant="default"
                  onClick={() => onFilter({ words: "", tag: null })}
                >
                  {said.clear}
                </Button>
              ) : null}
            </>
          )}
        </div>
      )}
      <p className={styles.foot}>{said.count(shown.length, all.length)}</p>
    </div>
  );
}

function noneYet(document: Document): string {
  if (document.live) return said.notYet;
  if (!document.runs.length) return said.unasked;
  const unknown =
    document.tracks.some((track) => track.unknown.length) ||
    document.descriptions.some((text) => text.unknown);
  return unknown ? said.unknown : said.none;
}

function Loading() {
  return (
    <div role="status" aria-label={words.common.loading}>
      {[0, 1, 2, 3].map((row) => (
        <Skeleton key={row} height={ROW - 12} mb={12} />
      ))}
    </div>
  );
}

function List({ moments }: { moments: readonly Moment[] }) {
  const desk = useDesk();
  const { media, transport, select, why, confirm, reject, mayOperate } = desk;
  const acts = useMemo(
    () => ({ media, transport, select, why, confirm, reject, mayOperate }),
    [media, transport, select, why, confirm, reject, mayOperate],
  );
  const color = useTagColor();
  const seconds = useSeconds(transport.playhead);
  const box = useRef<HTMLDivElement>(null);
  const [follows, setFollows] = useState(true);
  const [focused, setFocused] = useState(0);
  // eslint-disable-next-line react-hooks/incompatible-library -- nothing here is memoised by a compiler
  const rows = useVirtualizer({
    count: moments.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW,
    overscan: 6,
    // Drawn with the frame that follows: at once would be within the click that seeks.
    useFlushSync: false,
  });
  const now = begunBy(moments, seconds);
  useEffect(() => {
    const list = box.current;
    if (!follows || now < 0 || !list) return;
    const top = now * ROW - list.scrollTop;
    const seen = top >= 0 && top + ROW <= list.clientHeight;
    const central = top > list.clientHeight * 0.15 && top < list.clientHeight * 0.75;
    // Under the pointer nothing moves unless it has to.
    if (central || (seen && list.matches(":hover"))) return;
    rows.scrollToIndex(now, { align: "center" });
  }, [rows, follows, now]);

  const before = useRef(moments);
  useLayoutEffect(() => {
    const list = box.current;
    // As browsers do it themselves where rows are not placed by hand: not at the very top.
    if (list && list.scrollTop > 0 && before.current !== moments) {
      const by = shifted(before.current, moments, Math.floor(list.scrollTop / ROW));
      if (by) list.scrollTop += by * ROW;
    }
    before.current = moments;
  }, [moments]);

  const { document, selected } = desk;
  const pickedAt = useMemo(() => {
    const picked = chosen(document, selected);
    return moments.findIndex((one) => one.kind === "span" && one.span === picked?.span);
  }, [document, selected, moments]);
  const latestPicked = useRef(pickedAt);
  useEffect(() => {
    latestPicked.current = pickedAt;
  }, [pickedAt]);
  // When it is picked, and not when others come in before it: then nothing jumps.
  useEffect(() => {
    if (selected && latestPicked.current >= 0) {
      rows.scrollToIndex(latestPicked.current, { align: "auto" });
    }
  }, [rows, selected]);

  const stop = () => setFollows(false);
  const focus = (to: number) => {
    const place = Math.min(moments.length - 1, Math.max(0, to));
    stop();
    setFocused(place);
    rows.scrollToIndex(place, { align: "auto" });
    requestAnimationFrame(() => {
      box.current?.querySelector<HTMLElement>(`[data-place="${place}"] [data-main]`)?.focus();
    });
  };
  const gone = useCallbackRef(focus);
  const reachable = Math.min(focused, moments.length - 1);
  return (
    <div className={styles.listBox}>
      <div
        ref={box}
        className={styles.list}
        role="list"
        aria-label={said.list}
        onWheel={stop}
        onTouchMove={stop}
        onKeyDown={(event) => {
          const by = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
          if (by === undefined) return;
          event.preventDefault();
          focus(reachable + by);
        }}
      >
        <div style={{ height: rows.getTotalSize(), position: "relative" }} role="presentation">
          {rows.getVirtualItems().map((item) => {
            const moment = moments[item.index];
            if (!moment) return null;
            return (
              <MomentRow
                key={moment.key}
                acts={acts}
                moment={moment}
                place={item.index}
                of={moments.length}
                top={item.start}
                color={moment.kind === "span" ? color(moment.tag) : "var(--line)"}
                on={moment.start <= seconds + 1e-6 && seconds < moment.end}
                picked={item.index === pickedAt}
                reachable={item.index === reachable}
                onFocus={setFocused}
                onGone={gone}
              />
            );
          })}
        </div>
      </div>
      {follows ? null : (
        <Button
          className={styles.follow}
          size="compact-xs"
          variant="default"
          onClick={() => setFollows(true)}
        >
          {said.follow}
        </Button>
      )}
    </div>
  );
}
