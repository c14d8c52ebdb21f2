import { useInfiniteQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef } from "react";

import { answer, api } from "@/api/client";
import { frameUrl } from "@/lib/pictures";
import { timecode } from "@/lib/time";
import { words } from "@/strings";

import { useDesk } from "./desk";
import { lastBefore } from "./frames";
import styles from "./Player.module.css";
import { useSeconds } from "./useSeconds";

const PAGE = 500;
const WIDTH = 108;
const said = words.media.player;

/** The pictures of a set in a row, by time; the one on show is marked and kept in view. */
export function Filmstrip() {
  const { media, transport } = useDesk();
  const { data, hasNextPage, fetchNextPage, isFetching, isError, error } = useInfiniteQuery({
    queryKey: ["frames", media.id],
    queryFn: ({ pageParam }) =>
      answer(
        api.GET("/api/v1/media/{id}/frames", {
          params: { path: { id: media.id }, query: { offset: pageParam, limit: PAGE } },
        }),
      ),
    initialPageParam: 0,
    getNextPageParam: (last, all) =>
      all.length * PAGE < last.total ? all.length * PAGE : undefined,
    staleTime: Infinity,
  });
  const frames = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data]);
  const times = useMemo(() => frames.map((frame) => frame.seconds), [frames]);
  const seconds = useSeconds(transport.playhead);
  const now = lastBefore(times, seconds + 0.0015);

  const box = useRef<HTMLDivElement>(null);
  // eslint-disable-next-line react-hooks/incompatible-library -- nothing here is memoised by a compiler
  const row = useVirtualizer({
    count: frames.length,
    horizontal: true,
    getScrollElement: () => box.current,
    estimateSize: () => WIDTH,
    overscan: 4,
  });
  useEffect(() => {
    if (now >= 0) row.scrollToIndex(now, { align: "auto" });
  }, [row, now]);
  const items = row.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    // What failed is not asked for again and again: it is when the server is back.
    const wanted = hasNextPage && !isFetching && !isError;
    if (wanted && last > frames.length - 50) void fetchNextPage();
  }, [hasNextPage, isFetching, isError, fetchNextPage, last, frames.length]);

  if (error && !frames.length) return <p className={styles.said}>{said.stripFailed}</p>;
  return (
    <div className={styles.strip} ref={box} role="group" aria-label={said.strip} tabIndex={-1}>
      <div style={{ width: row.getTotalSize(), height: "100%", position: "relative" }}>
        {items.map((item) => {
          const frame = frames[item.index];
          if (!frame) return null;
          return (
            <button
              key={item.key}
              type="button"
              className={styles.frame}
              style={{ transform: `translateX(${item.start}px)`, width: WIDTH - 4 }}
              aria-label={said.frame(item.index + 1, frame.name ?? "")}
              aria-current={item.index === now}
              tabIndex={item.index === Math.max(0, now) ? 0 : -1}
              onClick={() => transport.seek(frame.seconds)}
            >
              <img src={frameUrl(media.id, frame.seconds, 160)} alt="" loading="lazy" />
              <span>{timecode(frame.seconds)}</span>
            </button>
          );
        })}
      </div>
    </div>
  );
}
